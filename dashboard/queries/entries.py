"""What was entered on the screen."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select

from dashboard.queries.reading import connected
from etl import connect
from etl.warehouse import survey_responses


def entered_on(engine: Engine, day: date, zone: ZoneInfo, *, service_point: str) -> int:
    """How many forms of a service point were entered on the screen on a local day."""
    entered = survey_responses.c.entered_at
    query = select(func.count()).where(
        survey_responses.c.service_point == service_point,
        entered >= _utc(day, zone),
        entered < _utc(day + timedelta(days=1), zone),
    )
    with connected(engine) as connection:
        return connection.execute(query).scalar_one()


def entered_at(engine: Engine, response_id: str) -> str | None:
    """The service point of a response that the warehouse holds; None where it holds none.

    Raises KezekError where the warehouse does not answer.
    """
    query = select(survey_responses.c.service_point).where(
        survey_responses.c.response_id == response_id
    )
    with connect.begin(engine, write=False) as connection:
        found: str | None = connection.execute(query).scalar()
    return found


def _utc(day: date, zone: ZoneInfo) -> datetime:
    """The local midnight that a day begins with, naive UTC as the warehouse keeps times."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC).replace(tzinfo=None)

"""What the warehouse knew at an earlier moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, func, select, true

from dashboard.queries.reading import connected
from etl.warehouse import run, version

_SUCCEEDED = run.c.status == "succeeded"


@dataclass(frozen=True)
class Known:
    """What was known once: by the end of the run ``run_id``, or of a day after it.

    ``version``: the last change that counts. ``as_of``: the date that the exports of that run
    stated for themselves, or the day itself.
    """

    version: int
    run_id: int
    as_of: date


def known_after_run(engine: Engine, run_id: int) -> Known | None:
    """What was known once that run had ended; None where no such run succeeded."""
    query = select(run.c.finished_at).where(_SUCCEEDED, run.c.run_id == run_id)
    with connected(engine) as connection:
        moment = connection.scalar(query)
    return None if moment is None else _known(engine, moment, None)


def known_on(engine: Engine, day: date, zone: ZoneInfo) -> Known | None:
    """What was known at the end of a local day; None where nothing had been loaded yet."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    utc = midnight.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    return _known(engine, utc - timedelta(microseconds=1), day)


def known_now(engine: Engine) -> Known | None:
    """What is known now; None where nothing has been loaded yet."""
    return _known(engine, None, None)


def _known(engine: Engine, moment: datetime | None, day: date | None) -> Known | None:
    newest = (
        select(run.c.run_id, run.c.as_of, run.c.as_of_pinned)
        .where(_SUCCEEDED, _by(moment, run.c.finished_at))
        .order_by(run.c.finished_at.desc(), run.c.run_id.desc())
        .limit(1)
    )
    last = select(func.max(version.c.version)).where(_by(moment, version.c.made_at))
    with connected(engine) as connection:
        loaded = connection.execute(newest).first()
        if loaded is None:
            return None
        as_of = loaded.as_of if loaded.as_of_pinned or day is None else day
        number = connection.scalar(last) or 0
        return Known(number, loaded.run_id, as_of)


def _by(moment: datetime | None, column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether it had happened at the moment; whenever it did, without one."""
    return true() if moment is None else column <= moment

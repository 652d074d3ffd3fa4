"""One case, as far as a head needs it: what it is, its course so far, what was written to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, and_, func, select

from dashboard.filters import Filter
from dashboard.queries.case_remarks import CaseRemark, RemarkState, history, remark_conditions
from dashboard.queries.late import WITH_CASES, Only, conditions
from dashboard.queries.reading import connected
from dashboard.queries.snapshot import snapshot
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks, cases, events


@dataclass(frozen=True, kw_only=True)
class Place:
    """What decides whose a case is: codes of its channel and service point."""

    channel: str
    service_point: str


@dataclass(frozen=True, kw_only=True)
class Passed:
    """One step of a case's course, and the day it happened on."""

    step: str
    occurred_on: date


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """A case under the filter's clock as of its day; the days are None where nothing says them.

    ``course``: by the as-of date, the earliest first. ``remarks``: the newest first. ``listed``:
    whether it is among the rows of the list that was asked for.
    """

    case_id: str
    category: str
    executor: str | None
    place: Place
    received_on: date | None
    due_on: date | None
    stopped_on: date | None
    outcome: str | None
    course: tuple[Passed, ...]
    remarks: tuple[CaseRemark, ...]
    listed: bool


def case_place(engine: Engine, case_id: str) -> Place | None:
    """Whose a case is; None for one that the warehouse does not hold (any more).

    The remarks of a case that is gone stay in the warehouse, but nothing says whose they are.
    """
    query = select(cases.c.channel, cases.c.service_point).where(cases.c.case_id == case_id)
    with connected(engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
    return Place(**row) if row is not None else None


def case_file(
    engine: Engine,
    case_id: str,
    filter_: Filter,
    *,
    regulation: Regulation,
    at_risk_days: int,
    only: Only,
    remark: RemarkState | None,
) -> CaseFile | None:
    """The file of a case, of one moment; None for one that the warehouse does not hold (any more).

    The last arguments are those of the list that it was opened from.
    """
    columns = (
        *(cases.c[name] for name in ("category", "executor", "channel", "service_point")),
        *(case_clocks.c[name] for name in ("received_on", "due_on", "stopped_on", "outcome")),
    )
    under = and_(case_clocks.c.case_id == cases.c.case_id, case_clocks.c.clock == filter_.clock)
    query = select(*columns).outerjoin(case_clocks, under).where(cases.c.case_id == case_id)
    chosen = (
        case_clocks.c.case_id == case_id,
        *conditions(filter_, regulation, at_risk_days, only),
        *remark_conditions(remark, filter_.as_of),
    )
    listed = select(func.count()).select_from(WITH_CASES).where(*chosen)
    with snapshot(engine) as connection:
        found = connection.execute(query).mappings().one_or_none()
        if found is None:
            return None
        told = dict(found)
        place = Place(channel=told.pop("channel"), service_point=told.pop("service_point"))
        return CaseFile(
            case_id=case_id,
            place=place,
            course=tuple(_course(connection, case_id, filter_.as_of)),
            remarks=tuple(history(connection, case_id)),
            listed=bool(connection.execute(listed).scalar_one()),
            **told,
        )


def _course(connection: Connection, case_id: str, as_of: date) -> list[Passed]:
    query = (
        select(events.c.step, events.c.occurred_on)
        .where(events.c.case_id == case_id, events.c.occurred_on <= as_of)
        .order_by(events.c.occurred_at, events.c.position)
    )
    return [Passed(**row) for row in connection.execute(query).mappings()]

"""The list of cases that are late or soon due: a page at a time, through the index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    and_,
    func,
    select,
)

from dashboard.access import Scope
from dashboard.filters import DIMENSIONS, Filter
from dashboard.queries.case_remarks import (
    RemarkState,
    expected_on,
    remark_conditions,
    with_remarks,
)
from dashboard.queries.keeping import held
from dashboard.queries.late import WITH_CASES, Only, by_days, conditions, late_and_soon
from dashboard.queries.scope import own_cases, own_rows
from dashboard.queries.snapshot import snapshot
from etl.frames import DAY
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks, case_remark, cases, events

Direction = Literal["asc", "desc"]
Sort = Sequence[tuple[str, Direction]]

_COLUMNS = {
    "case_id": cases.c.case_id,
    "channel": cases.c.channel,
    "category": cases.c.category,
    "service_point": cases.c.service_point,
    "executor": cases.c.executor,
    "received_on": case_clocks.c.received_on,
    "due_on": case_clocks.c.due_on,
}
_TEXTS = ("case_id", "channel", "category", "service_point", "executor", "step")
_LATEST_FIRST: Sort = (("days_late", "desc"),)
_CHUNK = 500  # below every driver's limit of bound values


@dataclass(frozen=True)
class OverduePage:
    """``rows`` of one page, and how many there are in all.

    Columns of ``rows``: case_id, channel, category, service_point, executor (str), received_on,
    due_on (datetime64[s]), days_late (int64; negative: days left), step (str), step_since
    (datetime64[s]; NaT where no step is known), days_in_step (Int64), and what was written to the
    case: expected_on (datetime64[s]), note, written_by (str), written_at (datetime64[s], UTC).
    """

    rows: pd.DataFrame
    total: int


def overdue_page(
    engine: Engine,
    filter_: Filter,
    *,
    scope: Scope,
    regulation: Regulation,
    at_risk_days: int,
    start: int = 0,
    end: int | None = None,
    sort: Sort = _LATEST_FIRST,
    only: Only = "overdue",
    remark: RemarkState | None = None,
) -> OverduePage:
    """Rows ``start`` to ``end`` (half open; None: to the last) of the cases open at ``as_of`` that
    lie in ``scope``.

    ``overdue``: due before ``as_of``; ``at_risk``: due from then to ``at_risk_days`` later.
    ``sort``: columns of OverduePage.rows but for ``step``; one that is not known is passed over.
    """
    chosen = _chosen(filter_, regulation, at_risk_days, scope=scope, only=only, remark=remark)
    query = _listed(chosen, sort, filter_.as_of).offset(start)
    query = query.limit(None if end is None else max(end - start, 0))
    with snapshot(engine) as connection:
        total = connection.execute(_counted(chosen)).scalar_one()
        found = connection.execute(query).all()
        return OverduePage(rows=_rows(connection, found, filter_.as_of), total=total)


def overdue_blocks(
    engine: Engine,
    filter_: Filter,
    *,
    scope: Scope,
    regulation: Regulation,
    at_risk_days: int,
    only: Only = "overdue",
    remark: RemarkState | None = None,
    sort: Sort = _LATEST_FIRST,
    size: int,
) -> Iterator[pd.DataFrame]:
    """All rows of ``overdue_page`` in their order, ``size`` at a time.

    They are of one moment, however many loads end while they are read, and never all in memory.
    """
    chosen = _chosen(filter_, regulation, at_risk_days, scope=scope, only=only, remark=remark)
    query = _listed(chosen, sort, filter_.as_of).execution_options(yield_per=size)
    with snapshot(engine) as connection, connection.execute(query) as found:
        for block in found.partitions():
            yield _rows(connection, block, filter_.as_of)


def overdue_counts(
    engine: Engine, filter_: Filter, *, scope: Scope, regulation: Regulation, at_risk_days: int
) -> dict[Only, int]:
    """How many rows ``overdue_page`` has of each kind.

    The city's are counted once a day looked at, and cut to the scope and the filter here.
    """
    key = ("late and soon", regulation.sha256, filter_.clock, filter_.as_of, at_risk_days)
    found = held(
        engine,
        key,
        lambda: _everywhere(engine, filter_, regulation, at_risk_days),
        until="load",
    )
    found = found[own_rows(scope, found)]
    for name, field in DIMENSIONS.items():
        if codes := getattr(filter_, field):
            found = found[found[name].isin(codes)]
    late = int(found.loc[found["late"], "n"].sum())
    both = int(found["n"].sum())
    return {"overdue": late, "at_risk": both - late, "both": both}


def _everywhere(
    engine: Engine, filter_: Filter, regulation: Regulation, at_risk_days: int
) -> pd.DataFrame:
    """How many cases (n) of each channel, category and office are ``late`` or soon due."""
    rows, places, late = late_and_soon(engine, filter_, regulation, at_risk_days)
    found = rows[[*DIMENSIONS, "n"]].take(places).assign(late=late)
    return found.groupby([*DIMENSIONS, "late"], observed=True)["n"].sum().reset_index()


def remark_counts(
    engine: Engine,
    filter_: Filter,
    *,
    scope: Scope,
    regulation: Regulation,
    at_risk_days: int,
    only: Only,
) -> dict[RemarkState | None, int]:
    """How many cases the list has in each state of their remarks, and under None in all."""
    every = overdue_counts(
        engine, filter_, scope=scope, regulation=regulation, at_risk_days=at_risk_days
    )[only]
    written = case_clocks.c.case_id.in_(select(case_remark.c.case_id))  # few of the listed
    told = passed = 0
    with snapshot(engine) as connection:
        for part in by_days(engine, filter_, regulation, at_risk_days, only):
            expected = select(expected_on().label("day")).select_from(WITH_CASES)
            day = expected.where(own_cases(scope), *part, written).subquery().c.day
            query = select(func.count(day), func.count().filter(day < filter_.as_of))
            found = connection.execute(query).one()
            told, passed = told + found[0], passed + found[1]
    return {None: every, "none": every - told, "passed": passed}


def _chosen(
    filter_: Filter,
    regulation: Regulation,
    at_risk_days: int,
    *,
    scope: Scope,
    only: Only,
    remark: RemarkState | None = None,
) -> ColumnElement[bool]:
    asked = conditions(filter_, regulation, at_risk_days, only)
    return and_(own_cases(scope), *asked, *remark_conditions(remark, filter_.as_of))


def _counted(chosen: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(WITH_CASES).where(chosen)


def _listed(chosen: ColumnElement[bool], sort: Sort, as_of: date) -> Select[Any]:
    return (
        select(*_COLUMNS.values())
        .select_from(WITH_CASES)
        .where(chosen)
        .order_by(*_order(sort, as_of))
    )


def _rows(connection: Connection, found: Sequence[Row[Any]], as_of: date) -> pd.DataFrame:
    """What was found, with each case's latest step, its days and its remarks."""
    rows = pd.DataFrame(found, columns=list(_COLUMNS))
    steps = _latest_steps(connection, rows["case_id"], as_of)
    dated = _dated(rows.merge(steps, "left", "case_id"), as_of)
    return with_remarks(connection, dated, _CHUNK)


def _order(sort: Sort, as_of: date) -> Iterable[ColumnElement[Any]]:
    since = (
        select(func.max(events.c.occurred_on))
        .where(events.c.case_id == case_clocks.c.case_id, events.c.occurred_on <= as_of)
        .scalar_subquery()
    )
    falling = {"days_late": case_clocks.c.due_on, "days_in_step": since}  # more days: earlier date
    rising: dict[str, ColumnElement[Any]] = {
        **_COLUMNS,
        "step_since": since,
        "expected_on": expected_on(),
    }
    for name, direction in (*sort, ("case_id", "asc")):
        if name in falling:
            expression = falling[name]
            yield (expression.asc() if direction == "desc" else expression.desc()).nulls_last()
        elif name in rising:
            expression = rising[name]
            yield (expression.desc() if direction == "desc" else expression.asc()).nulls_last()


def _latest_steps(connection: Connection, case_ids: pd.Series, as_of: date) -> pd.DataFrame:
    """The last step of each case by ``as_of``: case_id, step, step_since."""
    rows = [
        row
        for at in range(0, len(case_ids), _CHUNK)
        for row in connection.execute(_latest_step(list(case_ids[at : at + _CHUNK]), as_of))
    ]
    return pd.DataFrame(rows, columns=["case_id", "step", "step_since"])


def _latest_step(case_ids: Sequence[str], as_of: date) -> Select[Any]:
    ranked = (
        select(
            events.c.case_id,
            events.c.step,
            events.c.occurred_on,
            func.row_number()
            .over(
                partition_by=events.c.case_id,
                order_by=(events.c.occurred_at.desc(), events.c.position.desc()),
            )
            .label("rank"),
        )
        .where(events.c.case_id.in_(case_ids), events.c.occurred_on <= as_of)
        .subquery()
    )
    return select(ranked.c.case_id, ranked.c.step, ranked.c.occurred_on).where(ranked.c.rank == 1)


def _dated(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The page with its days counted from ``as_of``."""
    days = {name: rows[name].astype(DAY) for name in ("received_on", "due_on", "step_since")}
    today = pd.Timestamp(as_of)
    return pd.DataFrame(
        {
            **{name: pd.array(rows[name].tolist(), dtype="str") for name in _TEXTS},
            **days,
            "days_late": (today - days["due_on"]).dt.days.astype("int64"),
            "days_in_step": (today - days["step_since"]).dt.days.astype("Int64"),
        }
    )

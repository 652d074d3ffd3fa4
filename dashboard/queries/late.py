"""Which cases are late or soon due on a day: as conditions, by their days, and as the mart counts
them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Engine, FromClause, or_

from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.state import Codes, Mask, received
from dashboard.queries.keeping import held
from dashboard.queries.marts import case_days
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks, cases

Only = Literal["overdue", "at_risk", "both"]

WITH_CASES = case_clocks.join(cases, case_clocks.c.case_id == cases.c.case_id)
_MOST_DAYS = 15_000  # in one statement: half of what SQLite binds, a quarter of PostgreSQL's


def conditions(
    filter_: Filter,
    regulation: Regulation,
    at_risk_days: int,
    only: Only,
    *,
    told_by: FromClause = cases,
) -> Iterable[ColumnElement[bool]]:
    """Which rows of ``WITH_CASES`` are listed."""
    as_of, clock = filter_.as_of, case_clocks.c
    yield clock.clock == filter_.clock
    yield clock.received_on <= as_of
    yield or_(clock.stopped_on.is_(None), clock.stopped_on > as_of)
    if only == "overdue":
        yield clock.due_on < as_of
    else:
        yield clock.due_on <= as_of + timedelta(days=at_risk_days)
    if only == "at_risk":
        yield clock.due_on >= as_of
    yield from _of_dimensions(filter_, told_by)
    yield from not_rejected(regulation, told_by)


def _of_dimensions(filter_: Filter, told_by: FromClause) -> Iterable[ColumnElement[bool]]:
    for key, field in DIMENSIONS.items():
        if codes := getattr(filter_, field):
            yield told_by.c[key].in_(codes)


def not_rejected(regulation: Regulation, told_by: FromClause) -> Iterable[ColumnElement[bool]]:
    """Which cases were received at all: see ``kpi.state.received``."""
    if rejected := [o.code for o in regulation.outcomes if o.kind == "rejected"]:
        outcome = told_by.c.outcome
        yield or_(outcome.is_(None), outcome.not_in(rejected))


def by_days(
    engine: Engine,
    filter_: Filter,
    regulation: Regulation,
    at_risk_days: int,
    only: Only,
    *,
    told_by: FromClause = cases,
) -> Iterator[Sequence[ColumnElement[bool]]]:
    """The rows of ``WITH_CASES`` that ``conditions`` lists, in two parts: those that are still
    open, and those that were stopped after ``as_of``. ``told_by``: whose columns say where a case
    belongs and how it ended; with the clocks' own, which are the same, no case need be joined.

    The mart tells on which days such were due, and the index leads straight there. Asked for what
    was due before a day and not stopped by then, the database goes through all that ever finished:
    which it does where there are more days than drivers bind values.
    """
    key = ("days", regulation.sha256, filter_.clock, filter_.as_of, at_risk_days, only)
    open_, stopped = held(
        engine,
        key,
        lambda: _due(*late_and_soon(engine, filter_, regulation, at_risk_days), only),
        until="load",
    )
    if len(open_) + len(stopped) > _MOST_DAYS:
        yield [*conditions(filter_, regulation, at_risk_days, only, told_by=told_by)]
        return
    clock = case_clocks.c
    shared = [clock.clock == filter_.clock, clock.received_on <= filter_.as_of]
    shared += [*_of_dimensions(filter_, told_by), *not_rejected(regulation, told_by)]
    yield *shared, clock.due_on.in_(open_), clock.stopped_on.is_(None)
    yield *shared, clock.due_on.in_(stopped), clock.stopped_on > filter_.as_of


def _due(
    rows: pd.DataFrame, places: Codes, late: Mask, only: Only
) -> tuple[list[date], list[date]]:
    """When the open cases among these are due, and when those that were stopped later were."""
    wanted = places if only == "both" else places[late == (only == "overdue")]
    due = rows["due_on"].to_numpy()[wanted].astype("datetime64[D]")
    still = np.isnat(rows["stopped_on"].to_numpy()[wanted])
    open_, stopped = (np.unique(due[part]).tolist() for part in (still, ~still))
    return open_, stopped


def late_and_soon(
    engine: Engine, filter_: Filter, regulation: Regulation, at_risk_days: int
) -> tuple[pd.DataFrame, Codes, Mask]:
    """The mart of ``marts.case_days``, the places in it of the whole city's cases that the list
    has, and which of those are late. No case is looked for, which takes the longer the more are
    finished."""
    rows, received_at_all = _not_rejected(engine, filter_.clock, regulation)
    day = np.datetime64(filter_.as_of, "s")
    came, stopped, due = (rows[name].to_numpy() for name in ("received_on", "stopped_on", "due_on"))
    listed = (came <= day) & (due <= day + np.timedelta64(at_risk_days, "D"))
    listed &= (stopped > day) | np.isnat(stopped)
    listed &= received_at_all
    places = np.flatnonzero(listed)
    return rows, places, due[places] < day


def ever_late(engine: Engine, clock: str, regulation: Regulation) -> int:
    """How many cases were stopped after they were due, or are not stopped."""
    rows, received_at_all = _not_rejected(engine, clock, regulation)
    stopped, due = (rows[name].to_numpy() for name in ("stopped_on", "due_on"))
    counted = ((stopped > due) | np.isnat(stopped)) & received_at_all
    return int(rows["n"].to_numpy()[counted].sum())


def _not_rejected(engine: Engine, clock: str, regulation: Regulation) -> tuple[pd.DataFrame, Mask]:
    """The mart, and which of its rows are of cases that were received at all; kept together."""

    def make() -> tuple[pd.DataFrame, Mask]:
        rows = case_days(engine, clock)
        kinds = {outcome.code: outcome.kind for outcome in regulation.outcomes}
        kept = np.zeros(len(rows), dtype=bool)
        kept[received(rows, kinds).index] = True
        return rows, kept

    return held(engine, ("not rejected", regulation.sha256, clock), make, until="load")

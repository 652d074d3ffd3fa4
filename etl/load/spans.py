"""The span of a case under every clock: when it started, when it stopped, when it is due.

A clock starts with the first event of a starting step and stops with the first event of a stopping
step on that day or later, unless the case's own record gives that end and the clock is the one that
records speak of.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Select,
    Subquery,
    Table,
    and_,
    case,
    func,
    insert,
    literal,
    select,
)

from etl.deadlines import WorkCalendar, due_on
from etl.regulation.model import Clock, Regulation
from etl.scratch import analyze, temporary
from etl.warehouse import CASE_FACTS, WORD, case_clocks, cases

_SPAN = ("case_id", "clock", "started_at", "received_on", "stopped_at", "stopped_on", "due_on")


def spans_of(
    connection: Connection, touched: Table, marks: Table, *, regulation: Regulation
) -> Table:
    """A temporary table of the times in ``case_clocks``, a row a clock of a case that has started.

    ``touched``: the cases asked for (case_id). ``marks``: their events as far as a clock or an
    outcome hangs on them. Two more columns tell of the event that stopped the clock, if it was one:
    ``stop_step`` and ``stop_outcome``.
    """
    result = temporary(
        connection,
        "spans",
        *(Column(n, case_clocks.c[n].type, primary_key=n in CASE_FACTS.keys) for n in _SPAN),
        Column("stop_step", WORD),
        Column("stop_outcome", WORD),
    )
    calendar = WorkCalendar(regulation.calendar)
    for number, clock in enumerate(regulation.clocks):
        begun = _begun(connection, touched, marks, clock, number)
        due = _due(connection, begun, clock, calendar, number)
        query = _spans_of(clock, begun, due, _first_stops(marks, begun, clock))
        connection.execute(insert(result).from_select([c.name for c in result.columns], query))
    analyze(connection, result)
    return result


def _begun(
    connection: Connection, touched: Table, marks: Table, clock: Clock, number: int
) -> Table:
    begun = temporary(
        connection,
        f"begun_{number}",
        Column("case_id", WORD, primary_key=True),
        Column("started_at", DateTime, nullable=False),
        Column("received_on", Date, nullable=False),
    )
    names = [c.name for c in begun.columns]
    first = _first(marks, clock.starts)
    by_events = select(first.c.case_id, first.c.occurred_at, first.c.occurred_on).where(
        first.c.nth == 1
    )
    if clock.records:
        recorded = _recorded_starts(touched)
        by_events = by_events.join_from(first, cases, cases.c.case_id == first.c.case_id).where(
            cases.c.gives_start.is_(False)
        )
        connection.execute(insert(begun).from_select(names, recorded))
    connection.execute(insert(begun).from_select(names, by_events))
    analyze(connection, begun)
    return begun


def _recorded_starts(touched: Table) -> Select[Any]:
    return (
        select(cases.c.case_id, cases.c.recorded_start_at, cases.c.recorded_start_on)
        .join_from(touched, cases, cases.c.case_id == touched.c.case_id)
        .where(cases.c.gives_start.is_(True), cases.c.recorded_start_at.is_not(None))
    )


def _first_stops(marks: Table, begun: Table, clock: Clock) -> Subquery:
    since = and_(begun.c.case_id == marks.c.case_id, marks.c.occurred_on >= begun.c.received_on)
    return _first(marks, clock.stops, begun, since)


def _first(marks: Table, steps: Collection[str], *joined: Any) -> Subquery:
    """The events of ``steps``, numbered from 1 (``nth``) within each case in their order."""
    order = (marks.c.occurred_at, marks.c.position, marks.c.event_id)
    nth = func.row_number().over(partition_by=marks.c.case_id, order_by=order)
    query = select(marks, nth.label("nth")).where(marks.c.step.in_(sorted(steps)))
    return (query.join(*joined) if joined else query).subquery()


def _due(
    connection: Connection, begun: Table, clock: Clock, calendar: WorkCalendar, number: int
) -> Table:
    """The due date of each distinct first day."""
    due = temporary(
        connection,
        f"due_{number}",
        Column("received_on", Date, primary_key=True),
        Column("due_on", Date, nullable=False),
    )
    days = connection.scalars(select(begun.c.received_on).distinct()).all()
    if days:
        rows = [{"received_on": day, "due_on": due_on(day, clock, calendar)} for day in days]
        connection.execute(insert(due), rows)
    return due


def _spans_of(clock: Clock, begun: Table, due: Table, stops: Subquery) -> Select[Any]:
    stopped_at: ColumnElement[Any] = stops.c.occurred_at
    stopped_on: ColumnElement[Any] = stops.c.occurred_on
    if clock.records:
        told = and_(cases.c.gives_stop.is_(True), cases.c.recorded_stop_on >= begun.c.received_on)
        stopped_at = case(
            (told, cases.c.recorded_stop_at), (cases.c.gives_stop.is_(False), stopped_at)
        )
        stopped_on = case(
            (told, cases.c.recorded_stop_on), (cases.c.gives_stop.is_(False), stopped_on)
        )
    query = (
        select(
            begun.c.case_id,
            literal(clock.code),
            begun.c.started_at,
            begun.c.received_on,
            stopped_at,
            stopped_on,
            due.c.due_on,
            stops.c.step,
            stops.c.outcome,
        )
        .join_from(begun, due, due.c.received_on == begun.c.received_on)
        .outerjoin(stops, and_(stops.c.case_id == begun.c.case_id, stops.c.nth == 1))
    )
    return query.join(cases, cases.c.case_id == begun.c.case_id) if clock.records else query

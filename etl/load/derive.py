"""What follows for a case from all that the warehouse holds of it: its clocks, its outcome, and
what later messages say of it.

It is worked out anew for each case that was touched, so the order in which records arrive leaves no
trace, and written only where it differs from what is there.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    Integer,
    Select,
    Subquery,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    union,
    update,
)

from etl import versions
from etl.frames import Texts, texts
from etl.load import clocks
from etl.load.area import Area
from etl.load.event_rows import Span
from etl.load.first_events import FirstEvents
from etl.load.outcomes import rejecting_outcomes
from etl.load.taken import Taken
from etl.load.upsert import insert_new, upsert
from etl.regulation.model import Regulation
from etl.scratch import analyze, temporary
from etl.warehouse import CASE_FACTS, WORD, case_clocks, cases, messages
from etl.workers import ALONE, Work, Workers

_MANY = 10  # where more than every tenth case changed, all are counted anew
_CLOCK = [column.name for column in case_clocks.columns if column.name != "since"]
_RECORD = ("recorded_start_at", "recorded_start_on", "recorded_stop_at", "recorded_stop_on")


@dataclass(frozen=True)
class Derived:
    """The cases that were worked out anew (``touched``: number, case_id) and what they ``took``.
    ``few``: so few that counting what changed costs less than all; of them ``grown`` has by how
    many more of their clocks than before start on each day, by day and clock, 0 where as many do.
    ``every``: they are all cases of the warehouse. ``have_clocks``: whether any of them had a clock
    or has one now."""

    touched: Table
    took: Taken
    grown: Mapping[tuple[date, str], int]
    few: bool
    every: bool
    have_clocks: bool


def derive(
    connection: Connection,
    case_ids: Sequence[Select[Any]] | None,
    *,
    regulation: Regulation,
    run_id: int,
    version: int,
    first: FirstEvents | None = None,
    workers: Workers = ALONE,
) -> Derived:
    """Bring clocks and outcomes up to date for the cases that the queries give; for all if None.
    ``first``: all events of the warehouse, where they are known."""
    touched = number(connection, case_ids)
    how_many = connection.scalar(select(func.max(touched.c.number))) or 0
    total = _counted(connection, cases, up_to=how_many * _MANY + 1)
    few = how_many * _MANY < total
    took = Taken(connection, touched, few=few, first=first, workers=workers)
    if not how_many:
        return Derived(touched, took, {}, few=True, every=not total, have_clocks=False)
    had_clocks = _have_clocks(connection, touched)
    before = _begun(connection, touched) if few else Counter()
    spans, outcomes = _worked_out(connection, touched, took, regulation, workers)
    _write_outcomes(connection, touched, outcomes, run_id)
    _write_told(connection, touched, run_id)
    told = _told_clocks(touched, spans)
    if had_clocks:
        _write_clocks(connection, touched, told, version)
    else:  # nothing is known of any of them
        query = told.add_columns(literal(version, Integer))
        columns = [*_CLOCK, "since"]
        insert_new(connection, case_clocks, columns, query, how_many=how_many)
    grown = _begun(connection, touched) if few else Counter()
    grown.subtract(before)
    for table in (spans, outcomes):
        table.drop(connection)
    have_clocks = had_clocks or _have_clocks(connection, touched)
    every = how_many == total
    return Derived(touched, took, grown, few=few, every=every, have_clocks=have_clocks)


def number(connection: Connection, case_ids: Sequence[Select[Any]] | None) -> Table:
    """The cases that the queries give, all if None, in a temporary table: case_id, and its
    ``number`` from 1 in their order."""
    touched = temporary(
        connection,
        "touched",
        Column("number", Integer, primary_key=True),
        Column("case_id", WORD, nullable=False),
    )
    if case_ids is None or case_ids:
        asked = union(*case_ids).subquery() if case_ids else cases
        place = func.row_number().over(order_by=asked.c.case_id)
        found = select(place, asked.c.case_id)
        connection.execute(insert(touched).from_select(["number", "case_id"], found))
        # PostgreSQL has some of them by number at a time; SQLite looks them up by case as well.
        by = touched.c.case_id if connection.dialect.name == "sqlite" else touched.c.number
        Index("ix_touched", by).create(connection)
        analyze(connection, touched)
    return touched


def _counted(connection: Connection, table: Table, *, up_to: int) -> int:
    """How many rows there are, or ``up_to``: to count them all takes as long as there are many."""
    some = select(literal(1)).select_from(table).limit(up_to).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _have_clocks(connection: Connection, touched: Table) -> bool:
    theirs = case_clocks.c.case_id == touched.c.case_id
    return bool(connection.scalar(select(exists().select_from(touched.join(case_clocks, theirs)))))


def _begun(connection: Connection, touched: Table) -> Counter[tuple[date, str]]:
    """How many clocks of the touched cases start on each day, by day and clock."""
    key = case_clocks.c.received_on, case_clocks.c.clock
    theirs = case_clocks.c.case_id == touched.c.case_id
    query = select(*key, func.count()).join_from(touched, case_clocks, theirs).group_by(*key)
    return Counter({(day, clock): n for day, clock, n in connection.execute(query)})


def _worked_out(
    connection: Connection,
    touched: Table,
    took: Taken,
    regulation: Regulation,
    workers: Workers,
) -> tuple[Table, Table]:
    """Two temporary tables, by the numbers of the touched cases: the clocks of those that were not
    rejected, and the outcomes that are others than the warehouse holds."""
    spans = temporary(
        connection,
        "spans",
        Column("number", Integer, nullable=False),
        *(Column(name, case_clocks.c[name].type) for name in clocks.COLUMNS),
    )
    outcomes = temporary(
        connection,
        "outcomes",
        Column("number", Integer, primary_key=True),
        Column("outcome", WORD),
        Column("outcome_on", Date),
    )
    area, rules = Area(connection), pickle.dumps(regulation)

    def records(span: Span) -> Texts:
        return _records(connection, touched, span, regulation)

    given = (clocks.Given(share, records(share.span), rules) for share in took.shares())
    works = (Work(some, some.share.rows.nbytes) for some in given)
    for made in workers.each(clocks.worked_out, works):
        if isinstance(made, Span):
            found = clocks.of_events(made, took.by_id(made), records(made), rules)
        else:
            found = made
        area.write(spans, found.clocks)
        area.write(outcomes, found.outcomes)
    for table in (spans, outcomes):
        analyze(connection, table)
    return spans, outcomes


def _records(connection: Connection, touched: Table, span: Span, regulation: Regulation) -> Texts:
    """What the records of some cases and the messages about them say; see `clocks.Given`."""
    rejecting = rejecting_outcomes(regulation)
    some = select(touched).where(span.holds(touched.c.number)).subquery()
    told = _latest(some, messages.c.outcome, messages.c.outcome.not_in(rejecting))
    rejections = _rejections(some, rejecting)
    rows = (
        select(
            some.c.number,
            *(_as_number(cases.c[name]) for name in ("gives_start", "gives_stop")),
            *(cases.c[name] for name in (*_RECORD, "recorded_outcome", "outcome", "outcome_on")),
            told.c.outcome.label("told"),
            rejections.c.outcome.label("rejection"),
        )
        .join_from(some, cases, cases.c.case_id == some.c.case_id)
        .outerjoin(told, told.c.case_id == some.c.case_id)
        .outerjoin(rejections, rejections.c.case_id == some.c.case_id)
        .subquery()
    )
    return texts(connection, list(rows.c))


def _as_number(column: Column[Any]) -> ColumnElement[int]:
    """1 or 0: databases write a boolean in words of their own."""
    return case((column.is_(True), 1), else_=0).label(column.name)


def _rejections(some: Subquery, rejecting: Sequence[str]) -> Subquery:
    """The first rejection by code point that a message tells of, of each case."""
    return (
        select(messages.c.case_id, func.min(messages.c.outcome).label("outcome"))
        .join_from(some, messages, messages.c.case_id == some.c.case_id)
        .where(messages.c.outcome.in_(rejecting))
        .group_by(messages.c.case_id)
        .subquery()
    )


def _latest(
    touched: Table | Subquery, told: Column[Any], *conditions: ColumnElement[bool]
) -> Subquery:
    """For each touched case of which a message says it, what the latest of them says."""
    order = (messages.c.sent_at.is_not(None).desc(), messages.c.sent_at.desc())
    nth = func.row_number().over(
        partition_by=messages.c.case_id, order_by=(*order, messages.c.message_id.desc())
    )
    said = (
        select(messages.c.case_id, told, nth.label("nth"))
        .join_from(touched, messages, messages.c.case_id == touched.c.case_id)
        .where(told.is_not(None), *conditions)
        .subquery()
    )
    return select(said.c.case_id, said.c[told.name]).where(said.c.nth == 1).subquery()


def _told_clocks(touched: Table, spans: Table) -> Select[Any]:
    """The spans with what their cases are counted by, in the order of the table's columns."""
    tables: Mapping[str, Table] = dict.fromkeys(clocks.COLUMNS, spans) | {"case_id": touched}
    return (
        select(*(tables.get(name, cases).c[name] for name in _CLOCK))
        .join_from(spans, touched, touched.c.number == spans.c.number)
        .join(cases, cases.c.case_id == touched.c.case_id)
    )


def _write_clocks(
    connection: Connection, touched: Table, clocks: Select[Any], version: int
) -> None:
    told = temporary(
        connection,
        "told_clocks",
        *(Column(n, case_clocks.c[n].type, primary_key=n in CASE_FACTS.keys) for n in _CLOCK),
    )
    connection.execute(insert(told).from_select(_CLOCK, clocks))
    analyze(connection, told)
    versions.supersede(connection, CASE_FACTS, told, version=version, owners=touched)
    same = and_(told.c.case_id == case_clocks.c.case_id, told.c.clock == case_clocks.c.clock)
    connection.execute(
        delete(case_clocks).where(
            case_clocks.c.case_id.in_(select(touched.c.case_id).scalar_subquery()),
            ~exists().where(same),
        )
    )
    compared = [name for name in _CLOCK if name not in CASE_FACTS.keys]
    differs = or_(*(told.c[n].is_distinct_from(case_clocks.c[n]) for n in compared))
    query = (
        select(*(told.c[name] for name in _CLOCK), literal(version, Integer))
        .join_from(told, case_clocks, same, isouter=True)
        .where(or_(case_clocks.c.case_id.is_(None), differs))
    )
    upsert(connection, case_clocks, [*_CLOCK, "since"], query)
    told.drop(connection)


def _write_outcomes(connection: Connection, touched: Table, outcomes: Table, run_id: int) -> None:
    connection.execute(
        update(cases)
        .values(outcome=outcomes.c.outcome, outcome_on=outcomes.c.outcome_on, run_id=run_id)
        .where(
            touched.c.number == outcomes.c.number,
            cases.c.case_id == touched.c.case_id,
        )
    )


def _write_told(connection: Connection, touched: Table, run_id: int) -> None:
    """Who has the case and its number in the queue, where a later message says so."""
    for column in (messages.c.executor, messages.c.queue_number):
        latest = _latest(touched, column)
        kept = cases.c[column.name]
        connection.execute(
            update(cases)
            .values({kept: latest.c[column.name], cases.c.run_id: run_id})
            .where(
                cases.c.case_id == latest.c.case_id,
                kept.is_distinct_from(latest.c[column.name]),
            )
        )

"""What follows for a case from all that the warehouse holds of it: its clocks, its outcome, and
what later messages say of it.

It is worked out anew for each case that was touched, so the order in which records arrive leaves no
trace, and written only where it differs from what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
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
    null,
    or_,
    select,
    union,
    union_all,
    update,
)

from etl import versions
from etl.load.spans import spans_of
from etl.load.upsert import insert_new, upsert
from etl.regulation.model import Regulation
from etl.scratch import analyze, temporary
from etl.warehouse import CASE_FACTS, WORD, case_clocks, cases, events, messages

_MARK = ("case_id", "step", "occurred_at", "occurred_on", "position", "event_id", "outcome")
_MANY = 10  # where more than every tenth case changed, all are counted anew
_CLOCK = [column.name for column in case_clocks.columns if column.name != "since"]


@dataclass(frozen=True)
class Derived:
    """The cases that were worked out anew (``touched``: case_id) and the days, old and new, on
    which their clocks start. ``few``: so few that counting what changed costs less than all."""

    touched: Table
    days: frozenset[date]
    few: bool


def derive(
    connection: Connection,
    case_ids: Sequence[Select[Any]] | None,
    *,
    regulation: Regulation,
    run_id: int,
    version: int,
) -> Derived:
    """Bring clocks and outcomes up to date for the cases that the queries give; for all if None."""
    touched = _touched(connection, case_ids)
    cases_touched = connection.scalar(select(func.count()).select_from(touched)) or 0
    if not cases_touched:
        return Derived(touched, frozenset(), few=True)
    before = _days(connection, touched)
    total = _counted(connection, cases, up_to=cases_touched * _MANY + 1)
    marks = _marks(connection, touched if cases_touched < total else None, regulation)
    spans = spans_of(connection, touched, marks, regulation=regulation)
    outcomes = _outcomes(connection, touched, marks, spans, regulation)
    _forget_rejected(connection, spans, outcomes, regulation)
    _write_outcomes(connection, outcomes, run_id)
    _write_told(connection, touched, run_id)
    told = _told_clocks(connection, spans)
    if before:
        _write_clocks(connection, touched, told, version)
    else:  # nothing is known of any of them
        query = select(*(told.c[name] for name in _CLOCK), literal(version, Integer))
        columns = [*_CLOCK, "since"]
        insert_new(connection, case_clocks, columns, query, how_many=cases_touched)
    days = frozenset(before | _days(connection, touched))
    return Derived(touched, days, few=cases_touched * _MANY < total)


def _touched(connection: Connection, case_ids: Sequence[Select[Any]] | None) -> Table:
    touched = temporary(connection, "touched", Column("case_id", WORD, primary_key=True))
    query = select(cases.c.case_id) if case_ids is None else None
    if case_ids:
        query = select(union(*case_ids).subquery())
    if query is not None:
        connection.execute(insert(touched).from_select(["case_id"], query))
        analyze(connection, touched)
    return touched


def _counted(connection: Connection, table: Table, *, up_to: int) -> int:
    """How many rows there are, or ``up_to``: to count them all takes as long as there are many."""
    some = select(literal(1)).select_from(table).limit(up_to).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _days(connection: Connection, touched: Table) -> set[date]:
    theirs = case_clocks.c.case_id == touched.c.case_id
    query = select(case_clocks.c.received_on).join_from(touched, case_clocks, theirs).distinct()
    return set(connection.scalars(query))


def _marks(connection: Connection, touched: Table | None, regulation: Regulation) -> Table:
    """The events that start or stop a clock, or that say how a case ended; of all cases if
    ``touched`` is None, for then none need be looked up."""
    marks = temporary(connection, "marks", *(Column(n, events.c[n].type) for n in _MARK))
    steps = {step for clock in regulation.clocks for step in clock.starts | clock.stops}
    steps |= {s for s, o in _only_outcomes(regulation).items() if o in _rejecting(regulation)}
    found = select(*(events.c[name] for name in _MARK)).where(
        or_(events.c.step.in_(sorted(steps)), events.c.outcome.is_not(None))
    )
    if touched is not None:
        found = found.join_from(touched, events, events.c.case_id == touched.c.case_id)
    connection.execute(insert(marks).from_select(list(_MARK), found))
    analyze(connection, marks)
    return marks


def _outcomes(
    connection: Connection, touched: Table, marks: Table, spans: Table, regulation: Regulation
) -> Table:
    """The outcome of every touched case, null while it is open, and the day that it counts from.

    What the record says, else the latest message that says it, else what came with the event that
    stopped the headline clock, else the only outcome that its step can have. A rejection needs no
    clock: it is believed of any record, and of any event or message of a case never received.
    """
    outcomes = temporary(
        connection,
        "outcomes",
        Column("case_id", WORD, primary_key=True),
        Column("outcome", WORD),
        Column("outcome_on", Date),
    )
    rejecting = _rejecting(regulation)
    rejections = _rejections(touched, marks, regulation)
    results = _latest(touched, messages.c.outcome, messages.c.outcome.not_in(rejecting))
    of_stop = func.coalesce(
        cases.c.recorded_outcome,
        results.c.outcome,
        spans.c.stop_outcome,
        _only_outcome(spans.c.stop_step, regulation),
    )
    outcome = case(
        (cases.c.recorded_outcome.in_(rejecting), cases.c.recorded_outcome),
        (spans.c.stopped_on.is_not(None), of_stop),
        (spans.c.case_id.is_(None), rejections.c.outcome),
    )
    headline = and_(
        spans.c.case_id == touched.c.case_id, spans.c.clock == regulation.headline_clock
    )
    query = (
        select(
            touched.c.case_id,
            outcome,
            case((outcome.is_not(None) & outcome.not_in(rejecting), spans.c.stopped_on)),
        )
        .join_from(touched, cases, cases.c.case_id == touched.c.case_id)
        .outerjoin(spans, headline)
        .outerjoin(rejections, rejections.c.case_id == touched.c.case_id)
        .outerjoin(results, results.c.case_id == touched.c.case_id)
    )
    connection.execute(insert(outcomes).from_select([c.name for c in outcomes.columns], query))
    analyze(connection, outcomes)
    return outcomes


def _rejections(touched: Table, marks: Table, regulation: Regulation) -> Subquery:
    of_event = func.coalesce(marks.c.outcome, _only_outcome(marks.c.step, regulation))
    said = union_all(
        select(marks.c.case_id, of_event.label("outcome")),
        select(messages.c.case_id, messages.c.outcome).join_from(
            touched, messages, messages.c.case_id == touched.c.case_id
        ),
    ).subquery()
    return (
        select(said.c.case_id, func.min(said.c.outcome).label("outcome"))
        .where(said.c.outcome.in_(_rejecting(regulation)))
        .group_by(said.c.case_id)
        .subquery()
    )


def _latest(touched: Table, told: Column[Any], *conditions: ColumnElement[bool]) -> Subquery:
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


def _only_outcome(step: ColumnElement[str], regulation: Regulation) -> ColumnElement[Any]:
    only = _only_outcomes(regulation)
    return case(*((step == code, literal(out)) for code, out in only.items())) if only else null()


def _only_outcomes(regulation: Regulation) -> dict[str, str]:
    """The steps where only one outcome is possible, and which."""
    return {s.code: s.outcomes[0] for s in regulation.steps.values() if len(s.outcomes) == 1}


def _rejecting(regulation: Regulation) -> list[str]:
    return [outcome.code for outcome in regulation.outcomes if outcome.kind == "rejected"]


def _forget_rejected(
    connection: Connection, spans: Table, outcomes: Table, regulation: Regulation
) -> None:
    rejected = select(outcomes.c.case_id).where(outcomes.c.outcome.in_(_rejecting(regulation)))
    connection.execute(delete(spans).where(spans.c.case_id.in_(rejected.scalar_subquery())))


def _write_clocks(connection: Connection, touched: Table, told: Table, version: int) -> None:
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


def _told_clocks(connection: Connection, spans: Table) -> Table:
    """The spans with what their cases are counted by."""
    told = temporary(
        connection,
        "told_clocks",
        *(Column(n, case_clocks.c[n].type, primary_key=n in CASE_FACTS.keys) for n in _CLOCK),
    )
    columns = [spans.c[name] if name in spans.c else cases.c[name] for name in _CLOCK]
    query = select(*columns).join_from(spans, cases, cases.c.case_id == spans.c.case_id)
    connection.execute(insert(told).from_select(_CLOCK, query))
    analyze(connection, told)
    return told


def _write_outcomes(connection: Connection, outcomes: Table, run_id: int) -> None:
    connection.execute(
        update(cases)
        .values(outcome=outcomes.c.outcome, outcome_on=outcomes.c.outcome_on, run_id=run_id)
        .where(
            cases.c.case_id == outcomes.c.case_id,
            cases.c.outcome.is_distinct_from(outcomes.c.outcome)
            | cases.c.outcome_on.is_distinct_from(outcomes.c.outcome_on),
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

"""The courses of touched cases, worked out anew from all events that the warehouse holds of them.

A case that was rejected was never received and has none.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Table,
    and_,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
)

from etl import versions
from etl.courses.gathered import Gathered
from etl.courses.worked_out import COUNTED_BY, Given, worked_out
from etl.frames import Texts, texts
from etl.load.area import Area
from etl.load.event_rows import Span
from etl.load.taken import Taken
from etl.load.upsert import insert_new, upsert
from etl.regulation.model import Regulation
from etl.scratch import analyze, temporary
from etl.warehouse import COURSE_FACTS, WORD, case_clocks, case_courses, cases
from etl.workers import ALONE, Work, Workers

_TOLD = [column.name for column in case_courses.columns if column.name != "since"]
_OWN = [name for name in _TOLD if name in cases.c]  # what a course is counted by as its case is


def are_missing(connection: Connection) -> bool:
    """Whether there are received cases and no courses, as after a migration."""
    known = connection.scalar(select(exists().select_from(case_courses)))
    return not known and bool(connection.scalar(select(exists().select_from(case_clocks))))


def derive(
    connection: Connection,
    touched: Table,
    took: Taken,
    *,
    regulation: Regulation,
    version: int,
    every: bool = False,
    workers: Workers = ALONE,
) -> Gathered | None:
    """Bring the courses of the ``touched`` cases (number, case_id) up to date by what they
    ``took``, after their clocks.

    Written only where they differ from what is there, with what held before kept as history. Runs
    in the caller's transaction. Where ``every`` case is touched, returns the times of all courses.
    """
    made = temporary(
        connection,
        "made_courses",
        Column("number", Integer, primary_key=True),
        Column("stopped_on", Date),
        Column("verdict", WORD),
        Column("steps", WORD, nullable=False),
        Column("times", LargeBinary, nullable=False),
    )
    rules = pickle.dumps(regulation)
    given = (
        Given(share, _received(connection, touched, share.span, regulation), rules, gathered=every)
        for share in took.shares()
    )
    gathered = Gathered()
    for some in workers.each(worked_out, (Work(some, some.share.rows.nbytes) for some in given)):
        Area(connection).write(made, some.courses)
        for month in some.months:
            gathered.add(month)
    analyze(connection, made)
    theirs = case_courses.c.case_id == touched.c.case_id
    if connection.scalar(select(exists().select_from(touched.join(case_courses, theirs)))):
        _replace(connection, touched, _as_counted(touched, made), version)
    else:  # nothing is known of any of them
        query = _as_counted(touched, made).add_columns(literal(version, Integer))
        query = query.order_by(touched.c.number)
        insert_new(connection, case_courses, [*_TOLD, "since"], query, how_many=took.cases)
    made.drop(connection)
    return gathered if every else None


def _received(connection: Connection, touched: Table, span: Span, regulation: Regulation) -> Texts:
    """The cases among some that were not rejected: number, what they are counted by, and the day
    on which they were finished (stopped_on)."""
    rejecting = [outcome.code for outcome in regulation.outcomes if outcome.kind == "rejected"]
    headline = and_(
        case_clocks.c.case_id == touched.c.case_id,
        case_clocks.c.clock == regulation.headline_clock,
    )
    rows = (
        select(touched.c.number, *(cases.c[n] for n in COUNTED_BY), case_clocks.c.stopped_on)
        .join_from(touched, cases, cases.c.case_id == touched.c.case_id)
        .outerjoin(case_clocks, headline)
        .where(
            span.holds(touched.c.number),
            or_(cases.c.outcome.is_(None), cases.c.outcome.not_in(rejecting)),
        )
        .subquery()
    )
    return texts(connection, list(rows.c))


def _as_counted(touched: Table, made: Table) -> Select[Any]:
    """The courses with what their cases are counted by, in the order of the table's columns."""
    sources: Mapping[str, Table] = dict.fromkeys(_OWN, cases)
    columns = [sources.get(name, made).c[name] for name in _TOLD]
    return (
        select(*columns)
        .join_from(touched, made, made.c.number == touched.c.number)
        .join(cases, cases.c.case_id == touched.c.case_id)
    )


def _replace(
    connection: Connection, touched: FromClause, courses: Select[Any], version: int
) -> None:
    told = temporary(
        connection,
        "told_courses",
        *(Column(n, case_courses.c[n].type, primary_key=n in COURSE_FACTS.keys) for n in _TOLD),
    )
    connection.execute(insert(told).from_select(_TOLD, courses))
    analyze(connection, told)
    versions.supersede(connection, COURSE_FACTS, told, version=version, owners=touched)
    kept = case_courses
    same = told.c.case_id == kept.c.case_id
    ids = select(touched.c.case_id).scalar_subquery()
    connection.execute(delete(kept).where(kept.c.case_id.in_(ids), ~exists().where(same)))
    is_other = or_(kept.c.case_id.is_(None), versions.differs(COURSE_FACTS, told.c, kept.c))
    query = (
        select(*(told.c[name] for name in _TOLD), literal(version, Integer))
        .join_from(told, kept, same, isouter=True)
        .where(is_other)
    )
    upsert(connection, kept, [*_TOLD, "since"], query)
    told.drop(connection)

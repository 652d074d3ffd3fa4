"""The times of steps, as single times of a few days: no histogram of whole days would hold them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from sqlalchemy import ColumnElement, Connection, Engine, FromClause, select, union_all

from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.step_times import StepTimes
from etl.courses import packed
from etl.courses.mart import times_between
from etl.warehouse import COURSE_FACTS, mart_steps


def step_times(engine: Engine, filter_: Filter, first: date, last: date) -> StepTimes:
    """The times of the steps that were taken in the days from first to last, as the filter's
    dimensions let them through.

    At an earlier version (``filter_.known_at``) they come from the courses that were known then.
    """
    with engine.connect() as connection:
        if filter_.known_at is None:
            return _counted(connection, filter_, first, last)
        return _known(connection, filter_, first, last, filter_.known_at)


def _counted(connection: Connection, filter_: Filter, first: date, last: date) -> StepTimes:
    mart = mart_steps.c
    rows = connection.execute(
        select(mart.steps, mart.codes, mart.times).where(
            mart.occurred_on.between(first, last), *_let_through(mart_steps, filter_)
        )
    ).all()
    coded = packed.times_of([row.steps for row in rows], [row.codes for row in rows])
    micros = np.frombuffer(b"".join(row.times for row in rows), packed.TIME)
    return StepTimes(coded.codes, micros, coded.names)


def _known(
    connection: Connection, filter_: Filter, first: date, last: date, version: int
) -> StepTimes:
    kept, former = COURSE_FACTS.kept, COURSE_FACTS.former
    columns = ("steps", "times")
    now = select(*(kept.c[name] for name in columns)).where(
        kept.c.since <= version, *_let_through(kept, filter_)
    )
    then = select(*(former.c[name] for name in columns)).where(
        former.c.since <= version, former.c.until > version, *_let_through(former, filter_)
    )
    coded, times = times_between(connection.execute(union_all(now, then)).all(), first, last)
    return StepTimes(times.step, times.micros.astype("int64"), coded.names)


def _let_through(table: FromClause, filter_: Filter) -> Sequence[ColumnElement[bool]]:
    chosen = ((table.c[column], getattr(filter_, field)) for column, field in DIMENSIONS.items())
    return [column.in_(codes) for column, codes in chosen if codes]

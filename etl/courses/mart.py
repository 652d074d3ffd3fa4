"""The marts of the times of steps: kept current for what changed, and compared with the courses.

A time belongs to the step that ends it and to the local day of that; the first step of a case has
none. What one channel's cases took in one month hangs together and is written together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Table,
    delete,
    literal,
    select,
    union_all,
)

from etl.courses.gathered import Gathered
from etl.courses.month import MONTH, SPANS, Courses, Month, Values, months
from etl.courses.patch import Rows, patch_of
from etl.load.area import Area
from etl.load.rows import table_of
from etl.warehouse import COURSE_FACTS, case_courses, mart_step_times, mart_steps
from etl.workers import ALONE, Work, Workers

_COURSE = ("channel", "category", "service_point", "steps", "times")
_AT_ONCE = 25_000  # courses
_MARTS = {mart_steps: "starts_on", mart_step_times: "month"}


def refresh(
    connection: Connection, gathered: Gathered | None = None, *, workers: Workers = ALONE
) -> None:
    """Count the marts anew from the courses, in the caller's transaction. ``gathered``: the times
    of all courses, if they are at hand."""
    for mart in _MARTS:
        connection.execute(delete(mart))
    if gathered is None:
        gathered = _gathered(connection, workers)
    counted = (Work(month, month.times.micros.nbytes) for month in gathered.months())
    for tables in workers.each(_as_tables, counted):
        _put(connection, tables)


def shift(connection: Connection, owners: FromClause, *, version: int) -> None:
    """Count what ``version`` changed of the courses that ``owners`` (case_id) have, and no more.

    Before it the marts must hold what was so until then. Runs in the caller's transaction.
    """
    kept, former = COURSE_FACTS.kept, COURSE_FACTS.former
    new = select(*_course_columns(kept), literal(1).label("sign")).join_from(
        owners, kept, kept.c.case_id == owners.c.case_id
    )
    old = select(*_course_columns(former), literal(-1).label("sign")).join_from(
        owners, former, former.c.case_id == owners.c.case_id
    )
    both = union_all(new.where(kept.c.since == version), old.where(former.c.until == version))
    for change in months(_columns(connection.execute(both).all())):
        moved = change.moved()
        if not moved.times.micros.size:
            continue
        patch = patch_of(connection, moved)
        if patch is None:
            now = _standing(connection, moved).after(moved)
            for mart in _MARTS:
                connection.execute(delete(mart).where(*_of(mart, moved)))
            _write(connection, now)
        else:
            _exchange(connection, patch)


def _exchange(connection: Connection, patch: Sequence[Rows]) -> None:
    for rows in patch:
        connection.execute(delete(rows.mart).where(rows.gone))
        if rows.come:
            Area(connection).write(rows.mart, table_of(rows.mart.columns, rows.come))


def differences(connection: Connection) -> Iterator[str]:
    """A sentence on how a mart differs from what the courses count to; none where they agree."""
    made: dict[Table, Counter[Values]] = {mart: Counter() for mart in _MARTS}
    for month in _gathered(connection).months():
        for mart, rows in _rows(month).items():
            made[mart].update(rows)
    for mart, counted in made.items():
        held = Counter(tuple(row) for row in connection.execute(select(mart)))
        wrong = (held - counted) + (counted - held)
        if wrong:
            first = min(wrong, key=repr)
            where = ", ".join(str(value) for value in first if not isinstance(value, bytes))
            yield f"{wrong.total()} rows of {mart.name}, such as {where}, hold other times"


def _course_columns(table: FromClause) -> list[Any]:
    return [table.c[name] for name in _COURSE]


def _gathered(connection: Connection, workers: Workers = ALONE) -> Gathered:
    """All that the marts should hold; some courses are in memory at a time."""
    gathered = Gathered()
    query: Select[Any] = select(*_course_columns(case_courses), literal(1).label("sign"))
    rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    some = (_columns(part) for part in rows.partitions())
    for parts in workers.each(_months, (Work(one, one.size) for one in some)):
        for part in parts:
            gathered.add(part)
    return gathered


def _columns(rows: Sequence[Row[Any]]) -> Courses:
    return Courses(*zip(*rows, strict=True)) if rows else Courses()


def _months(courses: Courses) -> list[Month]:
    return list(months(courses))


def _of(mart: Table, month: Month) -> Sequence[ColumnElement[bool]]:
    """What is true of the month's rows in a mart."""
    next_month = (month.first + timedelta(days=31)).replace(day=1)
    day = mart.c[_MARTS[mart]]
    spans = [mart.c.span.in_(SPANS)] if mart is mart_steps else []  # all: as the index is
    return *spans, mart.c.channel == month.channel, day >= month.first, day < next_month


def _standing(connection: Connection, month: Month) -> Month:
    """The same month of the same channel, as the marts hold it."""
    counts, times = (select(mart).where(*_of(mart, month)) for mart in _MARTS)
    return Month.stood(
        month.channel,
        month.first,
        connection.execute(counts.where(mart_steps.c.span == MONTH)).all(),
        connection.execute(times).all(),
    )


def _rows(month: Month) -> Mapping[Table, Iterator[Values]]:
    if not month.times.micros.size:
        return {}
    return {mart_steps: month.count_rows(), mart_step_times: month.time_rows()}


def _write(connection: Connection, month: Month) -> None:
    _put(connection, _as_tables(month))


def _as_tables(month: Month) -> Mapping[str, pa.Table]:
    """The rows of the month, by the name of their mart."""
    marts = _rows(month).items()
    return {mart.name: table_of(mart.columns, list(values)) for mart, values in marts}


def _put(connection: Connection, tables: Mapping[str, pa.Table]) -> None:
    for mart in _MARTS:
        if mart.name in tables:
            Area(connection).write(mart, tables[mart.name])

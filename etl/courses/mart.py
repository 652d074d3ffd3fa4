"""The mart of the times of steps: kept current for what changed, and compared with the courses.

A time belongs to the step that ends it and to the local day of that; the first step of a case has
none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    literal,
    select,
    union_all,
)

from etl.courses import packed
from etl.courses.packed import Times
from etl.warehouse import COURSE_FACTS, case_courses, mart_steps

_CELL = ("occurred_on", "channel", "category", "service_point")
_DIMENSIONS = _CELL[1:]
_COLUMNS = (*_CELL, "steps", "codes", "times")
_AT_ONCE = 5_000  # rows written in one go
_CHUNK = 500  # below every driver's limit of bound values
_EPOCH = date(1970, 1, 1)

Cell = tuple[Any, ...]  # the values of _CELL


def refresh(connection: Connection) -> None:
    """Count the mart anew from the courses, in the caller's transaction."""
    connection.execute(delete(mart_steps))
    for part in _counted(connection):
        _write(connection, part)


def shift(connection: Connection, owners: FromClause, *, version: int) -> None:
    """Count what ``version`` changed of the courses that ``owners`` (case_id) have, and no more.

    Before it the mart must hold what was so until then. Runs in the caller's transaction.
    """
    kept, former = COURSE_FACTS.kept, COURSE_FACTS.former
    new = select(*_course_columns(kept), literal(1).label("sign")).join_from(
        owners, kept, kept.c.case_id == owners.c.case_id
    )
    old = select(*_course_columns(former), literal(-1).label("sign")).join_from(
        owners, former, former.c.case_id == owners.c.case_id
    )
    both = union_all(new.where(kept.c.since == version), old.where(former.c.until == version))
    changed = _of_courses(connection.execute(both).all())
    if not changed.cells:
        return
    held = _of_mart(_standing(connection, changed.cells))
    condition = and_(*(mart_steps.c[name] == bindparam(f"its_{name}") for name in _CELL))
    cells = [{f"its_{n}": v for n, v in zip(_CELL, cell, strict=True)} for cell in changed.cells]
    connection.execute(delete(mart_steps).where(condition), cells)
    _write(connection, _summed(held, changed))


def differences(connection: Connection) -> Iterator[str]:
    """A sentence on how the mart differs from what the courses count to; none where it agrees."""
    query = select(*(mart_steps.c[name] for name in _COLUMNS))
    held = {tuple(row[: len(_CELL)]): tuple(row) for row in connection.execute(query)}
    wrong = [
        row
        for part in _counted(connection)
        for row in _rows(part)
        if held.pop(row[:4], None) != row
    ]
    if wrong or held:
        first = next(iter([*wrong, *held.values()]))
        where = ", ".join(str(value) for value in first[: len(_CELL)])
        yield f"{len(wrong) + len(held)} rows, such as {where}, hold other times"


@dataclass(frozen=True)
class Part:
    """Times by their cell: ``times.row`` points into ``cells``, ``times.step`` into ``names``,
    which stand in the order of their code points; ``sign``: -1 for a time that is to be taken away.
    """

    cells: Sequence[Cell]
    names: Sequence[str]
    times: Times
    sign: npt.NDArray[np.int64]


def times_between(rows: Sequence[Row[Any]], first: date, last: date) -> tuple[packed.Coded, Times]:
    """The times of courses (``steps``, ``times``) that ended in the days from first to last: the
    coded steps, and for each time its course, step and µs."""
    coded, course, day, micros = _gaps(rows)
    inside = (day >= (first - _EPOCH).days) & (day <= (last - _EPOCH).days)
    return coded.steps, Times(course[inside], coded.own[inside], micros[inside])


def _course_columns(table: FromClause) -> list[Any]:
    return [table.c[name] for name in (*_DIMENSIONS, "steps", "times")]


def _counted(connection: Connection) -> Iterator[Part]:
    """All that the mart should hold, a channel at a time."""
    for channel in connection.scalars(select(case_courses.c.channel).distinct()).all():
        query: Select[Any] = select(*_course_columns(case_courses), literal(1).label("sign"))
        rows = connection.execute(query.where(case_courses.c.channel == channel)).all()
        yield _of_courses(rows)


class _Coded(NamedTuple):
    steps: packed.Coded
    own: packed.Whole  # the step of each time


def _gaps(rows: Sequence[Row[Any]]) -> tuple[_Coded, packed.Whole, packed.Whole, packed.Whole]:
    """For each time in courses its step, its course, its day (since 1970) and its µs."""
    steps = packed.courses([row.steps for row in rows])
    taken = np.frombuffer(b"".join(row.times for row in rows), packed.TAKEN)
    course = np.repeat(np.arange(len(rows)), steps.lengths)
    follows = np.flatnonzero(course[1:] == course[:-1]) + 1
    micros = taken["at"][follows] - taken["at"][follows - 1]
    own = _Coded(steps, steps.codes[follows])
    return own, course[follows], taken["on"][follows].astype("int64"), micros


def _of_courses(rows: Sequence[Row[Any]]) -> Part:
    """Times of courses (dimensions, steps, times, sign)."""
    coded, course, day, micros = _gaps(rows)
    groups: dict[Cell, int] = {}
    group = np.array([groups.setdefault(tuple(row[:3]), len(groups)) for row in rows], "int64")
    key = group[course] * (1 << 32) + day
    known, row = np.unique(key, return_inverse=True)
    dimensions = list(groups)
    cells = [
        (_EPOCH + timedelta(days=int(k & 0xFFFFFFFF)), *dimensions[int(k >> 32)]) for k in known
    ]
    sign = np.array([row.sign for row in rows], "int64")[course]
    return Part(cells, coded.steps.names, Times(row, coded.own, micros), sign)


def _of_mart(rows: Sequence[Row[Any]]) -> Part:
    coded = packed.times_of([row.steps for row in rows], [row.codes for row in rows])
    micros = np.frombuffer(b"".join(row.times for row in rows), packed.TIME)
    row = np.repeat(np.arange(len(rows)), coded.lengths)
    cells = [tuple(one[: len(_CELL)]) for one in rows]
    return Part(cells, coded.names, Times(row, coded.codes, micros), np.ones(micros.size, "int64"))


def _standing(connection: Connection, cells: Sequence[Cell]) -> list[Row[Any]]:
    """The rows of the mart that stand in these cells."""
    wanted, found = set(cells), []
    days = sorted({cell[0] for cell in cells})
    for start in range(0, len(days), _CHUNK):
        query = select(*(mart_steps.c[name] for name in _COLUMNS)).where(
            mart_steps.c.occurred_on.in_(days[start : start + _CHUNK])
        )
        rows = connection.execute(query)
        found += [row for row in rows if tuple(row[: len(_CELL)]) in wanted]
    return found


def _summed(held: Part, changed: Part) -> Part:
    """What is left when what goes is taken from what is held and what comes."""
    cells = list(changed.cells)
    places = {cell: place for place, cell in enumerate(cells)}
    names = sorted({*held.names, *changed.names})
    known = {name: place for place, name in enumerate(names)}
    own = np.array([places[cell] for cell in held.cells], dtype="int64")
    row = np.r_[own[held.times.row] if own.size else held.times.row, changed.times.row]
    step = np.r_[
        packed.recoded(held.times.step, held.names, known),
        packed.recoded(changed.times.step, changed.names, known),
    ]
    micros = np.r_[held.times.micros, changed.times.micros]
    sign = np.r_[held.sign, changed.sign]
    order = np.lexsort((micros, step, row))
    row, step, micros, sign = row[order], step[order], micros[order], sign[order]
    is_new = np.r_[
        True, (row[1:] != row[:-1]) | (step[1:] != step[:-1]) | (micros[1:] != micros[:-1])
    ]
    first = np.flatnonzero(is_new)
    left = np.add.reduceat(sign, first)
    kept = Times(*(np.repeat(a[first], left) for a in (row, step, micros)))
    return Part(cells, names, kept, np.ones(int(left.sum()), "int64"))


def _rows(part: Part) -> Iterator[tuple[Any, ...]]:
    for which, steps, codes, times in packed.rows_of(part.times, part.names):
        yield (*part.cells[which], steps, codes, times)


def _write(connection: Connection, part: Part) -> None:
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(part)]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(mart_steps), rows[start : start + _AT_ONCE])

"""A few times that come into a month or go from it, in the rows of the marts that hold them and in
no others: what it costs follows these times, not all that the month holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, select, tuple_

from etl.courses import packed
from etl.courses.month import (
    DAY,
    LEVELS,
    MONTH,
    SPANS,
    Level,
    Month,
    Times,
    Values,
    changes,
    levels,
    recoded,
)
from etl.courses.packed import BINS
from etl.warehouse import mart_step_times, mart_steps

_FEW = 500  # times: below every driver's limit of bound values

Key = tuple[str, date, int]  # of a row of mart_steps in its month: span, starts_on, cell


@dataclass(frozen=True)
class Rows:
    """The rows of a mart that hold one of a few times: where they are (``gone``), and what stands
    in their places (``come``, by the mart's columns)."""

    mart: Table
    gone: ColumnElement[bool]
    come: Sequence[Values]


def patch_of(connection: Connection, moved: Month) -> Sequence[Rows] | None:
    """What becomes of the marts by times that come (sign 1) or go (-1). None where they are many,
    and where the month gets or loses a cell or a step, for then all of it gets other numbers."""
    if moved.times.micros.size > _FEW:
        return None
    held = _held(_counts(connection, moved, *_spans(MONTH)))
    rows = [row for row in held.values() if row.span == MONTH]
    cells = tuple((row.category, row.service_point) for row in rows)
    names = packed.parted(rows[0].steps) if rows else ()
    if not {*moved.cells} <= {*cells} or not {*moved.names} <= {*names}:
        return None
    times = recoded(moved, cells, names)
    if not _keeps_all(rows, times, len(names)):
        return None
    together = [*levels(cells)]
    own = {
        (moved.first + timedelta(days=day - 1), level.first[group])
        for level in together
        for day, group in zip(times.day.tolist(), level.of[times.cell].tolist(), strict=True)
    }
    theirs = tuple_(mart_steps.c.starts_on, mart_steps.c.cell).in_(sorted(own))
    held |= _held(_counts(connection, moved, *_spans(DAY), where=[theirs]))
    of_span = {DAY: times, MONTH: times._replace(day=np.ones_like(times.day))}
    come = {
        key: row
        for level in together
        for span, own_times in of_span.items()
        for key, row in _counted(moved, span, level, names=names, times=own_times, held=held)
    }
    columns = (mart_steps.c.span, mart_steps.c.starts_on, mart_steps.c.cell)
    gone = and_(_of(moved, *SPANS), tuple_(*columns).in_(list(come)))
    counted = Rows(mart_steps, gone, [row for row in come.values() if row is not None])
    return [counted, _timed(connection, moved, names, times)]


def _spans(span: str) -> Sequence[str]:
    """The span at every level."""
    return [span + level for level in LEVELS]


def _held(rows: Sequence[Row[Any]]) -> dict[Key, Row[Any]]:
    return {(row.span, row.starts_on, row.cell): row for row in rows}


def _counts(
    connection: Connection, month: Month, *spans: str, where: Sequence[ColumnElement[bool]] = ()
) -> Sequence[Row[Any]]:
    """The rows of the month, or of days of it, by cell."""
    query = select(mart_steps).where(_of(month, *spans), *where)
    return connection.execute(query.order_by(mart_steps.c.cell)).all()


def _of(month: Month, *spans: str) -> ColumnElement[bool]:
    next_month = (month.first + timedelta(days=31)).replace(day=1)
    day = mart_steps.c.starts_on
    is_own = mart_steps.c.span.in_(spans), mart_steps.c.channel == month.channel
    return and_(*is_own, day >= month.first, day < next_month)


def _keeps_all(rows: Sequence[Row[Any]], times: Times, steps: int) -> bool:
    """Whether every cell and every step of the month still has a time."""
    n = np.zeros((len(rows), steps), "int64")
    for place, row in enumerate(rows):
        counts = np.frombuffer(row.counts, packed.COUNT)
        np.add.at(n[place], counts["step"], counts["n"])
    np.add.at(n, (times.cell, times.step), times.sign)
    return bool(n.any(axis=0).all() and n.any(axis=1).all())


def _counted(
    month: Month,
    span: str,
    level: Level,
    *,
    names: Sequence[str],
    times: Times,
    held: Mapping[Key, Row[Any]],
) -> Iterator[tuple[Key, Values | None]]:
    """The rows of ``mart_steps`` that ``times`` change, of the groups of one level; None of one
    that is left without times. ``held``: as they are."""
    key = times.day * len(level.groups) + level.of[times.cell]
    for value in np.unique(key).tolist():
        own = Times(*(column[key == value] for column in times))
        day, group = divmod(value, len(level.groups))
        starts_on, cell = month.first + timedelta(days=day - 1), level.first[group]
        place = span + level.name, starts_on, cell
        row = held.get(place)
        counts = _added(row.counts if row else b"", own)
        sums = np.zeros(len(names), packed.SUM)
        if row:
            sums += np.frombuffer(row.sums, packed.SUM)
        np.add.at(sums, own.step, own.micros * own.sign)
        kept = packed.joined(names), counts.tobytes(), sums.tobytes(), level.size[group]
        whole = (place[0], starts_on, month.channel, *level.groups[group], cell, *kept)
        yield place, whole if counts.size else None


def _added(counts: bytes, times: Times) -> Any:
    """The counts, those of ``times`` added or taken away."""
    old = np.frombuffer(counts, packed.COUNT)
    places = np.concatenate(
        [
            old["step"].astype("int64") * BINS + old["bin"],
            times.step * BINS + packed.bins(times.micros),
        ]
    )
    known, place = np.unique(places, return_inverse=True)
    n = np.zeros(known.size, "int64")
    np.add.at(n, place, np.concatenate([old["n"].astype("int64"), times.sign]))
    left = n != 0
    found = np.empty(np.count_nonzero(left), packed.COUNT)
    found["step"], found["bin"] = known[left] // BINS, known[left] % BINS
    found["n"] = n[left]
    return found


def _timed(connection: Connection, month: Month, names: Sequence[str], times: Times) -> Rows:
    """The rows of ``mart_step_times`` that ``times`` change."""
    key = times.step * BINS + packed.bins(times.micros)
    bins = {value: packed.bin_of(names[value // BINS], value % BINS) for value in set(key.tolist())}
    columns = mart_step_times.c
    theirs = and_(
        columns.month == month.first,
        columns.channel == month.channel,
        columns.bin.in_(sorted(bins.values())),
    )
    rows = connection.execute(select(columns.bin, columns.times).where(theirs))
    held = {row.bin: row.times for row in rows}
    come = []
    for value, bin_ in bins.items():
        kept = _merged(held.get(bin_, b""), Times(*(column[key == value] for column in times)))
        if kept.size:
            low, high = int(kept["micros"][0]), int(kept["micros"][-1])
            come.append((month.first, month.channel, bin_, low, high, kept.tobytes()))
    return Rows(mart_step_times, theirs, come)


def _merged(kept: bytes, times: Times) -> Any:
    """The times of a bin, ``times`` added or taken away, in their order."""
    old = np.frombuffer(kept, packed.TIME)
    columns = [
        np.concatenate([old[name].astype("int64"), getattr(times, name)])
        for name in ("day", "cell", "micros")
    ]
    sign = np.concatenate([np.ones(old.size, "int64"), times.sign])
    order = np.lexsort(columns)
    day, cell, micros = (column[order] for column in columns)
    first = np.flatnonzero(changes(day, cell, micros))
    left = np.repeat(first, np.add.reduceat(sign[order], first))
    found = np.empty(left.size, packed.TIME)
    found["micros"], found["cell"], found["day"] = micros[left], cell[left], day[left]
    return found

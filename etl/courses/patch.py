"""A few times that come into a month or go from it, in the rows of the marts that hold them and in
no others: what it costs follows these times, not all that the month holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Table, and_, select, tuple_

from etl.courses import packed
from etl.courses.month import DAY, MONTH, Cell, Month, Times, Values, changes, recoded
from etl.courses.packed import BINS
from etl.warehouse import mart_step_times, mart_steps

_FEW = 500  # times: below every driver's limit of bound values

Held = Mapping[tuple[date, int], Row[Any]]  # rows of mart_steps by starts_on and cell


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
    of_month = {(row.starts_on, row.cell): row for row in _counts(connection, moved, MONTH)}
    rows = list(of_month.values())
    cells = tuple((row.category, row.service_point) for row in rows)
    names = packed.parted(rows[0].steps) if rows else ()
    if not {*moved.cells} <= {*cells} or not {*moved.names} <= {*names}:
        return None
    times = recoded(moved, cells, names)
    if not _keeps_all(rows, times, len(names)):
        return None
    own = zip(times.day.tolist(), times.cell.tolist(), strict=True)
    changed = {(moved.first + timedelta(days=day - 1), cell) for day, cell in own}
    theirs = tuple_(mart_steps.c.starts_on, mart_steps.c.cell).in_(sorted(changed))
    of_day = {(row.starts_on, row.cell): row for row in _counts(connection, moved, DAY, theirs)}
    month = times._replace(day=np.ones_like(times.day))
    return [
        _counted(moved, MONTH, cells=cells, names=names, times=month, held=of_month),
        _counted(moved, DAY, cells=cells, names=names, times=times, held=of_day),
        _timed(connection, moved, names, times),
    ]


def _counts(connection: Connection, month: Month, span: str, *more: Any) -> Sequence[Row[Any]]:
    """The rows of the month, or of days of it, by cell."""
    query = select(mart_steps).where(_of(month, span), *more)
    return connection.execute(query.order_by(mart_steps.c.cell)).all()


def _of(month: Month, span: str) -> ColumnElement[bool]:
    next_month = (month.first + timedelta(days=31)).replace(day=1)
    day = mart_steps.c.starts_on
    is_own = mart_steps.c.span == span, mart_steps.c.channel == month.channel
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
    *,
    cells: Sequence[Cell],
    names: Sequence[str],
    times: Times,
    held: Held,
) -> Rows:
    """The rows of ``mart_steps`` that ``times`` change; ``held``: as they are."""
    changed, come = [], []
    key = times.day * len(cells) + times.cell
    for value in np.unique(key).tolist():
        own = Times(*(column[key == value] for column in times))
        day, cell = divmod(value, len(cells))
        starts_on = month.first + timedelta(days=day - 1)
        row = held.get((starts_on, cell))
        counts = _added(row.counts if row else b"", own)
        sums = np.zeros(len(names), packed.SUM)
        if row:
            sums += np.frombuffer(row.sums, packed.SUM)
        np.add.at(sums, own.step, own.micros * own.sign)
        changed.append((starts_on, cell))
        kept = counts.tobytes(), sums.tobytes()
        whole = (span, starts_on, month.channel, *cells[cell], cell, packed.joined(names), *kept)
        come += [whole] if counts.size else []
    theirs = tuple_(mart_steps.c.starts_on, mart_steps.c.cell).in_(changed)
    return Rows(mart_steps, and_(_of(month, span), theirs), come)


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

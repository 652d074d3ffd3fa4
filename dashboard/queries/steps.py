"""The times of steps in a period, exact, while few of the single times are read.

Counts by bin say in which bin a rank lies; of that bin alone the times are read. Why so:
docs/decisions/0010-courses.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Row,
    Select,
    and_,
    func,
    select,
    union_all,
)

from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.state import Mask, Whole
from dashboard.kpi.step_times import StepTimes, ranks
from dashboard.queries.snapshot import snapshot
from etl.courses import packed
from etl.courses.month import ALL, CATEGORIES, CELLS, DAY, MONTH
from etl.databases import IN_BINARY
from etl.warehouse import COURSE_FACTS, mart_step_times, mart_steps

Rows = Sequence[Row[Any]]
Wanted = Mapping[str, Collection[int]]  # by bin, places of times in its order, from 0


def step_times(engine: Engine, filter_: Filter, first: date, last: date) -> Mapping[str, StepTimes]:
    """By step, what the steps took that were taken in the days from first to last, as the filter's
    dimensions let them through; none that was not taken.

    At an earlier version (``filter_.known_at``) it comes from the courses that were known then.
    """
    period = Period(first, last)
    with snapshot(engine) as connection:
        if filter_.known_at is None:
            return _counted(connection, filter_, period)
        return _known(connection, filter_, period, filter_.known_at)


@dataclass(frozen=True)
class Period:
    """The days from first to last, both within: whole months, and the days before and after."""

    first: date
    last: date

    @property
    def months(self) -> tuple[date, date]:
        """The first days of the first and of the last month that it touches."""
        return self.first.replace(day=1), self.last.replace(day=1)

    def is_whole(self, month: date) -> bool:
        """Whether all days of the month with this first day are in it."""
        return self.first <= month and _next(month) <= self.last + timedelta(days=1)

    def days(self) -> Iterator[tuple[date, date]]:
        """From when to when there are days of months that are not whole."""
        for month in sorted({*self.months}):
            if not self.is_whole(month):
                yield max(self.first, month), min(self.last, _next(month) - timedelta(days=1))


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _counted(connection: Connection, filter_: Filter, period: Period) -> Mapping[str, StepTimes]:
    months, rows = _rows(connection, filter_, period)
    tallies = list(_tallies(rows))
    wanted: dict[str, set[int]] = {}
    for tally in tallies:
        for bin_, place in tally.places:
            wanted.setdefault(bin_, set()).add(place)
    found = dict(_read(connection, filter_, period, months, wanted)) if wanted else {}
    told = {}
    for tally in tallies:
        low, high, tenth = (found[bin_][place] for bin_, place in tally.places)
        told[tally.step] = StepTimes(tally.n, tally.total, low, high, tenth)
    return told


def _rows(connection: Connection, filter_: Filter, period: Period) -> tuple[Rows, Rows]:
    """The counts of all months that the period touches, and those of the period alone."""
    mart, level = mart_steps.c, _level(filter_)
    where = (mart.starts_on, mart.channel, mart.cell, mart.cells)
    query = select(*where, mart.steps, mart.counts, mart.sums)
    query = query.where(*_let_through(mart_steps, filter_))
    in_months = and_(mart.span == MONTH + level, mart.starts_on.between(*period.months))
    months = _all(connection, query.where(in_months))
    rows = [row for row in months if period.is_whole(row.starts_on)]
    for days in period.days():
        in_days = and_(mart.span == DAY + level, mart.starts_on.between(*days))
        rows += _all(connection, query.where(in_days))
    return months, rows


def _level(filter_: Filter) -> str:
    """The rows that answer a filter: of all cells together where it names none of them, so that
    how many offices there are makes no difference."""
    if filter_.service_points:
        return CELLS
    return CATEGORIES if filter_.categories else ALL


@dataclass(frozen=True)
class _Tally:
    """Of one step: how many times lie in each bin or one before it; the sum of all, in µs."""

    step: str
    up_to: Whole
    total: int

    @property
    def n(self) -> int:
        return int(self.up_to[-1])

    @property
    def places(self) -> Iterator[tuple[str, int]]:
        """For each of the ``ranks`` the bin that it lies in, and its place there."""
        for rank in ranks(self.n):
            number = int(np.searchsorted(self.up_to, rank, "right"))
            before = int(self.up_to[number - 1]) if number else 0
            yield packed.bin_of(self.step, number), rank - before


def _tallies(rows: Rows) -> Iterator[_Tally]:
    steps = packed.courses([row.steps for row in rows])
    counts = np.frombuffer(b"".join(row.counts for row in rows), packed.COUNT)
    sizes = [len(row.counts) // packed.COUNT.itemsize for row in rows]
    begins = np.repeat(np.cumsum(steps.lengths) - steps.lengths, sizes)
    key = steps.codes[begins + counts["step"]].astype("int64") * packed.BINS + counts["bin"]
    n = np.bincount(key, counts["n"], len(steps.names) * packed.BINS).astype("int64")
    totals = np.zeros(len(steps.names), "int64")
    np.add.at(totals, steps.codes, np.frombuffer(b"".join(row.sums for row in rows), packed.SUM))
    up_to = n.reshape(-1, packed.BINS).cumsum(axis=1)
    for name, of, total in zip(steps.names, up_to, totals.tolist(), strict=True):
        if of[-1]:
            yield _Tally(name, of, total)


def _read(
    connection: Connection, filter_: Filter, period: Period, months: Rows, wanted: Wanted
) -> Iterator[tuple[str, Mapping[int, int]]]:
    """Of each wanted bin the times at its places; where all are the same, they are not read."""
    mart, asked = mart_step_times.c, _in_months(filter_, period)
    ends = select(mart.bin, func.min(mart.low).label("low"), func.max(mart.high).label("high"))
    ends = ends.where(*asked, mart.bin.in_([*wanted])).group_by(mart.bin)
    unlike = []
    for row in _all(connection, ends):
        if row.low == row.high:
            yield row.bin, dict.fromkeys(wanted[row.bin], row.low)
        else:
            unlike.append(row.bin)
    if not unlike:
        return
    times = select(mart.bin, mart.month, mart.channel, mart.times)
    read = defaultdict[str, list[Row[Any]]](list)
    for row in _all(connection, times.where(*asked, mart.bin.in_(unlike))):
        read[row.bin].append(row)
    for bin_, micros in _Sieve(period, months, filter_).passed(read):
        places = sorted(wanted[bin_])
        micros.partition(places)
        yield bin_, {place: int(micros[place]) for place in places}


def _all(connection: Connection, query: Select[Any]) -> list[Row[Any]]:
    return [*connection.execute(query, execution_options=IN_BINARY).all()]


def _in_months(filter_: Filter, period: Period) -> Sequence[ColumnElement[bool]]:
    mart = mart_step_times.c
    channels = [mart.channel.in_(filter_.channels)] if filter_.channels else []
    return mart.month.between(*period.months), *channels


class _Sieve:
    """Lets through the times that count: those of the cells that ``months``, rows of counts, are
    of, in the period; all of them where the filter names no cell and the months are whole.
    """

    def __init__(self, period: Period, months: Rows, filter_: Filter) -> None:
        keys = [(row.starts_on, row.channel) for row in months]
        ends = [row.cell + row.cells for row in months]
        self._period = period
        self._cut = {month for month in period.months if not period.is_whole(month)}
        self._all_cells = not (filter_.categories or filter_.service_points)
        self._places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        # one row and one column more, which let nothing through
        self._passing = np.zeros((len(self._places) + 1, max(ends) + 1), bool)
        for row, key, end in zip(months, keys, ends, strict=True):
            self._passing[self._places[key], row.cell : end] = True

    def passed(self, bins: Mapping[str, Rows]) -> Iterator[tuple[str, Whole]]:
        """The µs of the times that pass, by bin, of rows of ``mart_step_times``."""
        rows = [row for of_bin in bins.values() for row in of_bin]
        times = np.frombuffer(b"".join(row.times for row in rows), packed.TIME)
        ends = np.cumsum([len(row.times) for row in rows]) // packed.TIME.itemsize
        passes = self._passes(rows, times, ends)
        begin = last = 0
        for bin_, of_bin in bins.items():
            last += len(of_bin)
            end = int(ends[last - 1])
            micros = times["micros"][begin:end]
            yield bin_, micros.copy() if passes is None else micros[passes[begin:end]]
            begin = end

    def _passes(self, rows: Rows, times: Any, ends: Whole) -> Mask | None:
        """Which of the times pass; None: every one."""
        passes = None
        if not self._all_cells:
            own = [self._places.get((row.month, row.channel), -1) for row in rows]
            cells = np.minimum(times["cell"], self._passing.shape[1] - 1)
            passes = self._passing[np.repeat(own, np.diff(ends, prepend=0)), cells]
        if not self._cut.isdisjoint(row.month for row in rows):
            passes = np.ones(times.size, bool) if passes is None else passes
            begins = ends - np.diff(ends, prepend=0)
            for row, begin, end in zip(rows, begins.tolist(), ends.tolist(), strict=True):
                if row.month in self._cut:
                    day = times["day"][begin:end]
                    first = (self._period.first - row.month).days + 1
                    last = (self._period.last - row.month).days + 1
                    passes[begin:end] &= (day >= first) & (day <= last)
        return passes


def _known(
    connection: Connection, filter_: Filter, period: Period, version: int
) -> Mapping[str, StepTimes]:
    kept, former = COURSE_FACTS.kept, COURSE_FACTS.former
    columns = ("steps", "times")
    now = select(*(kept.c[name] for name in columns)).where(
        kept.c.since <= version, *_let_through(kept, filter_)
    )
    then = select(*(former.c[name] for name in columns)).where(
        former.c.since <= version, former.c.until > version, *_let_through(former, filter_)
    )
    found = connection.execute(union_all(now, then)).all()
    gaps = packed.gaps([row.steps for row in found], [row.times for row in found])
    on = gaps.day.astype("datetime64[D]")
    inside = (on >= np.datetime64(period.first)) & (on <= np.datetime64(period.last))
    step, micros = gaps.step[inside], gaps.micros[inside]
    order = np.lexsort((micros, step))
    parts = np.split(micros[order], np.searchsorted(step[order], np.arange(1, len(gaps.names))))
    return {name: StepTimes.of(of) for name, of in zip(gaps.names, parts, strict=False) if of.size}


def _let_through(table: FromClause, filter_: Filter) -> Sequence[ColumnElement[bool]]:
    chosen = ((table.c[name], getattr(filter_, field)) for name, field in DIMENSIONS.items())
    return [own.in_(codes) for own, codes in chosen if codes]

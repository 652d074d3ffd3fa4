"""The times of the steps that one channel's cases took in a month, and the rows that keep them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Row

from etl.courses import packed
from etl.courses.packed import BINS, Whole

DAY, MONTH = "day", "month"
EVERY = ""  # in the place of a category or a service point: all of them
_DAYS = 32  # more than a month has

Cell = tuple[str, str]  # category, service point
Values = tuple[Any, ...]


class Level(NamedTuple):
    """Cells put together, so that a question about many reads one row: all of a category, or all.

    ``name`` is added to the span. Of each group: what it is of (``groups``), its first cell, and
    how many it has; ``of``: the group of each cell.
    """

    name: str
    groups: Sequence[Cell]
    first: Sequence[int]
    size: Sequence[int]
    of: Whole


LEVELS = CELLS, CATEGORIES, ALL = "", " of a category", " of all"
SPANS = tuple(span + level for span in (DAY, MONTH) for level in LEVELS)


def levels(cells: Sequence[Cell]) -> Iterator[Level]:
    """Each cell by itself, the cells of each category, and all; ``cells`` in their order."""
    n = len(cells)
    yield Level(CELLS, cells, range(n), [1] * n, np.arange(n))
    categories, of = _coded([category for category, _ in cells])
    first, size = np.searchsorted(of, np.arange(len(categories))), np.bincount(of)
    groups = [(category, EVERY) for category in categories]
    yield Level(CATEGORIES, groups, first.tolist(), size.tolist(), of)
    yield Level(ALL, [(EVERY, EVERY)], [0], [n], np.zeros(n, "int64"))


class Courses(NamedTuple):
    """Courses as the database holds them, a column each; ``sign``: -1 for one that is to be taken
    away."""

    channel: Sequence[str] = ()
    category: Sequence[str] = ()
    service_point: Sequence[str] = ()
    steps: Sequence[str] = ()
    times: Sequence[bytes] = ()
    sign: Sequence[int] = ()

    @property
    def size(self) -> int:
        """About how many bytes."""
        return sum(map(len, self.times))


class Times(NamedTuple):
    """A number each for many times; ``cell`` and ``step`` point into the month's. ``sign``: -1 for
    a time that is to be taken away."""

    cell: Whole
    day: Whole  # of the month
    step: Whole
    micros: Whole
    sign: Whole


@dataclass(frozen=True)
class Month:
    """Cells and steps stand in the order of their code points."""

    channel: str
    first: date
    cells: tuple[Cell, ...]
    names: tuple[str, ...]
    times: Times

    @classmethod
    def stood(
        cls, channel: str, first: date, counts: Sequence[Row[Any]], times: Sequence[Row[Any]]
    ) -> Month:
        """What rows of the two marts hold: of the month's counts, and of its times."""
        cells = {row.cell: (row.category, row.service_point) for row in counts}
        names = packed.parted(counts[0].steps) if counts else ()
        places = {name: place for place, name in enumerate(names)}
        kept = np.frombuffer(b"".join(row.times for row in times), packed.TIME)
        lengths = [len(row.times) // packed.TIME.itemsize for row in times]
        own = [places[packed.step_of(row.bin)] for row in times]
        step = np.repeat(np.array(own, "int64"), lengths)
        columns = (kept["cell"], kept["day"], step, kept["micros"])
        whole = (column.astype("int64") for column in (*columns, np.ones(kept.size)))
        ordered = tuple(cells[cell] for cell in sorted(cells))
        return cls(channel, first, ordered, names, Times(*whole))

    def after(self, change: Month) -> Month:
        """What is left when what goes is taken away and what comes is added."""
        both = together([self, change])
        times = both.times
        *those, sign = _sorted(times, times.micros, times.step, times.day, times.cell)
        first = np.flatnonzero(changes(*those))
        left = np.add.reduceat(sign, first)
        kept = (np.repeat(column[first], left) for column in (*those, np.ones_like(sign)))
        return tidy(self.channel, self.first, both.cells, both.names, Times(*kept))

    def moved(self) -> Month:
        """Without the times that both come and go."""
        times = self.times
        *those, sign = _sorted(times, times.micros, times.step, times.day, times.cell)
        first = np.flatnonzero(changes(*those))
        n = np.add.reduceat(sign, first)
        columns = [*(column[first] for column in those), np.sign(n)]
        times = Times(*(np.repeat(column, np.abs(n)) for column in columns))
        return tidy(self.channel, self.first, self.cells, self.names, times)

    def count_rows(self) -> Iterator[Values]:
        """Rows of ``mart_steps``, by their columns: each day's, then the whole month's."""
        times = self.times
        for span, days in ((DAY, times.day), (MONTH, np.ones_like(times.day))):
            for level in levels(self.cells):
                yield from self._counted(span, days, level)

    def _counted(self, span: str, days: Whole, level: Level) -> Iterator[Values]:
        times, steps, groups = self.times, packed.joined(self.names), len(level.groups)
        rows, row = np.unique(days * groups + level.of[times.cell], return_inverse=True)
        sums = np.zeros((rows.size, len(self.names)), packed.SUM)
        np.add.at(sums, (row, times.step), times.micros)
        places = (row * len(self.names) + times.step) * BINS + packed.bins(times.micros)
        known, n = np.unique(places, return_counts=True)
        counts = np.empty(known.size, packed.COUNT)
        counts["step"], counts["bin"] = known // BINS % len(self.names), known % BINS
        counts["n"] = n
        bounds = np.searchsorted(known // BINS // len(self.names), np.arange(rows.size + 1))
        for place, (key, begin, end) in enumerate(zip(rows, bounds, bounds[1:], strict=False)):
            day, group = divmod(int(key), groups)
            starts_on = self.first + timedelta(days=day - 1)
            kept = steps, counts[begin:end].tobytes(), sums[place].tobytes()
            own = (*level.groups[group], level.first[group])
            yield (span + level.name, starts_on, self.channel, *own, *kept, level.size[group])

    def time_rows(self) -> Iterator[Values]:
        """Rows of ``mart_step_times``, by their columns."""
        times = self.times
        in_cell = times.cell * _DAYS + times.day
        cell, day, step, micros, _ = _sorted(times, in_cell, times.micros, times.step)
        kept = np.empty(micros.size, packed.TIME)
        kept["cell"], kept["day"], kept["micros"] = cell, day, micros
        own = packed.bins(micros)
        first = np.flatnonzero(changes(step, own))
        last = np.r_[first[1:], micros.size] - 1
        columns = (step[first], own[first], micros[first], micros[last], first, last)
        for code, number, low, high, begin, end in zip(*(c.tolist() for c in columns), strict=True):
            bin_ = packed.bin_of(self.names[code], number)
            own_times = kept[begin : end + 1].tobytes()
            yield self.first, self.channel, bin_, low, high, own_times


def months(courses: Courses) -> Iterator[Month]:
    """The times of courses, by channel and month."""
    gaps = packed.gaps(courses.steps, courses.times)
    if not gaps.micros.size:
        return
    channels, channel = _coded(courses.channel)
    cells, cell = _coded(list(zip(courses.category, courses.service_point, strict=True)))
    sign = np.array(courses.sign, "int64")
    on = gaps.day.astype("datetime64[D]")
    month = on.astype("datetime64[M]")
    count = month.astype("int64")
    day = (on - month.astype("datetime64[D]")).astype("int64") + 1
    part = _small(channel[gaps.course] * (np.ptp(count) + 1) + count - count.min())
    order = np.argsort(part, kind="stable")
    bounds = np.flatnonzero(changes(part[order]))[1:]
    for part in np.split(order, bounds):
        course = gaps.course[part]
        times = Times(cell[course], day[part], gaps.step[part], gaps.micros[part], sign[course])
        first = month[part[0]].astype("datetime64[D]").item()
        yield tidy(channels[channel[course[0]]], first, cells, gaps.names, times)


def together(parts: Sequence[Month]) -> Month:
    """The times of several parts of one channel's month."""
    cells = tuple(sorted({cell for part in parts for cell in part.cells}))
    names = tuple(sorted({name for part in parts for name in part.names}))
    times = zip(*(recoded(part, cells, names) for part in parts), strict=True)
    whole = Times(*(np.concatenate(columns) for columns in times))
    return Month(parts[0].channel, parts[0].first, cells, names, whole)


def tidy(
    channel: str, first: date, cells: Sequence[Cell], names: Sequence[str], times: Times
) -> Month:
    """A month of no other cells and steps than its times have, so that it has one form."""
    own_cells, own_names = _known(times.cell, len(cells)), _known(times.step, len(names))
    return Month(
        channel,
        first,
        tuple(cells[place] for place in own_cells),
        tuple(names[place] for place in own_names),
        times._replace(
            cell=np.searchsorted(own_cells, times.cell),
            step=np.searchsorted(own_names, times.step),
        ),
    )


def _known(places: Whole, size: int) -> Whole:
    """Which of so many places occur, rising."""
    return np.flatnonzero(np.bincount(places, minlength=size))


def _small(numbers: Whole) -> Whole:
    """The same in two bytes, where they are not greater: numpy sorts these by counting them."""
    return numbers.astype("uint16") if numbers.size and numbers.max() < 2**16 else numbers


def recoded(month: Month, cells: Sequence[Cell], names: Sequence[str]) -> Times:
    """The times of the month, coded by other cells and names, among which its own are."""
    own_cells = np.array([cells.index(cell) for cell in month.cells], "int64")
    own_names = np.array([names.index(name) for name in month.names], "int64")
    times = month.times
    return times._replace(cell=own_cells[times.cell], step=own_names[times.step])


def _coded(values: Sequence[Any]) -> tuple[list[Any], Whole]:
    known = sorted(set(values))
    places = {value: place for place, value in enumerate(known)}
    return known, np.array([places[value] for value in values], "int64")


def _sorted(times: Times, *keys: Whole) -> Times:
    order = np.lexsort(keys)
    return Times(*(column[order] for column in times))


def changes(*columns: Any) -> Any:
    """Where a value of sorted columns is another than before; the first is."""
    size = columns[0].size
    found = np.ones(size, bool)
    if size:
        found[1:] = np.logical_or.reduce([c[1:] != c[:-1] for c in columns])
    return found

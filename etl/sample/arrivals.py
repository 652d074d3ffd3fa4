"""How many people apply, where and on which day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etl.sample.days import THURSDAY_1970, Days, Ints, dated
from etl.sample.parameters import (
    AUTHORITY,
    CENTRES,
    DIRECT_SHARE,
    GROWTH_YEARLY,
    MONTHS_MIX,
    PLACES,
    PORTAL,
    PORTAL_SHARE,
    WEEKDAYS_MIX,
)

CHUNK = 5_000  # applications: what is held in memory at a time


@dataclass(frozen=True)
class Arrivals:
    """``counts``: applications, a row a day of the period and a column a place."""

    first: int
    counts: Ints

    def of(self, place: int, *, before: int | None = None) -> int:
        """How many come to a place, in all or before a day."""
        days = len(self.counts) if before is None else max(0, before - self.first)
        return int(self.counts[:days, place].sum())

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Runs of days (from, to; indices of ``counts``) with about ``CHUNK`` applications each."""
        start = size = 0
        for day, count in enumerate(self.counts.sum(axis=1).tolist()):
            if size and size + count > CHUNK:
                yield start, day
                start, size = day, 0
            size += count
        yield start, len(self.counts)

    def days_of(self, stretch: tuple[int, int], place: int) -> Ints:
        """The day of each application to a place within a stretch, in order."""
        start, end = stretch
        return np.repeat(
            np.arange(self.first + start, self.first + end), self.counts[start:end, place]
        )


def arrivals(rng: np.random.Generator, days: Days, applications: int) -> Arrivals:
    """``applications`` spread over the period and its places."""
    every = np.arange(days.first, days.as_of + 1)
    weights = _season(every)[:, None] * _shares(every) * _weekday(every, days)
    counts = rng.multinomial(applications, (weights / weights.sum()).ravel())
    return Arrivals(first=days.first, counts=counts.reshape(weights.shape).astype(np.int64))


def _season(every: Ints) -> NDArray[np.float64]:
    months = np.array([MONTHS_MIX[dated(d).month - 1] for d in every.tolist()])
    growth: NDArray[np.float64] = 1 + GROWTH_YEARLY * (every - every[0]) / 365
    return months * growth


def _shares(every: Ints) -> NDArray[np.float64]:
    """Each place's share of a day: the portal grows at the others' cost."""
    passed = np.linspace(0, 1, len(every))
    shares = np.empty((len(every), len(PLACES)))
    shares[:, AUTHORITY] = np.interp(passed, (0, 1), DIRECT_SHARE)
    shares[:, PORTAL] = np.interp(passed, (0, 1), PORTAL_SHARE)
    left = 1 - shares[:, AUTHORITY] - shares[:, PORTAL]
    for place, centre in enumerate(CENTRES, start=1):
        shares[:, place] = left * centre.share
    return shares


def _weekday(every: Ints, days: Days) -> NDArray[np.float64]:
    """How busy each place is on each day; on a holiday nobody accepts anything."""
    weekday = (every + THURSDAY_1970) % 7
    busy = np.empty((len(every), len(PLACES)))
    busy[:, AUTHORITY] = np.array(WEEKDAYS_MIX["direct"])[weekday] * np.isin(every, days.offices)
    busy[:, 1:PORTAL] = (np.array(WEEKDAYS_MIX["psc"])[weekday] * np.isin(every, days.centres))[
        :, None
    ]
    busy[:, PORTAL] = np.array(WEEKDAYS_MIX["portal"])[weekday] * ~np.isin(every, days.closed)
    return busy

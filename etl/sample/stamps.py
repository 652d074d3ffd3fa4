"""Dates and times as clerks and machines write them."""

from __future__ import annotations

import numpy as np

from etl.sample.days import DAY, NEVER, Days, Ints, dated


class Stamps:
    """Texts of local minutes, from tables that are made once."""

    def __init__(self, days: Days) -> None:
        self._first = days.first - 400
        span = range(self._first, days.as_of + 2)
        self._dates = [dated(d).strftime("%d.%m.%Y") for d in span]
        self._iso = [dated(d).isoformat() for d in span]
        self._times = [f"{m // 60:02d}:{m % 60:02d}" for m in range(DAY)]

    def dates(self, minutes: Ints) -> list[str]:
        """``dd.mm.yyyy``; blank for NEVER."""
        return [self.date(m) for m in minutes.tolist()]

    def date(self, minute: int) -> str:
        """``dd.mm.yyyy``; blank for NEVER."""
        return "" if minute >= NEVER else self._dates[minute // DAY - self._first]

    def times(self, minutes: Ints) -> list[str]:
        """``dd.mm.yyyy hh:mm``; blank for NEVER."""
        return [self.time(m) for m in minutes.tolist()]

    def time(self, minute: int) -> str:
        """``dd.mm.yyyy hh:mm``; blank for NEVER."""
        if minute >= NEVER:
            return ""
        return f"{self._dates[minute // DAY - self._first]} {self._times[minute % DAY]}"

    def iso(self, minute: int) -> str:
        """``yyyy-mm-ddThh:mm``, without seconds and offset."""
        return f"{self._iso[minute // DAY - self._first]}T{self._times[minute % DAY]}"


def years(days: Ints) -> Ints:
    """The calendar year of each day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970

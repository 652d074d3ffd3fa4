"""The times of many courses by channel and month, on disk where they are many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from etl.courses.month import Month, Times, together
from etl.spill import Spill

_KINDS = {"cell": "u2", "day": "u1", "step": "u2", "micros": "i8"}
_TIME = np.dtype(list(_KINDS.items()))
_NO_TIMES = Times(*(np.empty(0, "int64") for _ in Times._fields))


class Gathered:
    """Months that come in parts, in any order, and are had whole, one after the other."""

    def __init__(self) -> None:
        self._times = Spill()
        # Of each part the month without its times, and where these lie.
        self._parts: defaultdict[tuple[str, date], list[tuple[Month, int, int]]] = defaultdict(list)

    def add(self, part: Month) -> None:
        """One more part; no time of it is to be taken away."""
        kept = np.empty(part.times.micros.size, _TIME)
        for name in _KINDS:
            kept[name] = getattr(part.times, name)
        first = self._times.add(kept.tobytes())
        place = (replace(part, times=_NO_TIMES), first, kept.size)
        self._parts[part.channel, part.first].append(place)

    def months(self) -> Iterator[Month]:
        """Every month once, by channel and time."""
        for _, parts in sorted(self._parts.items()):
            yield together([self._whole(*part) for part in parts])

    def _whole(self, month: Month, first: int, size: int) -> Month:
        kept = np.frombuffer(self._times.read(first, size * _TIME.itemsize), _TIME)
        columns = {name: kept[name].astype("int64") for name in _KINDS}
        return replace(month, times=Times(sign=np.ones(size, "int64"), **columns))

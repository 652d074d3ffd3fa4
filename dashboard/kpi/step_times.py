"""How long the steps of cases take: from the event before to the step's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.kpi.state import Codes

_MICROS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class StepTimes:
    """The times of one step: how many, their sum, and those at the ``ranks`` of so many, in µs."""

    n: int
    total: int
    low: int
    high: int
    tenth: int

    @classmethod
    def of(cls, ranked: Codes) -> StepTimes:
        """Of one time or more, each in µs, from the shortest to the longest."""
        low, high, tenth = (int(ranked[rank]) for rank in ranks(ranked.size))
        return cls(ranked.size, int(ranked.sum()), low, high, tenth)


def ranks(n: int) -> tuple[int, int, int]:
    """Which of ``n`` times in their order (from 0) the figures are of: the two of the ordinary
    median, one and the same where ``n`` is odd, and that of the 90th percentile, the nearest rank.
    """
    return (n - 1) // 2, n // 2, -(-9 * n // 10) - 1


def step_times(
    times: Mapping[str, StepTimes], order: Sequence[str]
) -> dict[str, dict[str, Any]] | None:
    """By step, in that ``order``: ``n``, ``median`` and ``p90`` in days, and ``share``: its part
    (0..1) of all the time that the steps took together. None where there are no times.

    The median and the percentile are of single times, exact to the microsecond. Where no step took
    any time, no share of it is known.
    """
    whole = sum(of.total for of in times.values())
    known = [name for name in order if name in times]
    others = [name for name in times if name not in set(order)]
    return {name: _told(times[name], whole) for name in (*known, *others)} or None


def _told(of: StepTimes, whole: int) -> dict[str, Any]:
    return {
        "n": of.n,
        "median": (of.low + of.high) / (2 * _MICROS_A_DAY),
        "p90": of.tenth / _MICROS_A_DAY,
        "share": of.total / whole if whole else None,
    }

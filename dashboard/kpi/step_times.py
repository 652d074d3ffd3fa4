"""How long the steps of cases take: from the event before to the step's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.kpi.state import Codes, Whole

_MICROS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class StepTimes:
    """Single times in µs: ``step`` points into ``names``."""

    step: Codes
    micros: Whole
    names: tuple[str, ...]


def step_times(times: StepTimes, order: Sequence[str]) -> dict[str, dict[str, Any]] | None:
    """By step, in that ``order``: ``n``, ``median`` and ``p90`` in days, and ``share``: its part
    (0..1) of all the time that the steps took together. None where there are no times.

    The median is the ordinary one, the percentile the nearest rank; both are of single times,
    exact to the microsecond. A step without times is left out; where no step took any time, no
    share of it is known.
    """
    if not times.micros.size:
        return None
    ranked = np.argsort(times.step, kind="stable")
    bounds = np.searchsorted(times.step[ranked], np.arange(len(times.names) + 1))
    micros = times.micros[ranked]
    whole = int(micros.sum())
    told = {
        name: _told(micros[begin:end], whole)
        for name, begin, end in zip(times.names, bounds, bounds[1:], strict=False)
        if end > begin
    }
    known = [name for name in order if name in told]
    others = [name for name in told if name not in set(order)]
    return {name: told[name] for name in (*known, *others)}


def _told(micros: Whole, whole: int) -> dict[str, Any]:
    n = micros.size
    low, high, tenth = (n - 1) // 2, n // 2, -(-9 * n // 10) - 1
    ranked = np.partition(micros, [low, high, tenth])
    middle = int(ranked[low]) + int(ranked[high])
    return {
        "n": n,
        "median": middle / (2 * _MICROS_A_DAY),
        "p90": int(ranked[tenth]) / _MICROS_A_DAY,
        "share": int(micros.sum()) / whole if whole else None,
    }

"""Milliseconds of what is asked again and again, the process warm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Milliseconds of ``what`` over a warehouse: the median and the 95th percentile."""

    kind: str
    applications: int
    what: str
    median: float
    p95: float


def timed(actions: Iterable[Callable[[], object]]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds, of actions that are like each other; the first
    of them warms up and does not count."""
    seconds = []
    for action in actions:
        started = perf_counter()
        action()
        seconds.append(perf_counter() - started)
    median, p95 = np.percentile(seconds[1:], [50, 95]) * 1000
    return float(median), float(p95)

"""Milliseconds of what is asked again and again, the process warm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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


def timed(
    actions: Iterable[Callable[[], object]], clock: Callable[[], float] = perf_counter
) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds by a ``clock`` of seconds, of actions that are
    like each other; the first of them warms up and does not count."""
    return _summed_up([_seconds(action, clock) for action in actions][1:])


def timed_in_turn(
    actions: Mapping[str, Sequence[Callable[[], object]]], *, rounds: int
) -> dict[str, tuple[float, float]]:
    """The same of several kinds of actions, gone through kind by kind in so many rounds; the first
    action of each kind warms up in every round. What slows the machine for a moment then falls on
    all kinds, and on a round of each."""
    seconds: dict[str, list[float]] = {kind: [] for kind in actions}
    for _ in range(rounds):
        for kind, some in actions.items():
            seconds[kind] += [_seconds(action) for action in some][1:]
    return {kind: _summed_up(all_of_it) for kind, all_of_it in seconds.items()}


def _seconds(action: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    started = clock()
    action()
    return clock() - started


def _summed_up(seconds: Sequence[float]) -> tuple[float, float]:
    median, p95 = np.percentile(seconds, [50, 95]) * 1000
    return float(median), float(p95)

"""Control charts of single values (XmR): which months are more than the usual up and down.

Limits and rules as in NHS England's "Making Data Count"; the moving ranges that make the limits are
screened once for the outliers that the chart is meant to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Good = Literal["up", "down"]
Rule = Literal["outside", "one_side", "trend", "two_of_three"]
Variation = Literal["common_cause", "improving", "worsening", "special_cause"]
Assurance = Literal["passes", "fails", "hit_or_miss"]

SETTLED = 12  # fewer points make trial limits
_RUN = 7
_WIDTH = 2.66  # 3 / 1.128: from a mean moving range to three standard deviations
_OUTLYING = 3.267  # upper limit of a moving range, as a multiple of the mean
_FEWEST = 3  # two points have one moving range: nothing to call usual
_ROUNDING = 1e-12  # of the largest value: what lies no further apart is one number

_Floats = npt.NDArray[np.float64]
_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """The usual range of a series. ``trial``: from so few points that it will still move."""

    mean: float
    low: float
    high: float
    trial: bool


@dataclass(frozen=True)
class Signal:
    """One point that a rule singles out: its position, the rule, and where it points."""

    position: int
    rule: Rule
    direction: Literal["up", "down"]


@dataclass(frozen=True)
class Phase:
    """The positions from ``start`` to before ``stop`` of a series, judged by themselves.

    ``limits``: of their points alone, None of too few.
    """

    start: int
    stop: int
    limits: Limits | None


def limits(values: Sequence[float], *, screened: bool = True) -> Limits | None:
    """Mean ± 2.66 mean moving ranges; None of fewer than three values.

    ``screened``: moving ranges of 3.267 times their mean or more are left out of it, once.
    """
    if len(values) < _FEWEST:
        return None
    points = [float(value) for value in values]
    ranges = [abs(later - earlier) for earlier, later in pairwise(points)]
    mean_range = _mean(ranges)  # 0 of equal points, and of ranges too small to be divided
    usual = [r for r in ranges if r < _OUTLYING * mean_range] if screened and mean_range else ranges
    middle, reach = _mean(points), _WIDTH * _mean(usual)
    return Limits(middle, middle - reach, middle + reach, trial=len(points) < SETTLED)


def _mean(values: Sequence[float]) -> float:
    """Of equal values that very value, which a rounded sum may miss."""
    return values[0] if min(values) == max(values) else fmean(values)


def phases(values: Sequence[float], breaks: Iterable[int] = ()) -> list[Phase]:
    """The series cut at the positions of ``breaks``, each part with limits of its own.

    ``values``: NaN for none, which no limits are reckoned from.
    """
    edges = sorted({0, len(values), *(at for at in breaks if 0 < at < len(values))})
    return [
        Phase(start, stop, limits([v for v in values[start:stop] if not np.isnan(v)]))
        for start, stop in pairwise(edges)
    ]


def signals_of(values: Sequence[float], phase: Phase) -> list[Signal]:
    """The signals within one phase, by their positions in the whole series: none reaches across a
    break, and positions without a value (NaN) are passed over."""
    if phase.limits is None:
        return []
    known = [i for i in range(phase.start, phase.stop) if not np.isnan(values[i])]
    found = signals([values[i] for i in known], phase.limits)
    return [replace(signal, position=known[signal.position]) for signal in found]


def signals(values: Sequence[float], limits_: Limits) -> list[Signal]:
    """Every point of special cause, by position and then by rule."""
    points = np.asarray(values, dtype=float)
    off, reach = points - limits_.mean, limits_.high - limits_.mean
    slack = _ROUNDING * np.abs(points).max(initial=0)
    side = _signs(off, slack)
    marked: dict[Rule, _Floats] = {
        "outside": side * (np.abs(off) > reach + slack),
        "one_side": side * _in_runs(side, _RUN),
        "trend": _trend(_signs(np.diff(points), slack), len(points)),
        "two_of_three": side * _two_of_three(side, np.abs(off) > 2 / 3 * reach + slack),
    }
    found = {rule: marks.tolist() for rule, marks in marked.items()}
    return [
        Signal(position, rule, "up" if marks[position] > 0 else "down")
        for position in range(len(points))
        for rule, marks in found.items()
        if marks[position]
    ]


def speaking(found: Iterable[Signal]) -> dict[int, Signal]:
    """By position the one signal that stands for it, of several the first rule's: seven months on
    one side of the mean say more of the last of them than that it lay less far off."""
    return {signal.position: signal for signal in reversed(list(found))}


def variation(found: Iterable[Signal], last: int, good: Good | None) -> Variation:
    """What the point at ``last`` says of all signals that were found: as usual, better or worse
    than usual, or (no good side) unusual."""
    there = speaking(found).get(last)
    if there is None:
        return "common_cause"
    if good is None:
        return "special_cause"
    return "improving" if there.direction == good else "worsening"


def assurance(limits_: Limits, target: float, good: Good) -> Assurance:
    """Whether the usual range lies on the good side of ``target``, on the bad side, or on both."""
    if good == "down":
        limits_ = Limits(-limits_.mean, -limits_.high, -limits_.low, limits_.trial)
        target = -target
    if limits_.low >= target:
        return "passes"
    return "fails" if limits_.high < target else "hit_or_miss"


def _signs(differences: _Floats, slack: float) -> _Floats:
    """-1, 0 or +1 of each: 0 of one that rounding alone may have made."""
    return np.sign(differences) * (np.abs(differences) > slack)


def _in_runs(signs: _Floats, length: int) -> _Bools:
    """Which positions stand in a run of at least ``length`` equal signs, zero being none."""
    return _within(np.abs(_sums(signs, length)) == length, length, len(signs))


def _sums(values: npt.NDArray[Any], length: int) -> _Floats:
    """The sum of each ``length`` neighbours, by the first of them."""
    total: _Floats = np.concatenate([[0.0], values.cumsum()])
    return total[length:] - total[:-length]


def _within(begins: _Bools, length: int, count: int) -> _Bools:
    """Which of ``count`` positions lie in ``length`` neighbours from where ``begins`` is on."""
    marks = np.zeros(count, dtype=bool)
    for begin in np.flatnonzero(begins):
        marks[begin : begin + length] = True
    return marks


def _trend(steps: _Floats, count: int) -> _Floats:
    """+1 or -1 at the points of seven in a row rising or falling (six steps one way)."""
    runs = _in_runs(steps, _RUN - 1)
    marks = np.zeros(count)
    for step in np.flatnonzero(runs):
        marks[step : step + 2] = steps[step]
    return marks


def _two_of_three(side: _Floats, far: _Bools) -> _Bools:
    """The far points of three neighbours on one side, two of which lie beyond two thirds."""
    three = (np.abs(_sums(side, 3)) == 3) & (_sums(far, 3) >= 2)
    return far & _within(three, 3, len(side))

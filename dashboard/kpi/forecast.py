"""How many of the cases now open will pass their due date undecided.

A case that is open at age a passes its due date at age d with the chance S(d) / S(a), where S is
the curve of Kaplan and Meier over like cases (``survival.curve``): those of its channel received in
the year to the as-of date, or of all channels where too few of its own have ended. Their number
is a sum of unequal chances (Poisson's binomial distribution), computed exactly from its
characteristic function (Hong, Computational Statistics & Data Analysis 59, 2013). It is widened
by what the curve does not know of itself (Greenwood's formula), and by as much as the same forecast
made on earlier days missed by more than chance allows (the dispersion of a quasi-likelihood,
McCullagh and Nelder, 1989): many cases decided in one sitting stand or fall together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from dashboard.kpi import survival
from dashboard.kpi.state import Cases, Codes, Mask, Whole, count, during, number

METHOD = "km-1"  # rises with every change that lets the same cases foretell another number
HORIZON = 14  # days
COVERAGE = 0.9
_Z90 = 1.6448536269514722
MIN_EVENTS = 30  # stops that a curve must rest on
MIN_AT_RISK = 10  # like cases that must have reached an age for it to say anything

_UNSEEN = 45  # exp(-45) is 3e-20

TRIALS = 12  # earlier forecasts by which this one is judged
MIN_TRIALS = 4  # with fewer the interval is that of chance alone

_YEAR = timedelta(days=364)  # and the day itself
_Floats = npt.NDArray[np.float64]
_Turns = npt.NDArray[np.complex128]
T = TypeVar("T")


@dataclass(frozen=True)
class Forecast:
    """Of ``open`` cases, ``due`` fall due within the horizon, ``expected`` of them undecided.

    ``low``, ``high``: the number lies between them, both in, with at least 90 % probability.
    """

    open: int
    due: int
    expected: float
    low: int
    high: int


@dataclass(frozen=True)
class Curve:
    """At rising ``days``: the share of like cases that stop on that day of their age (``stops``)
    and the variance that it adds to the logarithm of a chance (``variance``, Greenwood)."""

    days: Whole
    stops: _Floats
    variance: _Floats


@dataclass(frozen=True)
class State:
    """The cases that were open at the end of ``as_of``, with what became of them since as far as
    that is known, and the curves of cases like them.

    ``open``: by channel, of a trial (`history`) those alone that fall due in it. ``own``: the
    curves of channels with enough of them. ``ages``: those of all cases by channel, as
    ``survival.ages`` has them.
    """

    as_of: date
    open: Mapping[int, Cases]
    own: Mapping[int, Curve]
    ages: Mapping[int, tuple[Whole, Whole, Whole]] = field(repr=False)
    _made: dict[tuple[str, int, int], Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, cases: Cases, channel: Codes, as_of: date, *, due_in: int | None = None) -> State:
        """From cases of all channels, as they stood then or later; ``channel``: a code a case.
        ``due_in``: the days within which an open case must fall due to be asked for."""
        ages = survival.ages_by(channel, cases, as_of, as_of - _YEAR, as_of)
        found = {code: curve for code, of in ages.items() if (curve := _curve(*of)) is not None}
        asked: Codes = np.arange(len(channel))
        if due_in is not None:
            asked = cases.places_due(as_of, as_of + timedelta(days=due_in - 1))
        day = number(as_of)
        unfinished = asked[(cases.received[asked] <= day) & (cases.stopped[asked] > day)]
        return cls(
            as_of=as_of,
            open=dict(cases.apart(unfinished, channel)),
            own=found,
            ages=ages,
        )

    @cached_property
    def all(self) -> Curve | None:
        """The curve over all channels, None where even these are too few."""
        return _curve(*survival.together(self.ages.values()))

    def only(self, channels: Sequence[int]) -> State:
        """The cases of some channels, beside the same curves."""
        return replace(self, open={c: self.open[c] for c in channels if c in self.open})

    @property
    def n(self) -> int:
        """How many were open."""
        return sum(int(cases.n.sum()) for cases in self.open.values())

    def passed(self, horizon: int) -> int:
        """How many of them did pass their due date in the horizon, by what is known since."""

        def of(code: int) -> int:
            return passed(self.open[code], self.as_of, horizon)

        return sum(self._once("passed", code, horizon, of) for code in self.open)

    def expected(self, horizon: int) -> _Sum | None:
        """How many of them are to pass it; None where there is no curve."""
        parts = self._parts(horizon)
        if parts is None:
            return None
        return _Sum(
            np.concatenate([np.empty(0), *(part.p for part in parts)]),
            np.concatenate([np.empty(0, "int64"), *(part.n for part in parts)]),
            sum(part.unsure for part in parts),
        )

    def foretold(self, horizon: int) -> tuple[float, float] | None:
        """The mean and the variance of ``expected``."""
        parts = self._parts(horizon)
        if parts is None:
            return None
        return sum(part.mean for part in parts), sum(part.variance for part in parts)

    def _parts(self, horizon: int) -> list[_Sum] | None:
        """Those of each channel with enough like cases, and of all others together."""
        if not self.own and self.all is None:  # where one channel's are enough, all are
            return None
        own = [code for code in self.open if code in self.own]
        parts = [self._once("expected", c, horizon, partial(self._of, horizon)) for c in own]
        rest = [self._due(code, horizon) for code in self.open if code not in self.own]
        if rest and self.all:  # what it does not know of itself is the same for all of them
            parts.append(_Sum.of(Cases.all_of(rest), self.all, self.as_of))
        return parts

    def _of(self, horizon: int, code: int) -> _Sum:
        return _Sum.of(self._due(code, horizon), self.own[code], self.as_of)

    def _due(self, code: int, horizon: int) -> Cases:
        cases = self.open[code]
        return cases.only(_falls_due(cases, self.as_of, horizon))

    def _once(self, what: str, code: int, horizon: int, make: Callable[[int], T]) -> T:
        """Reckoned once, however many states of some channels are made of this one."""
        key = (what, code, horizon)
        if key not in self._made:
            self._made[key] = make(code)
        made: T = self._made[key]
        return made


@dataclass(frozen=True)
class _Sum:
    """``n[i]`` cases that count with the chance ``p[i]`` each; ``unsure``: the variance that their
    expected number has of itself."""

    p: _Floats
    n: Whole
    unsure: float

    @classmethod
    def of(cls, cases: Cases, curve: Curve, as_of: date) -> _Sum:
        chance, unsure = _chances(cases, curve, as_of)
        return cls(chance, cases.n, unsure)

    @cached_property
    def mean(self) -> float:
        return float(self.p @ self.n)

    @cached_property
    def variance(self) -> float:
        return float((self.n * self.p * (1 - self.p)).sum()) + self.unsure


def history(cases: Cases, channel: Codes, as_of: date, horizon: int = HORIZON) -> list[State]:
    """The states at the beginning of each horizon of the last TRIALS that ended by ``as_of``."""
    days = (as_of - timedelta(days=horizon * back) for back in range(1, TRIALS + 1))
    return [State.of(cases, channel, day, due_in=horizon) for day in days]


def forecast(now: State, past: Sequence[State] = (), *, horizon: int = HORIZON) -> Forecast | None:
    """How many of the open cases pass their due date in ``horizon`` days.

    These are the ones with a due date from the as-of date on that are not stopped by it: overdue on
    one of the ``horizon`` days after it. ``past``: the same cases at earlier days (``history``),
    whose forecasts say how far to trust this one. None where like cases are too few.
    """
    asked = now.expected(horizon)
    if asked is None:
        return None
    excess = (_dispersion(past, horizon) - 1) * asked.variance
    total = int(asked.n.sum())
    low, high = _interval(asked.p, asked.n, asked.unsure + excess)
    return Forecast(
        open=now.n,
        due=total,
        expected=asked.mean,
        low=max(low, 0),
        high=min(high, total),
    )


def passed(cases: Cases, as_of: date, horizon: int = HORIZON) -> int:
    """What became of it: the cases open at ``as_of`` that did pass their due date in the horizon.

    ``cases``: as they stood when the horizon had ended, or later.
    """
    began = cases.received <= number(as_of)
    return count(cases.n, began & _falls_due(cases, as_of, horizon) & (cases.stopped > cases.due))


def distribution(p: _Floats, n: Whole, variance: float = 0.0) -> tuple[int, _Floats]:
    """The distribution of a number of cases, ``n[i]`` of which count with the chance ``p[i]``.

    Returns the first number and the probabilities of it and those after it (float64); what lies
    outside has less than 1e-12. ``variance``: of the expected number itself, added as the
    difference of two equal Poisson numbers (Skellam), which keeps whole numbers whole.
    """
    spread = float((n * p * (1 - p)).sum()) + variance
    reach = int(8 * np.sqrt(spread) + 20)  # by Bernstein's inequality less than 1e-12 is beyond
    size, centre = _fast_size(2 * reach + 1), round(float(p @ n))
    angle = 2 * np.pi * np.arange(size // 2 + 1) / size
    falls = 1 - np.cos(angle)
    # The function is at most exp(-spread * falls): beyond, too little to be seen in a float.
    angle, falls = (of[spread * falls < _UNSEEN] for of in (angle, falls))
    known = np.zeros(size // 2 + 1, dtype="complex128")
    known[: len(angle)] = _product(*_grouped(p, n), np.exp(-1j * angle))
    known[: len(angle)] *= np.exp(1j * angle * centre - variance * falls)
    probabilities = np.fft.fftshift(np.fft.irfft(known, size))
    return centre - size // 2, np.clip(probabilities, 0, None)


def _fast_size(least: int) -> int:
    """The next size whose transform is quick: that of a large prime takes several times as long."""
    return min(odd << max(-(-least // odd) - 1, 0).bit_length() for odd in (1, 3, 5, 9, 15))


def _product(p: _Floats, n: Whole, turn: _Turns) -> _Turns:
    """The product of ``(1 - p[i] + p[i] * turn) ** n[i]``, by squaring: numpy's own power of
    complex numbers takes logarithms."""
    known = np.ones_like(turn)
    factors = 1 - p[:, np.newaxis] * (1 - turn)
    while len(n):
        known *= factors[n % 2 == 1].prod(axis=0)
        factors, n = factors[n > 1] ** 2, n[n > 1] // 2
    return known


def _curve(days: Whole, events: Whole, censored: Whole) -> Curve | None:
    """Of ``survival.ages``; None where fewer than MIN_EVENTS have stopped.

    An age that fewer than MIN_AT_RISK have reached says nothing: nobody stops there, so that a case
    which grows older than all like ones counts as passing its due date rather than vanishes.
    """
    if events.sum() < MIN_EVENTS:
        return None
    leaving = events + censored
    at_risk = leaving.sum() - leaving.cumsum() + leaving
    known = at_risk >= MIN_AT_RISK
    days, events, at_risk = days[known], events[known], at_risk[known]
    # Where all stop, every chance across it is nought and the variance has nothing to weigh.
    staying = np.maximum(at_risk - events, 1)
    return Curve(
        days=days,
        stops=events / at_risk,
        variance=events / (at_risk * staying),
    )


def _dispersion(past: Sequence[State], horizon: int) -> float:
    """By what the variance must be multiplied to account for earlier misses; never less than 1.

    Few trials may have missed little by luck, so that Student's distribution takes the normal's
    place (Abramowitz and Stegun, 26.7.5).
    """
    trials = [(state, state.foretold(horizon)) for state in past]
    told = [(state.passed(horizon), *made) for state, made in trials if made]
    allowed = sum(variance for *_, variance in told)
    if len(told) < MIN_TRIALS or not allowed:
        return 1.0
    found = sum((came - mean) ** 2 for came, mean, _ in told) / allowed
    z, k = _Z90, len(told)
    student = z + (z**3 + z) / (4 * k) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * k**2)
    return max(1.0, float(found * (student / z) ** 2))


def _chances(cases: Cases, curve: Curve, as_of: date) -> tuple[_Floats, float]:
    """Each row's chance of not being stopped by its due date, and the variance of their sum that
    comes from the curve: on every day of age the cases that have to live through it err together.
    """
    now = np.searchsorted(curve.days, number(as_of) - cases.received, side="right")
    end = np.searchsorted(curve.days, cases.due - cases.received, side="right")
    sure = curve.stops >= 1
    logs = _running(np.log1p(-np.where(sure, 0, curve.stops)))
    ends = _running(sure.astype("int64"))
    chance = np.where(ends[end] > ends[now], 0.0, np.exp(logs[end] - logs[now]))
    weights = np.zeros(len(curve.days) + 1)
    np.add.at(weights, now, chance * cases.n)
    np.subtract.at(weights, end, chance * cases.n)
    across = weights.cumsum()[:-1]
    return chance, float(curve.variance @ across**2)


def _interval(p: _Floats, n: Whole, variance: float) -> tuple[int, int]:
    first, probabilities = distribution(p, n, variance)
    below = probabilities.cumsum()
    tail = (1 - COVERAGE) / 2
    low, high = np.searchsorted(below, [tail, 1 - tail], side="left")
    return first + int(low), first + int(high)


def _grouped(p: _Floats, n: Whole) -> tuple[_Floats, Whole]:
    chances, place = np.unique(p, return_inverse=True)
    return chances, np.bincount(place, weights=n, minlength=len(chances)).astype("int64")


def _running(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The sum of the first 0, 1, 2… values."""
    return np.concatenate([[0], values.cumsum()])


def _falls_due(cases: Cases, as_of: date, horizon: int) -> Mask:
    return during(cases.due, as_of, as_of + timedelta(days=horizon - 1))

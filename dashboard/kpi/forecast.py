"""How many of the cases now open will pass their due date undecided.

A case that is open at age a passes its due date at age d with the chance S(d) / S(a), where S is
the curve of Kaplan and Meier over like cases (``kpi.curves``): those of its channel received in
the year to the as-of date, or of all channels where too few of its own have ended. Their number
is a sum of unequal chances (Poisson's binomial distribution), computed exactly from its
characteristic function (Hong, Computational Statistics & Data Analysis 59, 2013). It is widened
by what the curve does not know of itself (Greenwood's formula), and by as much as the same forecast
made on earlier days missed by more than chance allows (the dispersion of a quasi-likelihood,
McCullagh and Nelder, 1989): many cases decided in one sitting stand or fall together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dashboard.kpi.curves import Curves, lives
from dashboard.kpi.state import Arrays, Cases, Codes, Mask, Whole, count, during, number

METHOD = "km-1"  # rises with every change that lets the same cases foretell another number
HORIZON = 14  # days
COVERAGE = 0.9
_Z90 = 1.6448536269514722

_UNSEEN = 45  # exp(-45) is 3e-20

TRIALS = 12  # earlier forecasts by which this one is judged
MIN_TRIALS = 4  # with fewer the interval is that of chance alone

_Floats = npt.NDArray[np.float64]
_Turns = npt.NDArray[np.complex128]


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
class _Asked(Arrays):
    """The cases that were open at the end of some days and fell due in the horizon after theirs.

    ``day``, ``channel``, ``curve``: their places, and that of the curve they go by. ``now``,
    ``end``: the places of their ages on it, on the day and when due. ``chance``: not to be stopped
    by then. ``passed``: they were not, by what is known since.
    """

    day: Codes
    channel: Codes
    curve: Codes
    now: Codes
    end: Codes
    chance: _Floats
    passed: Mask
    n: Whole

    @classmethod
    def of(cls, cases: Cases, own: Codes, curves: Curves, as_of: date, horizon: int) -> _Asked:
        """``own``: the channel of each case, as ``curves`` have it."""
        before, last = horizon * (len(curves.told) - 1), as_of + timedelta(days=horizon - 1)
        due_in = cases.due_in(as_of - timedelta(days=before), last)
        received, due, stopped = cases.received[due_in], cases.due[due_in], cases.stopped[due_in]
        day = (number(last) - due) // horizon
        on = number(as_of) - day * horizon
        there = np.flatnonzero((received <= on) & (stopped > on))
        received, due, on = received[there], due[there], on[there]
        day, channel = day[there].astype("int64"), own[due_in][there]
        curve = curves.place(day, channel)
        now, end = curves.age(on - received), curves.age(due - received)
        return cls(
            day=day,
            channel=channel,
            curve=curve,
            now=now,
            end=end,
            chance=curves.chance(curve, now, end),
            passed=stopped[there] > due,
            n=cases.n[due_in][there],
        )


@dataclass(frozen=True)
class States:
    """How it stood at the end of some days: the as-of date first, then those of the trials, each as
    many days before the last as a forecast looks ahead.

    ``open``: the cases open at the as-of date, by channel (int64). All else is a number for each
    day, float64, of cases; ``came`` int64.
    """

    open: Whole
    curves: Curves = field(repr=False)
    asked: _Asked = field(repr=False)

    @classmethod
    def of(
        cls,
        cases: Cases,
        channel: Codes,
        as_of: date,
        *,
        horizon: int = HORIZON,
        trials: int = TRIALS,
    ) -> States:
        """From cases of all channels, as they stood then or later; ``channel``: a code a case, -1
        for none. ``horizon``: the days that a forecast looks ahead; ``trials``: how many."""
        own, day = channel.astype("int64") + 1, number(as_of)
        unfinished = (cases.received <= day) & (cases.stopped > day)
        counted = np.bincount(own[unfinished], cases.n[unfinished], int(own.max(initial=0)) + 1)
        curves = Curves.over(*lives(cases, own, as_of, many=trials + 1, apart=horizon))
        return cls(
            open=counted.astype("int64"),
            curves=curves,
            asked=_Asked.of(cases, own, curves, as_of, horizon),
        )

    def only(self, channels: Sequence[int]) -> States:
        """The cases of some channels, beside the same curves."""
        chosen = np.isin(np.arange(len(self.open)), np.array(channels) + 1)
        return replace(
            self,
            open=np.where(chosen, self.open, 0),
            asked=self.asked.only(chosen[self.asked.channel]),
        )

    @cached_property
    def expected(self) -> _Floats:
        """How many pass their due date, on each day: the means."""
        return self._sums(self.asked.chance)

    @cached_property
    def variance(self) -> _Floats:
        """The variances of these numbers, by chance and for what the curves do not know."""
        return self._sums(self.asked.chance * (1 - self.asked.chance)) + self.unsure

    @cached_property
    def unsure(self) -> _Floats:
        """The variances of the means alone: on every day of age the cases that have to live through
        it err together."""
        asked, shape = self.asked, self.curves.logs.shape
        place, weight = asked.curve * shape[2], asked.chance * asked.n
        begin, end = (
            np.bincount(place + age, weight, self.curves.logs.size)
            for age in (asked.now, asked.end)
        )
        across = (begin - end).reshape(shape).cumsum(axis=2)[..., :-1]
        unsure: _Floats = np.einsum("dca,dca->d", self.curves.variance, across**2)
        return unsure

    @cached_property
    def came(self) -> Whole:
        """How many did pass their due date, by what is known since."""
        return self._sums(self.asked.passed).astype("int64")

    def _sums(self, of: _Floats | Mask) -> _Floats:
        counted = np.bincount(self.asked.day, of * self.asked.n, len(self.curves.told))
        return counted.astype("float64")  # of no row at all bincount makes whole numbers


def forecast(states: States) -> Forecast | None:
    """How many of the cases open at the as-of date pass their due date in the days to come.

    These are the ones with a due date from the as-of date on that are not stopped by it: overdue on
    one of the days after it, as many as the states lie apart. What was foretold in the trials, and
    what came, says how far to trust this forecast. None where like cases are too few.
    """
    if not states.curves.told[0]:
        return None
    now = states.asked.day == 0
    p, n = states.asked.chance[now], states.asked.n[now]
    excess = (_dispersion(states) - 1) * states.variance[0]
    total = int(n.sum())
    low, high = _interval(p, n, float(states.unsure[0] + excess))
    return Forecast(
        open=int(states.open.sum()),
        due=total,
        expected=float(states.expected[0]),
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


def _dispersion(states: States) -> float:
    """By what the variance must be multiplied to account for earlier misses; never less than 1.

    Few trials may have missed little by luck, so that Student's distribution takes the normal's
    place (Abramowitz and Stegun, 26.7.5).
    """
    told = np.flatnonzero(states.curves.told[1:]) + 1
    allowed = float(states.variance[told].sum())
    if len(told) < MIN_TRIALS or not allowed:
        return 1.0
    found = float(((states.came - states.expected)[told] ** 2).sum()) / allowed
    z, k = _Z90, len(told)
    student = z + (z**3 + z) / (4 * k) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * k**2)
    return max(1.0, float(found * (student / z) ** 2))


def _interval(p: _Floats, n: Whole, variance: float) -> tuple[int, int]:
    first, probabilities = distribution(p, n, variance)
    below = probabilities.cumsum()
    tail = (1 - COVERAGE) / 2
    low, high = np.searchsorted(below, [tail, 1 - tail], side="left")
    return first + int(low), first + int(high)


def _grouped(p: _Floats, n: Whole) -> tuple[_Floats, Whole]:
    chances, place = np.unique(p, return_inverse=True)
    return chances, np.bincount(place, weights=n, minlength=len(chances)).astype("int64")


def _falls_due(cases: Cases, as_of: date, horizon: int) -> Mask:
    return during(cases.due, as_of, as_of + timedelta(days=horizon - 1))

"""The forecast against lifelines and loops, and its interval against simulated cities."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from math import prod, sqrt
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from dashboard.kpi import forecast as forecasts
from dashboard.kpi.curves import MIN_AT_RISK, MIN_EVENTS
from dashboard.kpi.forecast import Forecast, States
from dashboard.kpi.state import Cases, number

AS_OF = date(2013, 12, 31)
LIMIT = 30


class Row(NamedTuple):
    received: date
    due: date
    stopped: date | None
    channel: int = 0


def row(age: int, lasted: int | None, *, limit: int = LIMIT, channel: int = 0) -> Row:
    """A case received ``age`` days before AS_OF that stopped after ``lasted`` days, or never."""
    received = AS_OF - timedelta(days=age)
    stopped = None if lasted is None else received + timedelta(days=lasted)
    return Row(received, received + timedelta(days=limit), stopped, channel)


def arrays(rows: list[Row]) -> tuple[Cases, np.ndarray]:
    stopped = pd.Series([r.stopped for r in rows], dtype="datetime64[s]")
    frame = pd.DataFrame(
        {
            "received_on": pd.Series([r.received for r in rows], dtype="datetime64[s]"),
            "due_on": pd.Series([r.due for r in rows], dtype="datetime64[s]"),
            "stopped_on": stopped,
            "outcome_on": stopped,
            "outcome": pd.Series([r.stopped and "registered" for r in rows], dtype="str"),
            "n": np.ones(len(rows), dtype="int64"),
        }
    )
    return Cases.of(frame, {"registered": "decided"}), np.array([r.channel for r in rows], "int8")


def alone(rows: list[Row]) -> States:
    """The states at AS_OF without trials."""
    return States.of(*arrays(rows), AS_OF, trials=0)


def foretold(rows: list[Row]) -> Forecast | None:
    return forecasts.forecast(alone(rows))


def known(rows: list[Row], day: date = AS_OF) -> list[Row]:
    """What that day knows: cases received by then, stops by then."""
    seen = [r for r in rows if r.received <= day]
    return [r._replace(stopped=None) if r.stopped and r.stopped > day else r for r in seen]


def town(seed: int, *, cases: int = 900, channels: int = 1, days: int = 360) -> list[Row]:
    dice = np.random.default_rng(seed)
    return [
        row(int(age), int(lasted), limit=LIMIT + int(shift), channel=int(channel))
        for age, lasted, shift, channel in zip(
            dice.integers(0, days, cases),
            dice.lognormal(3.1, 0.5, cases),
            dice.integers(0, 4, cases),
            dice.integers(0, channels, cases),
            strict=True,
        )
    ]


def asked(rows: list[Row], horizon: int = 14) -> list[Row]:
    last = AS_OF + timedelta(days=horizon - 1)
    return [r for r in known(rows) if r.stopped is None and AS_OF <= r.due <= last]


def ages(rows: list[Row]) -> list[tuple[int, bool]]:
    """Age at the stop or at AS_OF, and whether it stopped."""
    return [(((r.stopped or AS_OF) - r.received).days, r.stopped is not None) for r in known(rows)]


def by_loops(rows: list[Row], *, like: list[Row] | None = None) -> float:
    """The expected number, day by day of age over raw rows; thin ages say nothing."""
    lives = ages(rows if like is None else like)

    def survives(t: int) -> float:
        at_risk = sum(age >= t for age, _ in lives)
        stops = sum(age == t and stopped for age, stopped in lives)
        return 1 - stops / at_risk if at_risk >= MIN_AT_RISK else 1.0

    return sum(
        prod(
            survives(t) for t in range((AS_OF - r.received).days + 1, (r.due - r.received).days + 1)
        )
        for r in asked(rows)
    )


# --- the expected number --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_expected_is_the_sum_of_lifelines_conditional_chances(seed: int) -> None:
    rows = town(seed)
    fitter = KaplanMeierFitter()
    fitter.fit(*zip(*ages(rows), strict=True))

    def chance(r: Row) -> float:
        now, end = (AS_OF - r.received).days, (r.due - r.received).days
        return float(fitter.predict(end) / fitter.predict(now))

    found = foretold(rows)
    assert found is not None
    assert found.due == len(asked(rows)) > 10
    assert found.open == sum(r.stopped is None for r in known(rows))
    assert found.expected == pytest.approx(sum(map(chance, asked(rows))), rel=1e-9)
    assert 0 <= found.low <= found.expected <= found.high <= found.due


@pytest.mark.parametrize("seed", range(3))
def test_every_channel_has_the_curve_of_its_own_cases(seed: int) -> None:
    rows = town(seed, channels=3)
    parts = [[r for r in rows if r.channel == c] for c in range(3)]
    found = foretold(rows)
    assert found is not None
    assert found.expected == pytest.approx(sum(map(by_loops, parts)), rel=1e-9)


def test_a_channel_with_too_few_finished_cases_has_the_curve_of_all() -> None:
    few = [row(25, None, channel=1), row(28, None, channel=1), row(60, 20, channel=1)]
    rows = town(5) + few
    found = forecasts.forecast(alone(rows).only([1]))
    assert found is not None
    assert (found.due, found.open) == (2, 2)
    assert found.expected == pytest.approx(by_loops(few, like=rows), rel=1e-9)


def test_cases_received_more_than_a_year_ago_are_not_like_those_of_today() -> None:
    old = [row(500 + i % 90, 5) for i in range(400)]
    rows = town(6)
    assert foretold(rows + old) == foretold(rows)


def test_what_comes_after_the_day_does_not_show() -> None:
    rows = town(7)
    assert foretold(rows) == foretold(known(rows))


def test_a_case_due_on_the_day_itself_has_passed_and_one_due_at_the_horizon_has_not() -> None:
    base = [row(100 + i % 50, i % 20) for i in range(200)]
    found = foretold([*base, row(30, None)])
    assert found == Forecast(open=1, due=1, expected=1.0, low=1, high=1)
    assert foretold([*base, row(30 - 14, None)]) == Forecast(1, 0, 0.0, 0, 0)
    assert foretold([*base, row(31, None)]) == Forecast(1, 0, 0.0, 0, 0)


def test_a_case_older_than_all_like_ones_counts_as_passing() -> None:
    base = [row(100 + i % 50, i % 20) for i in range(200)]
    found = foretold([*base, row(25, None)])
    assert found is not None
    assert found.expected == 1.0


def test_where_all_like_cases_stop_before_nobody_is_expected() -> None:
    base = [row(100 + i % 50, 26) for i in range(200)]
    found = foretold([*base, row(25, None)])
    assert found == Forecast(open=1, due=1, expected=0.0, low=0, high=0)


def test_too_few_finished_cases_give_no_forecast() -> None:
    enough = [row(100, i % 20) for i in range(MIN_EVENTS)]
    assert foretold([*enough[1:], row(25, None)]) is None
    assert foretold([*enough, row(25, None)]) is not None


def test_where_nothing_is_open_nothing_passes() -> None:
    assert foretold([row(100, i % 20) for i in range(50)]) == Forecast(0, 0, 0.0, 0, 0)
    assert foretold([]) is None


# --- the trials -----------------------------------------------------------------------------------


@pytest.mark.parametrize("horizon", [1, 14, 30])
@pytest.mark.parametrize("seed", range(3))
def test_the_trials_are_the_forecasts_of_their_days(seed: int, horizon: int) -> None:
    few = [row(20 + 30 * i, 25 + i, channel=-1) for i in range(20)]  # none of a curve of their own
    rows = town(seed, channels=3, cases=4000, days=720) + few
    cases, channel = arrays(rows)
    whole = States.of(cases, channel, AS_OF, horizon=horizon)
    for part in ([-1], [0], [1, 2], [-1, 0, 1, 2]):
        states = whole.only(part)
        for back in range(forecasts.TRIALS + 1):
            day = AS_OF - timedelta(days=back * horizon)
            then = States.of(*arrays(known(rows, day)), day, horizon=horizon, trials=0).only(part)
            of_part = cases.only(np.isin(channel, part))
            assert states.curves.told[back]
            assert states.expected[back] == pytest.approx(then.expected[0], rel=1e-9)
            assert states.variance[back] == pytest.approx(then.variance[0], rel=1e-9)
            assert states.came[back] == forecasts.passed(of_part, day, horizon)
    assert whole.expected == pytest.approx(states.expected)
    assert whole.came.any()


def test_fewer_trials_than_four_say_nothing() -> None:
    young = [row(age, 2 + age % 40) for age in range(15, 60) for _ in range(20)]
    told = States.of(*arrays(young), AS_OF).curves.told
    assert 0 < told[1:].sum() < forecasts.MIN_TRIALS
    assert forecasts.forecast(States.of(*arrays(young), AS_OF)) == foretold(young)


# --- what came ------------------------------------------------------------------------------------


@pytest.mark.parametrize("horizon", [1, 7, 14, 30])
def test_what_came_is_counted_case_by_case(horizon: int) -> None:
    rows = town(8)
    began = AS_OF - timedelta(days=horizon)
    last = AS_OF - timedelta(days=1)
    came = sum(
        r.received <= began
        and (r.stopped is None or r.stopped > began)
        and began <= r.due <= last
        and (r.stopped is None or r.stopped > r.due)
        for r in known(rows)
    )
    cases, _ = arrays(rows)
    assert forecasts.passed(cases.at(AS_OF), began, horizon) == came
    assert forecasts.passed(cases, began, horizon) == came


# --- the distribution -----------------------------------------------------------------------------

chance = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))


@given(st.lists(chance, max_size=8))
def test_the_distribution_is_that_of_all_outcomes_one_by_one(chances: list[float]) -> None:
    expected = np.zeros(len(chances) + 1)
    for outcome in product([0, 1], repeat=len(chances)):
        expected[sum(outcome)] += prod(
            p if came else 1 - p for p, came in zip(chances, outcome, strict=True)
        )
    first, found = forecasts.distribution(np.array(chances), np.ones(len(chances), "int64"))
    at = dict(enumerate(found, start=first))
    assert [at.pop(k, 0.0) for k in range(len(expected))] == pytest.approx(expected, abs=1e-12)
    assert sum(at.values()) == pytest.approx(0, abs=1e-12)


@given(st.lists(st.tuples(chance, st.integers(1, 400)), min_size=1, max_size=12))
def test_the_distribution_of_many_is_their_convolution(parts: list[tuple[float, int]]) -> None:
    expected = np.ones(1)
    for p, n in parts:
        for _ in range(n):
            expected = np.convolve(expected, [1 - p, p])
    p, n = (np.array(column) for column in zip(*parts, strict=True))
    first, found = forecasts.distribution(p.astype(float), n)
    at = dict(enumerate(found, start=first))
    assert [at.get(k, 0.0) for k in range(len(expected))] == pytest.approx(expected, abs=1e-10)


@given(st.lists(chance, min_size=1, max_size=8), st.floats(0, 900))
def test_what_the_curve_does_not_know_widens_it_by_as_much(
    chances: list[float], variance: float
) -> None:
    p = np.array(chances)
    first, found = forecasts.distribution(p, np.ones(len(p), "int64"), variance)
    counts = first + np.arange(len(found))
    mean = counts @ found
    assert found.sum() == pytest.approx(1, abs=1e-9)
    assert mean == pytest.approx(p.sum(), abs=1e-6)
    assert (counts - mean) ** 2 @ found == pytest.approx(
        (p * (1 - p)).sum() + variance, rel=1e-6, abs=1e-6
    )


# --- the interval ---------------------------------------------------------------------------------

CITIES = 200
ALLOWED = 3 * sqrt(0.9 * 0.1 / CITIES)  # three standard errors of the share of so many intervals


def simulated(seed: int, *, a_day: int, lumpy: float) -> Cases:
    """Two years and a fortnight of a city whose cases stop by chance, day by day; from fortnight to
    fortnight they all stop sooner or later together where it is ``lumpy``."""
    dice = np.random.default_rng(seed)
    span = 750
    received = np.repeat(np.arange(span), dice.poisson(a_day, span))
    pace = np.exp(np.repeat(dice.normal(0, lumpy, 2 * span // 14), 14))
    lived = np.cumsum(np.concatenate([[0.0], 0.08 * pace]))
    need = dice.exponential(size=len(received))
    stopped = np.searchsorted(lived, lived[received] + need, side="left")
    start = number(AS_OF) - (span - 15)
    ended = (start + stopped).astype("int32")
    return Cases(
        received=(start + received).astype("int32"),
        due=(start + received + LIMIT).astype("int32"),
        stopped=ended,
        decided=np.ones(len(received), dtype=bool),
        returned=np.zeros(len(received), dtype=bool),
        known=ended,
        n=np.ones(len(received), dtype="int64"),
    )


def coverage(*, lumpy: float) -> tuple[float, float]:
    """The share of cities of which the interval held what came: that of chance and curve alone, and
    that which earlier misses have widened."""
    held = np.zeros(2)
    for seed in range(CITIES):
        cases = simulated(seed, a_day=8, lumpy=lumpy)
        channel = np.zeros(len(cases.n), "int8")
        came = forecasts.passed(cases, AS_OF)
        for kind, trials in enumerate([0, forecasts.TRIALS]):
            found = forecasts.forecast(States.of(cases, channel, AS_OF, trials=trials))
            assert found is not None
            held[kind] += found.low <= came <= found.high
    alone, widened = held / CITIES
    return float(alone), float(widened)


def test_where_cases_stop_by_themselves_the_interval_holds_nine_in_ten() -> None:
    alone, widened = coverage(lumpy=0)
    # Whole numbers at both ends hold up to a twentieth more, and so does never trusting too much.
    assert 0.9 - ALLOWED <= alone <= 0.95 + ALLOWED
    assert alone <= widened <= 0.97 + ALLOWED


def test_where_cases_stop_together_earlier_misses_make_it_hold() -> None:
    alone, widened = coverage(lumpy=0.7)
    assert alone < 0.8
    assert widened >= 0.9 - ALLOWED


def test_the_curves_own_variance_is_that_of_curves_over_other_cases() -> None:
    fixed = [row(16 + i % 14, None, channel=1) for i in range(60)]
    states = [alone(town(seed, cases=300) + fixed).only([1]) for seed in range(300)]
    assert all(state.curves.told[0] for state in states)
    means = np.array([state.expected[0] for state in states])
    told = np.mean([state.unsure[0] for state in states])
    assert told == pytest.approx(means.var(), rel=0.3)

"""The truth's statistics, against published values and an independent library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from statsmodels.stats.proportion import proportion_confint

from etl.sample.statistics import middle, rank, share, wilson, within

ages = st.lists(st.integers(0, 60), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (45, 50, 0.78640, 0.95652),
        (50, 50, 0.92865, 1.0),
        (433, 1000, 0.40260, 0.46391),
    ],
)
def test_wilson_intervals_as_published(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-6)


@given(st.integers(1, 500), st.data())
def test_wilson_intervals_as_statsmodels_gives_them(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    expected = proportion_confint(hits, n, method="wilson")
    assert wilson(hits, n) == pytest.approx(expected, abs=1e-12)


def test_a_share_of_nothing_is_null_not_zero() -> None:
    assert share("s", 0, 0) == {"s": None, "s_n": 0, "s_low": None, "s_high": None}


def test_the_golden_curve_says_sixty_percent_where_finished_cases_say_all() -> None:
    said = within(np.array([5, 10, 12, 20, 25, 30]), np.array([40, 40, 40, 40]), 30)
    assert said is not None
    assert said["value"] == pytest.approx(0.6)
    assert said["naive"] == 1.0


@settings(deadline=None)
@given(ages, ages, st.integers(1, 60))
def test_the_curve_and_its_interval_as_lifelines_gives_them(
    lasted: list[int], waiting: list[int], t: int
) -> None:
    whole = KaplanMeierFitter().fit(
        lasted + waiting, [1] * len(lasted) + [0] * len(waiting), timeline=range(61)
    )
    survival = float(whole.survival_function_.loc[t].iloc[0])
    assume(0.001 < survival < 0.999)  # at its ends lifelines gives the interval no value
    said = within(np.array(lasted), np.array(waiting), t)
    assert said is not None
    assert said["value"] == pytest.approx(1 - survival, abs=1e-9)
    low, high = whole.confidence_interval_.loc[t]
    assert (said["low"], said["high"]) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_nobody_received_has_no_curve() -> None:
    assert within(np.array([], dtype=int), np.array([], dtype=int), 30) is None


@given(ages, st.sampled_from([0.5, 0.8, 0.9]))
def test_a_rank_is_the_smallest_value_that_enough_do_not_exceed(
    values: list[int], p: float
) -> None:
    at_most = [v for v in sorted(values) if sum(w <= v for w in values) >= p * len(values) - 1e-9]
    assert rank(np.array(values), p) == at_most[0]


def test_the_median_of_an_even_number_lies_between() -> None:
    assert middle(np.array([1, 2, 10, 4])) == 3.0
    assert middle(np.array([], dtype=int)) is None
    assert rank(np.array([], dtype=int), 0.5) is None

"""Control charts: the published example to the digit, and each rule at its very edge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi import signals
from dashboard.kpi.signals import Limits, Rule, Signal

PUBLISHED = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
AROUND_TEN = Limits(mean=10, low=4, high=16, trial=False)  # two thirds: beyond 6 and 14


def positions(values: list[float], rule: Rule, limits: Limits = AROUND_TEN) -> list[int]:
    return [s.position for s in signals.signals(values, limits) if s.rule == rule]


def test_the_published_example() -> None:
    screened = signals.limits(PUBLISHED)
    assert screened is not None
    assert screened.mean == pytest.approx(1.944, abs=5e-4)
    assert screened.low == pytest.approx(-0.716, abs=5e-4)
    assert screened.high == pytest.approx(4.604, abs=5e-4)
    assert positions([float(v) for v in PUBLISHED], "outside", screened) == [4]


def test_the_published_example_unscreened() -> None:
    unscreened = signals.limits(PUBLISHED, screened=False)
    assert unscreened is not None
    assert unscreened.low == pytest.approx(-3.063, abs=5e-4)
    assert unscreened.high == pytest.approx(6.952, abs=5e-4)


def test_ranges_are_screened_once_only() -> None:
    # Once the 100 is out, the 9 would be an outlier among what is left; it stays.
    found = signals.limits([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 9, 10, 9, 109, 110])
    ranges = [1] * 10 + [9, 1, 1, 1]
    assert found is not None
    assert found.high - found.mean == pytest.approx(2.66 * sum(ranges) / len(ranges))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_two_points_have_no_limits(count: int) -> None:
    assert signals.limits([5.0] * count) is None


@pytest.mark.parametrize(("count", "trial"), [(3, True), (11, True), (12, False)])
def test_limits_from_under_twelve_points_are_trial_limits(count: int, trial: bool) -> None:
    found = signals.limits([float(i % 2) for i in range(count)])
    assert found is not None
    assert found.trial is trial


def test_a_series_that_never_moves_has_no_signals() -> None:
    found = signals.limits([3.0] * 20)
    assert found == Limits(3.0, 3.0, 3.0, trial=False)
    assert signals.signals([3.0] * 20, found) == []


# --- each rule, just fired and just not -----------------------------------------------


def test_a_point_outside_the_limits() -> None:
    assert positions([10, 16.001, 10, 3.999], "outside") == [1, 3]
    assert positions([10, 16, 10, 4], "outside") == []


def test_seven_in_a_row_on_one_side() -> None:
    assert positions([9, 11, 12, 11, 12, 11, 12, 11, 9], "one_side") == [1, 2, 3, 4, 5, 6, 7]
    assert positions([9, 11, 12, 11, 12, 11, 12, 9, 11], "one_side") == []


def test_a_point_on_the_mean_ends_a_run() -> None:
    assert positions([11, 12, 11, 10, 12, 11, 12, 11], "one_side") == []


def test_seven_in_a_row_rising() -> None:
    assert positions([9, 8, 8.5, 9, 9.5, 10.5, 11, 12, 9], "trend") == [1, 2, 3, 4, 5, 6, 7]
    assert positions([9, 8, 8.5, 9, 9.5, 10.5, 11, 11, 12], "trend") == []


def test_seven_in_a_row_falling() -> None:
    falling = [12.0, 11.5, 11, 10.5, 9.5, 9, 8.5]
    assert signals.signals(falling, AROUND_TEN) == [
        Signal(position, "trend", "down") for position in range(7)
    ]
    assert positions([*falling[:-1], 9], "trend") == []


def test_two_of_three_beyond_two_thirds_all_on_one_side() -> None:
    assert positions([9, 14.1, 11, 14.1, 9], "two_of_three") == [1, 3]
    assert positions([9, 5.9, 9, 5.9, 11], "two_of_three") == [1, 3]


def test_two_of_three_needs_all_three_on_one_side() -> None:
    assert positions([9, 14.1, 9, 14.1, 9], "two_of_three") == []


def test_two_of_three_needs_both_beyond() -> None:
    assert positions([9, 14.1, 11, 14.0, 9], "two_of_three") == []


@given(st.lists(st.integers(0, 40), min_size=3, max_size=30))
def test_turning_a_series_upside_down_turns_its_signals(values: list[int]) -> None:
    found, mirrored = signals.limits(values), signals.limits([-v for v in values])
    assert found is not None
    assert mirrored is not None
    turned = {
        Signal(s.position, s.rule, "down" if s.direction == "up" else "up")
        for s in signals.signals([-v for v in values], mirrored)
    }
    assert set(signals.signals(values, found)) == turned


# --- what it means -----------------------------------------------


def test_variation_speaks_of_the_last_point_alone() -> None:
    early = [17.0, 9, 11, 9, 11]
    late = [9.0, 11, 9, 11, 17]
    assert signals.variation(early, AROUND_TEN, "up") == "common_cause"
    assert signals.variation(late, AROUND_TEN, "up") == "improving"
    assert signals.variation(late, AROUND_TEN, "down") == "worsening"
    assert signals.variation(late, AROUND_TEN, None) == "special_cause"


def test_a_fall_is_good_where_less_is_better() -> None:
    assert signals.variation([9.0, 11, 9, 11, 3], AROUND_TEN, "down") == "improving"
    assert signals.variation([9.0, 11, 9, 11, 3], AROUND_TEN, "up") == "worsening"


@pytest.mark.parametrize(
    ("target", "up", "down"),
    [
        (4, "passes", "hit_or_miss"),
        (3.9, "passes", "fails"),
        (4.1, "hit_or_miss", "hit_or_miss"),
        (16, "hit_or_miss", "passes"),
        (16.1, "fails", "passes"),
    ],
)
def test_assurance_against_a_target(target: float, up: str, down: str) -> None:
    assert signals.assurance(AROUND_TEN, target, "up") == up
    assert signals.assurance(AROUND_TEN, target, "down") == down

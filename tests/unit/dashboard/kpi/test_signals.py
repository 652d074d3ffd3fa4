"""Control charts: the published example to the digit, and each rule at its very edge."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.kpi import signals
from dashboard.kpi.signals import Good, Limits, Rule, Signal, Variation

PUBLISHED = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
AROUND_TEN = Limits(mean=10, low=4, high=16, trial=False)  # two thirds: beyond 6 and 14


def positions(values: list[float], rule: Rule, limits: Limits = AROUND_TEN) -> list[int]:
    return [s.position for s in signals.signals(values, limits) if s.rule == rule]


def last_says(values: list[float], good: Good | None) -> Variation:
    return signals.variation(signals.signals(values, AROUND_TEN), len(values) - 1, good)


def by_definition(values: list[float], limits: Limits) -> set[tuple[int, str, str]]:
    """Every signal by the words of the rules, window by window: position, rule, direction."""
    turned = [2 * limits.mean - value for value in values]  # what lies below then lies above
    return {
        (place, rule, direction)
        for direction, points in (("up", values), ("down", turned))
        for place, rule in _upward(points, limits)
    }


def _upward(values: list[float], limits: Limits) -> Iterator[tuple[int, str]]:
    """Those of points above the mean or rising; the limits lie as far below as above."""
    mean, far = limits.mean, limits.mean + 2 * (limits.high - limits.mean) / 3
    yield from ((place, "outside") for place, v in enumerate(values) if v > limits.high)
    for places, seven in _windows(values, 7):
        if all(v > mean for v in seven):
            yield from ((place, "one_side") for place in places)
        if all(a < b for a, b in pairwise(seven)):
            yield from ((place, "trend") for place in places)
    for places, three in _windows(values, 3):
        beyond = [place for place in places if values[place] > far]
        if all(v > mean for v in three) and len(beyond) >= 2:
            yield from ((place, "two_of_three") for place in beyond)


def _windows(values: list[float], size: int) -> Iterator[tuple[range, list[float]]]:
    for start in range(len(values) - size + 1):
        yield range(start, start + size), values[start : start + size]


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
    assert unscreened.mean == pytest.approx(1.944, abs=5e-4)
    assert unscreened.low == pytest.approx(-3.063, abs=5e-4)
    assert unscreened.high == pytest.approx(6.952, abs=5e-4)
    assert positions([float(v) for v in PUBLISHED], "outside", unscreened) == [4]


@pytest.mark.parametrize("size", [11, 12])
def test_a_range_is_screened_from_3_267_times_the_mean_on(size: int) -> None:
    # Of ranges 1, 1… and one of r the mean is (size - 1 + r) / size.
    edge = 3.267 * (size - 1) / (size - 3.267)
    kept, left_out = (
        [float(i % 2) for i in range(size)] + [(size - 1) % 2 + r]
        for r in (edge * 0.999, edge * 1.001)
    )
    for values, share in ((kept, (size - 1 + edge * 0.999) / size), (left_out, 1.0)):
        found = signals.limits(values)
        assert found is not None
        assert found.high - found.mean == pytest.approx(2.66 * share)


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


@given(st.floats(-1e6, 1e6), st.integers(3, 40))
@example(0.95, 24)  # twenty-four times 0.95 by 24 is not 0.95, where each sum is rounded
def test_a_series_that_never_moves_has_no_signals(value: float, count: int) -> None:
    found = signals.limits([value] * count)
    assert found == Limits(value, value, value, trial=count < 12)
    assert signals.signals([value] * count, found) == []
    assert signals.assurance(found, value, "up") == signals.assurance(found, value, "down")
    assert signals.assurance(found, value, "up") == "passes"


@given(st.lists(st.integers(0, 9), min_size=3, max_size=24), st.sampled_from([3, 7, 10, 60]))
def test_shares_have_the_signals_of_the_counts_that_they_are_shares_of(
    counts: list[int], n: int
) -> None:
    shares = [count / n for count in counts]
    of_counts, of_shares = signals.limits(counts), signals.limits(shares)
    assert of_counts is not None
    assert of_shares is not None
    assert signals.signals(shares, of_shares) == signals.signals(counts, of_counts)


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


def test_seven_below_and_six_below_the_mean() -> None:
    assert positions([11, 9, 8, 9, 8, 9, 8, 9, 11], "one_side") == [1, 2, 3, 4, 5, 6, 7]
    assert positions([11, 9, 8, 9, 8, 9, 8, 11, 9], "one_side") == []


def test_two_points_that_stand_still_end_a_trend() -> None:
    assert positions([8, 8.5, 9, 9.5, 9.5, 10.5, 11, 12], "trend") == []


def test_two_of_four_beyond_two_thirds_are_no_signal() -> None:
    assert positions([9, 14.1, 11, 11, 14.1, 9], "two_of_three") == []


@settings(max_examples=300)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=24), st.integers(-2, 2))
def test_the_signals_are_those_of_the_rules_read_word_by_word(values: list[int], mean: int) -> None:
    points = [float(v) for v in values]
    limits = Limits(mean=mean, low=mean - 6, high=mean + 6, trial=False)
    found = {(s.position, s.rule, s.direction) for s in signals.signals(points, limits)}
    assert found == by_definition(points, limits)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=30))
@example([5e-324, 0.0, 0.0])  # the mean of the ranges is 0, and one of them is not
def test_limits_are_those_of_the_definition(values: list[float]) -> None:
    ranges = [abs(b - a) for a, b in pairwise(values)]
    mean_range = sum(ranges) / len(ranges)
    if any(r == pytest.approx(3.267 * mean_range) for r in ranges if mean_range):
        return  # on the very edge rounding decides
    usual = [r for r in ranges if r < 3.267 * mean_range] or ranges
    found = signals.limits(values)
    assert found is not None
    assert found.mean == pytest.approx(sum(values) / len(values))
    assert found.high - found.mean == pytest.approx(2.66 * sum(usual) / len(usual))


# --- limits that begin anew -----------------------------------------------


def test_each_phase_has_the_limits_of_its_own_points() -> None:
    early, late = [1.0, 2, 1, 2, 1], [11.0, 13, 11, 13]
    first, second = signals.phases([*early, *late], [5])
    assert (first.start, first.stop, second.start, second.stop) == (0, 5, 5, 9)
    assert first.limits == signals.limits(early)
    assert second.limits == signals.limits(late)
    assert second.limits is not None
    assert second.limits.trial


@pytest.mark.parametrize("breaks", [[], [0], [9], [12], [-1]])
def test_a_break_outside_the_series_is_none(breaks: list[int]) -> None:
    assert len(signals.phases([1.0] * 9, breaks)) == 1


def test_twelve_points_after_a_break_settle_its_limits() -> None:
    for count, trial in ((11, True), (12, False)):
        limits = signals.phases([5.0] * 4 + [1.0, 2.0] * 10, [24 - count])[-1].limits
        assert limits is not None
        assert limits.trial is trial


def test_a_run_across_a_break_is_no_signal() -> None:
    values = [5.0, 5, 5, 1, 2, 3, 4, 5, 6, 7, 8, 4, 4, 4]  # eight rise, four in either phase

    def trends(breaks: list[int]) -> list[int]:
        phases = signals.phases(values, breaks)
        found = [s for phase in phases for s in signals.signals_of(values, phase)]
        return [s.position for s in found if s.rule == "trend"]

    assert trends([]) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert trends([7]) == []


@given(
    st.lists(st.one_of(st.just(math.nan), st.integers(0, 20).map(float)), max_size=30),
    st.sets(st.integers(-2, 32), max_size=3),
)
def test_a_phase_says_what_its_points_say_alone(values: list[float], breaks: set[int]) -> None:
    phases = signals.phases(values, breaks)
    assert [i for p in phases for i in range(p.start, p.stop)] == list(range(len(values)))
    for phase in phases:
        alone = {
            i: v
            for i, v in enumerate(values)
            if phase.start <= i < phase.stop and not math.isnan(v)
        }
        limits = signals.limits(list(alone.values()))
        assert phase.limits == limits
        expected = signals.signals(list(alone.values()), limits) if limits else []
        places = list(alone)
        assert signals.signals_of(values, phase) == [
            Signal(places[s.position], s.rule, s.direction) for s in expected
        ]


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
    assert last_says(early, "up") == "common_cause"
    assert last_says(late, "up") == "improving"
    assert last_says(late, "down") == "worsening"
    assert last_says(late, None) == "special_cause"


def test_a_fall_is_good_where_less_is_better() -> None:
    assert last_says([9.0, 11, 9, 11, 3], "down") == "improving"
    assert last_says([9.0, 11, 9, 11, 3], "up") == "worsening"


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

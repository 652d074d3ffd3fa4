"""The figures of steps are those of single times at their ranks."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi.step_times import StepTimes, step_times

DAY = 86_400_000_000


@given(st.lists(st.integers(0, 400 * DAY), min_size=1))
def test_median_and_percentile_are_those_of_the_sorted_times(times: list[int]) -> None:
    times.sort()
    told = step_times({"a": StepTimes.of(np.array(times))}, ["a"])
    assert told is not None
    assert told["a"]["n"] == len(times)
    assert told["a"]["median"] == pytest.approx(statistics.median(times) / DAY, rel=1e-15)
    assert told["a"]["p90"] == times[math.ceil(len(times) * 9 / 10) - 1] / DAY


def test_shares_add_up_and_steps_stand_in_their_order() -> None:
    times = {"b": StepTimes.of(np.array([DAY])), "a": StepTimes.of(np.array([DAY, 2 * DAY]))}
    told = step_times(times, ["a", "b"])
    assert told is not None
    assert {step: of["share"] for step, of in told.items()} == {"a": 0.75, "b": 0.25}
    assert list(told) == ["a", "b"]


def test_no_time_at_all_has_no_share_and_nothing_no_figures() -> None:
    told = step_times({"a": StepTimes.of(np.array([0, 0]))}, [])
    assert told == {"a": {"n": 2, "median": 0.0, "p90": 0.0, "share": None}}
    assert step_times({}, ["a"]) is None

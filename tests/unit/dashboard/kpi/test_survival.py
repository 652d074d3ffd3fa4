"""Kaplan-Meier against lifelines, and the conventions at the edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter

from dashboard.kpi import survival
from dashboard.kpi.state import Cases, number

AS_OF = date(2013, 12, 31)
FIRST = date(2013, 1, 1)


def cases(stopped: list[int], still: list[int], *, received: date | None = None) -> Cases:
    """Cases that stopped after so many days, and cases that are that old and open at AS_OF."""
    start = received or AS_OF - timedelta(days=200)
    ends: list[date | None] = [start + timedelta(days=d) for d in stopped]
    starts = [start] * len(stopped) + [AS_OF - timedelta(days=d) for d in still]
    rows = pd.DataFrame(
        {
            "received_on": pd.Series(starts, dtype="datetime64[s]"),
            "due_on": pd.Series(starts, dtype="datetime64[s]"),
            "stopped_on": pd.Series(ends + [None] * len(still), dtype="datetime64[s]"),
            "outcome_on": pd.Series(ends + [None] * len(still), dtype="datetime64[s]"),
            "outcome": pd.Series(["registered"] * len(stopped) + [None] * len(still), dtype="str"),
            "n": np.ones(len(starts), dtype="int64"),
        }
    )
    return Cases.of(rows, {"registered": "decided"}).at(AS_OF)


def test_the_published_example() -> None:
    held = cases([5, 10, 12, 20, 25, 30], [40] * 4)
    found = survival.p_within(held, AS_OF, FIRST, AS_OF, 30)
    assert found is not None
    assert found["value"] == pytest.approx(0.600)
    assert found["naive"] == 1


@given(
    stopped=st.lists(st.integers(0, 60), min_size=1, max_size=40),
    still=st.lists(st.integers(0, 60), max_size=40),
)
@settings(deadline=None, max_examples=60)
def test_curve_and_interval_are_those_of_lifelines(stopped: list[int], still: list[int]) -> None:
    found = survival.curve(cases(stopped, still), AS_OF, FIRST, AS_OF)
    fitter = KaplanMeierFitter()
    fitter.fit(stopped + still, [1] * len(stopped) + [0] * len(still))
    expected = 1 - fitter.survival_function_at_times(found["days"]).to_numpy()
    assert found["value"].to_numpy() == pytest.approx(expected, abs=1e-12)
    # Where nobody is left, or nothing has happened, lifelines' bounds are conventions of its own.
    inside = (found["value"] > 0) & (found["value"] < 1 - 1e-12)
    bounds = 1 - fitter.confidence_interval_survival_function_.loc[found["days"]].to_numpy()
    assert found["high"].to_numpy()[inside] == pytest.approx(bounds[inside, 0], abs=1e-9)
    assert found["low"].to_numpy()[inside] == pytest.approx(bounds[inside, 1], abs=1e-9)


def test_counts_weigh_as_rows_do() -> None:
    spread = cases([3, 3, 3, 9], [20, 20])
    packed = cases([3, 9], [20])
    packed = replace(packed, n=np.array([3, 1, 2]))
    pd.testing.assert_frame_equal(
        survival.curve(spread, AS_OF, FIRST, AS_OF), survival.curve(packed, AS_OF, FIRST, AS_OF)
    )


def test_before_the_first_stop_the_chance_is_nought_without_a_width() -> None:
    found = survival.p_within(cases([31], [40]), AS_OF, FIRST, AS_OF, 30)
    assert found == {"t": 30, "value": 0.0, "low": 0.0, "high": 0.0, "naive": 0.0}


def test_once_all_have_stopped_the_chance_is_one_without_a_width() -> None:
    found = survival.p_within(cases([3, 8], []), AS_OF, FIRST, AS_OF, 30)
    assert found == {"t": 30, "value": 1.0, "low": 1.0, "high": 1.0, "naive": 1.0}


def test_where_none_has_stopped_the_naive_share_is_nothing() -> None:
    found = survival.p_within(cases([], [3, 40]), AS_OF, FIRST, AS_OF, 30)
    assert found == {"t": 30, "value": 0.0, "low": 0.0, "high": 0.0, "naive": None}


def test_where_nothing_was_received_there_is_no_chance() -> None:
    assert survival.p_within(cases([], []), AS_OF, FIRST, AS_OF, 30) is None
    outside = cases([3], [], received=FIRST - timedelta(days=1))
    assert survival.p_within(outside, AS_OF, FIRST, AS_OF, 30) is None


def test_a_stop_and_an_open_case_of_the_same_age_count_the_stop_first() -> None:
    found = survival.curve(cases([10], [10]), AS_OF, FIRST, AS_OF)
    assert found.to_dict("records")[0]["at_risk"] == 2
    assert found["value"].tolist() == [0.5]


def test_a_case_that_stops_after_the_day_is_open_on_it() -> None:
    held = cases([150], [])
    earlier = held.at(AS_OF - timedelta(days=100))
    found = survival.curve(earlier, AS_OF - timedelta(days=100), FIRST, AS_OF)
    assert found[["events", "censored"]].to_numpy().tolist() == [[0, 1]]
    assert number(AS_OF) - 200 == earlier.received[0]

"""Responses for each finished case: a ratio, and nothing that tells of too few responses."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi.response_rate import response_rate, without
from dashboard.kpi.state import NEVER, Cases, Responses, number

FIRST, LAST = date(2013, 11, 1), date(2013, 11, 30)
SINCE = number(FIRST)


def cases(stopped: list[int | None]) -> Cases:
    """A case each, received long before, by the days from the first of November to its stop."""
    days = [NEVER if day is None else SINCE + day for day in stopped]
    n = len(days)
    return Cases(
        received=np.full(n, SINCE - 90, dtype="int32"),
        due=np.full(n, SINCE, dtype="int32"),
        stopped=np.array(days, dtype="int32"),
        decided=np.zeros(n, dtype=bool),
        returned=np.zeros(n, dtype=bool),
        known=np.full(n, NEVER, dtype="int32"),
        n=np.ones(n, dtype="int64"),
    )


def responses(given_on: list[int], n: int = 1) -> Responses:
    days = np.array([SINCE + day for day in given_on], dtype="int32")
    return Responses(answered=days, n=np.full(len(days), n, dtype="int64"))


@given(
    stopped=st.lists(st.none() | st.integers(-5, 35), max_size=12),
    given_on=st.lists(st.integers(-5, 35), max_size=12),
)
def test_it_is_the_responses_of_the_period_for_each_case_stopped_in_it(
    stopped: list[int | None], given_on: list[int]
) -> None:
    found = response_rate(responses(given_on, n=2), cases(stopped), FIRST, LAST)
    inside = [FIRST + timedelta(days=day) for day in given_on]
    forms = 2 * sum(FIRST <= day <= LAST for day in inside)
    finished = sum(day is not None and 0 <= day <= 29 for day in stopped)
    assert (found["responses"], found["stopped"]) == (forms, finished)
    assert found["value"] == (None if finished == 0 else pytest.approx(forms / finished))


def test_it_may_exceed_one_and_is_nothing_over_nothing() -> None:
    assert response_rate(responses([1, 2, 3]), cases([4]), FIRST, LAST)["value"] == 3
    assert response_rate(responses([1]), cases([None]), FIRST, LAST) == {
        "value": None,
        "responses": 1,
        "stopped": 0,
    }


def test_without_the_responses_the_finished_cases_remain() -> None:
    told = response_rate(responses([1, 2, 3]), cases([4]), FIRST, LAST)
    assert without(told) == {"value": None, "responses": None, "stopped": 1}

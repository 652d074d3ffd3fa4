"""Answers counted by loops, whatever stands among them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi.satisfaction import said
from dashboard.kpi.state import Answers, number
from tests.support.regulations import small_town

FIRST, LAST = date(2013, 11, 1), date(2013, 11, 30)
SURVEY = small_town().survey
QUESTIONS = ("q2", "another")  # of the survey's two one, and one that it does not know
Given = tuple[int, int, int, int]  # days after FIRST, question (-1: none), answer, how many


@given(
    st.lists(
        st.tuples(st.integers(-3, 33), st.integers(-1, 1), st.integers(-2, 9), st.integers(1, 4))
    )
)
def test_each_answer_counts_for_its_question_and_day(given_: list[Given]) -> None:
    assert SURVEY is not None
    after, question, answer, n = np.array(given_, "int64").reshape(-1, 4).T
    days = (number(FIRST) + after).astype("int32")
    answers = Answers(days, question.astype("int8"), answer, n, QUESTIONS)
    found = said(answers, FIRST, LAST, SURVEY)

    def counted(*values: int) -> int:
        inside = range((LAST - FIRST + timedelta(days=1)).days)
        return sum(m for d, q, a, m in given_ if d in inside and q == 0 and a in values)

    assert found["q1"]["n"] == 0
    assert found["q2"]["n"] == counted(*range(-2, 10))
    kinds = {
        "not": SURVEY.not_satisfied, "partly": SURVEY.partly, "fully": SURVEY.satisfied
    }  # fmt: skip
    for name, value in kinds.items():
        assert found["q2"][name] == counted(value)

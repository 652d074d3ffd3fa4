"""Small numbers: neither shown nor to be had by subtraction."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi.satisfaction import TOO_FEW, hide_small


def said(n: int) -> dict[str, Any]:
    return {
        "q1": {"n": n, "not": 0, "partly": 0, "fully": n, "value": 1.0, "low": 0.5, "high": 1.0}
    }


@given(
    counts=st.lists(st.integers(0, 15), max_size=8),
    elsewhere=st.integers(0, 9),
    least=st.integers(1, 8),
)
def test_no_figure_over_too_few_answers_can_be_had(
    counts: list[int], elsewhere: int, least: int
) -> None:
    total = sum(counts) + elsewhere
    parts, whole = hide_small([said(n) for n in counts], said(total), least)
    shown = [part["q1"]["n"] for part in parts]
    assert all(n is None or n == 0 or n >= least for n in shown)
    if 0 < total < least:
        assert whole["q1"] == TOO_FEW
        return
    assert whole["q1"]["n"] == total
    rest = total - sum(n for n in shown if n is not None)
    assert rest == 0 or rest >= least or all(n in (0, None) for n in shown)


@given(counts=st.lists(st.integers(0, 15), min_size=1, max_size=8), least=st.integers(1, 8))
def test_nothing_is_hidden_where_every_part_is_large_enough(counts: list[int], least: int) -> None:
    large = [n if n == 0 else n + least for n in counts]
    parts, _ = hide_small([said(n) for n in large], said(sum(large)), least)
    assert [part["q1"]["n"] for part in parts] == large


def test_the_smallest_of_the_others_is_hidden_with_a_small_part() -> None:
    parts, whole = hide_small([said(n) for n in (30, 2, 8, 12)], said(52), 5)
    assert [part["q1"]["n"] for part in parts] == [30, None, None, 12]
    assert whole["q1"]["n"] == 52


def test_two_small_parts_protect_each_other_only_if_together_they_are_enough() -> None:
    parts, _ = hide_small([said(n) for n in (3, 3, 9)], said(15), 5)
    assert [part["q1"]["n"] for part in parts] == [None, None, 9]
    parts, _ = hide_small([said(n) for n in (2, 2, 9)], said(13), 5)
    assert [part["q1"]["n"] for part in parts] == [None, None, None]


def test_the_questions_are_hidden_each_by_itself() -> None:
    one = said(9) | {"q2": said(3)["q1"]}
    parts, whole = hide_small([], one, 5)
    assert parts == []
    assert whole["q1"]["n"] == 9
    assert whole["q2"] == TOO_FEW

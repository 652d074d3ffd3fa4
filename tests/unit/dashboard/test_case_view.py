"""What the address says of how the list is looked at; nonsense is named and left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import case_view
from dashboard.case_view import COLUMNS, CaseView
from dashboard.filters import Problem

KEYS = st.sampled_from(["show", "remark", "sort", "columns", "case", "lang"])


def test_an_address_that_says_nothing_shows_all_columns_the_latest_first() -> None:
    assert case_view.parse({}) == CaseView()


def test_what_it_says_holds_in_the_order_of_reading() -> None:
    view = case_view.parse(
        {"columns": "due_on,note,lateness", "sort": "expected", "remark": "none", "show": "soon"}
    )
    assert view.columns == ("case_id", "lateness", "note", "due_on")
    assert (view.sort, view.remark, view.only) == (("expected", "asc"), "none", "at_risk")
    assert (view.chosen, view.problems) == (True, ())


def test_the_number_alone_is_a_choice_too() -> None:
    assert case_view.parse({"columns": "case_id"}).columns == ("case_id",)


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ({"columns": "iin,lateness,iin"}, (Problem("columns", "iin"),)),
        ({"sort": "-iin"}, (Problem("sort", "-iin"),)),
        ({"sort": "step"}, (Problem("sort", "step"),)),
        ({"remark": "all", "show": "x"}, (Problem("show", "x"), Problem("remark", "all"))),
    ],
)
def test_nonsense_is_named_and_left_out(
    query: dict[str, str], problems: tuple[Problem, ...]
) -> None:
    view = case_view.parse(query)
    assert view.problems == problems
    assert (view.sort, view.remark, view.only) == (("lateness", "desc"), None, "overdue")


def test_unknown_columns_alone_show_all() -> None:
    view = case_view.parse({"columns": "iin,name"})
    assert (view.columns, view.chosen) == (tuple(COLUMNS), False)


@given(st.dictionaries(KEYS, st.text(max_size=30)))
def test_whatever_an_address_says_there_is_a_view(query: dict[str, str]) -> None:
    view = case_view.parse(query)
    assert set(view.columns) <= set(COLUMNS)
    assert view.columns[0] == "case_id"
    assert view.sort[0] in case_view.SORTABLE

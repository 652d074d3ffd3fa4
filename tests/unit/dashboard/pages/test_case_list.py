"""What a grid asks for, and how its rows read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import case_list
from dashboard.case_list import Window
from dashboard.i18n import NOTHING
from dashboard.pages import overdue
from tests.support import oracle, screens
from tests.support.city import City
from tests.support.regulations import almaty, small_town

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
REQUEST = st.fixed_dictionaries(
    {},
    optional={
        "startRow": JSON,
        "endRow": JSON,
        "sortModel": JSON
        | st.lists(st.fixed_dictionaries({"colId": JSON | st.just("due_on"), "sort": JSON})),
        "context": JSON | st.fixed_dictionaries({"search": JSON}),
    },
)


@given(REQUEST | JSON)
def test_a_window_is_small_and_sorted_by_known_columns_whatever_was_sent(request_: object) -> None:
    # When
    window = case_list.window(request_)
    # Then
    assert 0 <= window.start < window.end <= window.start + 1_000
    assert window.sort
    assert all(c in case_list.SORTABLE.values() and d in ("asc", "desc") for c, d in window.sort)
    assert isinstance(case_list.search(request_), str)


def test_a_window_is_what_the_grid_asked_for() -> None:
    # Given
    asked = {"startRow": 200, "endRow": 300, "sortModel": [{"colId": "due_on", "sort": "asc"}]}
    # Then
    assert case_list.window(asked) == Window(200, 300, (("due_on", "asc"),))


def test_what_comes_next_names_the_conditions_on_the_way() -> None:
    # Given: item 6.4 of the regulation, which 6.5 and 6.11 follow, and 6.6 and 6.12 those
    regulation = almaty()
    names = [regulation.steps[c].name["en"] for c in ("D-C1", "D-P5", "D-C2", "D-P10")]
    # Then
    assert case_list.following(regulation, "D-P4", "en") == (
        f"{names[0]} → {names[1]}; {names[2]} → {names[3]}"
    )


@pytest.mark.parametrize("code", ["D-P9", "", "unknown"])
def test_nothing_follows_an_end_or_an_unknown_step(code: str) -> None:
    assert case_list.following(almaty(), code, "kk") == NOTHING


def test_a_plain_step_is_followed_by_its_name_alone() -> None:
    assert case_list.following(small_town(), "desk-start", "ru") == "review (ru)"


def test_rows_are_those_of_the_filter_in_the_readers_words(
    request_for: Callable, town: City
) -> None:
    # Given
    here = request_for("/overdue", "?lang=ru&show=both&channel=psc")
    soon = date(2014, 1, 7)
    expected = {
        case.case_id: case
        for case in town.cases
        if case.clock == "service"
        and case.channel == "psc"
        and case.due_on <= soon
        and case.outcome != "rejected"
        and (case.stopped_on is None or case.stopped_on > town.as_of)
    }
    # When
    page = case_list.page(here, Window(0, 1_000))
    rows = case_list.records(here, page.rows)
    # Then
    assert page.total == len(rows) == len(expected) > 0
    for row in rows:
        case = expected[row["case_id"]]
        assert row["late"] == (case.due_on < town.as_of)
        assert row["due_on"] == f"{case.due_on:%d.%m.%Y}"
        assert row["received_on"] == f"{case.received_on:%d.%m.%Y}"
        assert row["executor"] == (case.executor or NOTHING)
        assert row["channel"] == almaty().named("channels", "psc").name["ru"]
        assert not {"None", "nan", "NaT", "<NA>"} & set(map(str, row.values()))


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 day"), (12, "12 days"), (0, "due today"), (-3, "3 days left")]
)
def test_lateness_reads_as_days_late_or_left(request_for: Callable, days: int, words: str) -> None:
    assert case_list.lateness(request_for("/overdue", "?lang=en"), days) == words


def test_the_sentence_counts_what_the_list_lists(request_for: Callable, town: City) -> None:
    # Given
    here = request_for("/overdue", "?lang=en")
    late = case_list.page(here, Window()).total
    # When
    said = overdue.sentence(here, here.compute("overdue", "at_risk", "days_late"))
    # Then
    assert said.startswith(f"On 31 Dec 2013 {late} cases are past their due date.")


def test_the_sentence_without_late_cases_says_so(request_for: Callable, town: City) -> None:
    # Given
    here = request_for("/overdue", "?lang=en&as_of=1990-01-05")
    # When
    said = overdue.sentence(here, here.compute("overdue", "at_risk", "days_late"))
    # Then
    assert said == "On 5 Jan 1990 no case is past its due date."


def test_a_head_is_told_how_many_of_the_city_s_cases_are_theirs(
    request_for: Callable, town: City
) -> None:
    # Given
    here = request_for("/overdue", "?lang=en", screens.HEAD)
    late = [
        c
        for c in town.cases
        if c.clock == "service"
        and c.outcome != "rejected"
        and oracle.is_open(c, town.as_of)
        and c.due_on < town.as_of
    ]
    own = [c for c in late if c.service_point in screens.HEAD.service_points]
    # When
    said = str(overdue.layout(here))
    # Then
    assert len(late) > 0
    assert f"yours are {len(own)} of {len(late)} overdue" in said
    assert case_list.counts(here)["overdue"] == len(own)
    assert "yours are" not in str(overdue.layout(request_for("/overdue", "?lang=en")))

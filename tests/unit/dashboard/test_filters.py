"""The address is the state: what it says comes back the same, and nothing it says breaks a page."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import filters
from dashboard.filters import Filter, Problem
from etl.regulation.model import Category
from tests.support.questions import any_filters
from tests.support.regulations import small_town

REGULATION = small_town()
AS_OF = date(2013, 12, 31)
USUAL = Filter(
    as_of=AS_OF,
    period_from=date(2013, 11, 1),
    period_to=date(2013, 11, 30),
    clock="service",
)

days = st.dates(date(1900, 1, 1), date(2999, 12, 31))


def parse(query: dict[str, str]) -> tuple[Filter, list[Problem]]:
    return filters.parse(query, regulation=REGULATION, default_as_of=AS_OF)


def test_an_empty_query_is_everything_in_the_last_full_month() -> None:
    assert parse({}) == (USUAL, [])
    assert filters.default(regulation=REGULATION, as_of=AS_OF) == USUAL


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        (date(2013, 12, 31), date(2013, 11, 1), date(2013, 11, 30)),
        (date(2013, 12, 1), date(2013, 11, 1), date(2013, 11, 30)),
        (date(2014, 1, 1), date(2013, 12, 1), date(2013, 12, 31)),
        (date(2012, 3, 5), date(2012, 2, 1), date(2012, 2, 29)),
    ],
)
def test_the_last_full_month(as_of: date, first: date, last: date) -> None:
    assert filters.last_full_month(as_of) == (first, last)


@given(days)
def test_the_last_full_month_is_whole_and_ends_before_the_day(day: date) -> None:
    first, last = filters.last_full_month(day)
    assert first.day == 1
    assert (first.year, first.month) == (last.year, last.month)
    assert last.day == monthrange(last.year, last.month)[1]
    assert last < day <= last + timedelta(days=31)


@given(any_filters(REGULATION, days), st.booleans(), st.booleans())
def test_a_filter_comes_back_from_its_query(chosen: Filter, short: bool, pinned: bool) -> None:
    query = filters.to_query(
        chosen,
        regulation=REGULATION if short else None,
        default_as_of=AS_OF if pinned else None,
    )
    assert parse(dict(parse_qsl(query))) == (chosen, [])


def test_what_the_reader_works_out_is_left_out() -> None:
    assert filters.to_query(USUAL) == "as_of=2013-12-31&clock=service"
    assert filters.to_query(USUAL, regulation=REGULATION, default_as_of=AS_OF) == ""
    chosen = replace(USUAL, channels=("desk", "web"), period_from=date(2013, 10, 1))
    said = filters.to_query(chosen, regulation=REGULATION, default_as_of=AS_OF)
    assert said == "from=2013-10-01&channel=desk,web"


def test_a_code_may_hold_what_a_query_uses() -> None:
    odd = Category("a, b & 100%2C=?", REGULATION.categories[0].name, REGULATION.categories[0].name)
    regulation = replace(REGULATION, categories=(*REGULATION.categories, odd))
    chosen = replace(USUAL, categories=("families", odd.code))
    query = dict(parse_qsl(filters.to_query(chosen)))
    assert filters.parse(query, regulation=regulation, default_as_of=AS_OF) == (chosen, [])


def test_codes_come_in_the_regulation_s_order_each_once() -> None:
    found, problems = parse({"channel": "web, desk,web"})
    assert found.channels == ("desk", "web")
    assert problems == []


def test_an_unknown_code_is_named_and_left_out() -> None:
    found, problems = parse({"category": "families,dwarves", "clock": "sundial"})
    assert found == replace(USUAL, categories=("families",))
    assert problems == [Problem("clock", "sundial"), Problem("category", "dwarves")]


@pytest.mark.parametrize(
    "said",
    ["yesterday", "2013-02-30", "31.12.2013", "20131231", "2013-W52-2", "0001-01-01", "9999-12-31",
     "١٩٩٩-01-01"],
)  # fmt: skip
@pytest.mark.parametrize("key", ["as_of", "from", "to"])
def test_a_date_that_is_none_is_named_and_left_out(key: str, said: str) -> None:
    assert parse({key: said}) == (USUAL, [Problem(key, said)])


def test_a_period_that_ends_before_it_begins_is_named_and_left_out() -> None:
    found, problems = parse({"from": "2013-06-30", "to": "2013-06-01"})
    assert found == USUAL
    assert problems == [Problem("period", "2013-06-30/2013-06-01")]


def test_the_period_follows_the_as_of_date() -> None:
    found, _ = parse({"as_of": "2013-03-15"})
    assert (found.period_from, found.period_to) == (date(2013, 2, 1), date(2013, 2, 28))


@given(
    st.dictionaries(
        st.sampled_from(["as_of", "from", "to", "clock", "channel", "category", "service_point"])
        | st.text(),
        st.text() | st.sampled_from(["desk", "2013-01-01", "service", "desk,%", ",,,"]),
    )
)
def test_no_query_breaks_a_page(query: dict[str, str]) -> None:
    found, _ = parse(query)
    assert found.period_from <= found.period_to
    assert parse(dict(parse_qsl(filters.to_query(found)))) == (found, [])

"""The queue around the edges of its year and of its rows."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi import queue
from dashboard.kpi.register import Register
from dashboard.kpi.state import Queue


def entries(*rows: tuple[str, str, str | None, str | None, int]) -> Queue:
    frame = pd.DataFrame(
        rows, columns=["category", "registered_on", "removed_on", "reason", "n"]
    ).astype({"registered_on": "datetime64[s]", "removed_on": "datetime64[s]", "reason": "str"})
    return Queue.of(frame)


@pytest.mark.parametrize(
    ("as_of", "first_day_in"),
    [
        (date(2013, 12, 31), date(2013, 1, 1)),
        (date(2012, 2, 29), date(2011, 3, 1)),
        (date(2013, 2, 28), date(2012, 2, 29)),
    ],
)
def test_the_twelve_months_to_a_day(as_of: date, first_day_in: date) -> None:
    before = first_day_in.replace(year=first_day_in.year - 3, day=1).isoformat()
    inside = entries(("a", before, first_day_in.isoformat(), "housed", 1)).at(as_of)
    last_out = (pd.Timestamp(first_day_in) - pd.Timedelta(days=1)).date().isoformat()
    outside = entries(("a", before, last_out, "housed", 1)).at(as_of)
    assert queue.wait(inside, as_of, ["housed"]) is not None
    assert queue.wait(outside, as_of, ["housed"]) is None


def test_a_removal_is_out_of_the_queue_on_its_day_and_unknown_the_day_before() -> None:
    register = entries(("a", "2013-01-01", "2013-06-10", "housed", 3))
    for days in (Register.of(register).at, lambda day: Register.of(register.at(day))):
        assert queue.waiting(days(date(2013, 6, 9)), ["a"]) == {"total": 3, "a": 3}
        assert queue.waiting(days(date(2013, 6, 10)), ["a"]) == {"total": 0, "a": 0}


def test_a_removal_without_a_reason_counts_in_the_total_alone() -> None:
    register = entries(
        ("a", "2013-01-01", "2013-06-10", None, 2), ("a", "2013-01-01", "2013-06-11", "housed", 1)
    ).at(date(2013, 12, 31))
    june = (date(2013, 6, 1), date(2013, 6, 30))
    assert queue.left(Register.of(register), *june, ["housed", "moved"]) == {
        "total": 3,
        "housed": 1,
        "moved": 0,
    }


def test_clearance_needs_somebody_to_have_left() -> None:
    as_of = date(2013, 12, 31)
    still = ("a", "2013-01-01", None, None, 6)
    left = ("a", "2012-01-01", "2013-06-11", "housed", 4)
    assert queue.clearance(Register.of(entries(still, left)).at(as_of), as_of) == 1.5
    assert queue.clearance(Register.of(entries(still)).at(as_of), as_of) is None


DAYS_IN = st.dates(date(2000, 1, 1), date(2013, 12, 31))


@given(
    rows=st.lists(st.tuples(DAYS_IN, st.none() | DAYS_IN, st.integers(1, 5)), max_size=30),
    as_of=st.dates(date(2001, 1, 1), date(2014, 1, 1)),
)
def test_ages_are_birthdays_counted_one_by_one(
    rows: list[tuple[date, date | None, int]], as_of: date
) -> None:
    register = entries(
        *(("a", str(i), None if o is None else str(max(i, o)), None, n) for i, o, n in rows)
    )
    waited: Counter[int] = Counter()
    days = []
    for since, out, n in rows:
        gone = out is not None and max(since, out) <= as_of
        if since <= as_of and not gone:
            birthday = (as_of.month, as_of.day) >= (since.month, since.day)
            waited[as_of.year - since.year - (not birthday)] += n
            days += [(as_of - since).days] * n
    found = queue.waited(register.at(as_of), as_of)
    assert queue.ages(found, as_of) == {
        year: waited[year] for year in range(max(waited, default=-1) + 1)
    }
    assert queue.age(found) == (statistics.median(days) if days else None)

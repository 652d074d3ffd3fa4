"""Today is yesterday and what happened since; what breaks it is found by its day."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi.identities import BrokenDay, broken_days, broken_ledger

DAY = date(2013, 11, 1)


def days(offsets: list[int | None]) -> pd.Series:
    dates = [None if o is None else DAY + timedelta(days=o) for o in offsets]
    return pd.Series(dates, dtype="datetime64[s]")


def ones(rows: list[int]) -> pd.Series:
    return pd.Series(rows, dtype="int64")


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.none() | st.integers(0, 40), st.integers(1, 4)),
        max_size=20,
    )
)
def test_stays_that_end_after_they_begin_keep_the_identity(
    stays: list[tuple[int, int | None, int]],
) -> None:
    came = [start for start, _, _ in stays]
    went = [None if length is None else start + length for start, length, _ in stays]
    assert broken_days(days(came), days(went), ones([n for _, _, n in stays])) == []


def test_a_stay_that_ends_before_it_begins_breaks_it_on_both_days() -> None:
    found = broken_days(days([5, 0]), days([3, None]), ones([2, 1]))
    assert found == [
        BrokenDay(DAY + timedelta(days=3), expected=-1, found=1),
        BrokenDay(DAY + timedelta(days=5), expected=3, found=1),
    ]


def test_a_ledger_row_must_account_for_every_record() -> None:
    right = {"read": 9, "inserted": 4, "updated": 2, "unchanged": 1, "duplicate": 1, "rejected": 1}
    rows = pd.DataFrame([{"source": "a", **right}, {"source": "b", **right, "read": 10}])
    assert broken_ledger(rows)["source"].tolist() == ["b"]

"""Marks in shares: none lost, equal ones together, whatever part they came in."""

from __future__ import annotations

from operator import itemgetter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import spill
from etl.load import spool
from etl.load.spool import Spool

MARKS = st.lists(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 20), max_size=40), max_size=6)


@pytest.fixture(autouse=True)
def _small_shares_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_AT_ONCE", 5)
    monkeypatch.setattr(spill, "_IN_MEMORY", 100)


@given(MARKS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_mark_is_in_one_share_at_its_place(parts: list[list[int]]) -> None:
    whole = Spool()
    for part in parts:
        first = whole.size
        whole.add(np.array(part, dtype="uint64"), np.arange(first, first + len(part)))
    told = [mark for part in parts for mark in part]
    assert whole.size == len(told)
    shares = [(at.tolist(), marks.tolist()) for at, marks in whole.shares()]
    places = [place for at, marks in shares for place in zip(marks, at, strict=True)]
    assert sorted(places, key=itemgetter(0)) == sorted(places)
    found = sorted(place for at, marks in shares for place in zip(at, marks, strict=True))
    assert found == list(enumerate(told))
    of_share = [set(marks) for _, marks in shares]
    assert len(set().union(*of_share)) == sum(map(len, of_share))


def test_an_empty_spool_has_nothing_to_tell() -> None:
    assert [at.tolist() for at, _ in Spool().shares()] == [[]]

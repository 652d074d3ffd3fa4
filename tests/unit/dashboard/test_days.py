"""A day is read however people write it, and written in one way."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard import days
from tests.support.written_days import WRITTEN


@pytest.mark.parametrize("said", WRITTEN)
def test_a_day_is_read_as_people_write_it(said: str) -> None:
    assert days.read(said) == WRITTEN[said]


@pytest.mark.parametrize("said", [None, "", 5, ["01.03.2013"]])
def test_what_is_no_text_is_no_day(said: object) -> None:
    assert days.read(said) is None


@pytest.mark.parametrize("day", [date(2013, 3, 1), date(999, 12, 31), date(9999, 1, 1)])
def test_what_is_written_is_read_back(day: date) -> None:
    assert days.read(days.written(day)) == day

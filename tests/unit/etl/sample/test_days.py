"""The city's calendar, against dates published or counted by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.sample import days
from etl.sample.days import add, calendar_of, dated, due, first_day, last_full_month, number
from tests.support.regulations import almaty

CITY = calendar_of(almaty(), date(2013, 12, 31))


def _numbers(*texts: str) -> np.ndarray:
    return np.array([number(date.fromisoformat(text)) for text in texts])


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2013-07-31", "2013-09-02"),
        ("2013-09-13", "2013-10-16"),
        ("2013-11-15", "2013-12-18"),
        ("2013-12-02", "2014-01-06"),
        ("2013-07-12", "2013-08-12"),
        ("2013-04-04", "2013-05-04"),
    ],
)
def test_thirty_days_end_on_a_working_day(received: str, last: str) -> None:
    assert due(CITY, _numbers(received), almaty().clock()).tolist() == _numbers(last).tolist()


def test_thirty_days_across_a_leap_day() -> None:
    city = calendar_of(almaty(), date(2024, 6, 30))
    assert due(city, _numbers("2024-02-01"), almaty().clock()) == _numbers("2024-03-04")


def test_the_nth_open_day_starts_from_the_day_itself_or_the_next_open_one() -> None:
    week = np.array([10, 11, 12, 15])  # 13 and 14 are closed
    day = np.array([11, 11, 11, 13, 13])
    assert add(week, day, np.array([0, 1, 2, 0, 1])).tolist() == [11, 12, 15, 15, 15]


def test_centres_work_six_days_offices_five_and_nobody_on_a_holiday() -> None:
    saturday, working_saturday = _numbers("2013-11-16"), _numbers("2013-05-04")
    holiday, sunday = _numbers("2013-12-16"), _numbers("2013-11-17")
    assert np.isin(saturday, CITY.centres)
    assert not np.isin(saturday, CITY.offices)
    assert np.isin(working_saturday, CITY.offices)
    for closed in (holiday, sunday):
        assert not np.isin(closed, CITY.centres)
        assert not np.isin(closed, CITY.offices)


def test_the_commission_sits_twice_a_month_but_for_one_sitting_of_the_late_spell() -> None:
    past = [dated(d) for d in CITY.sittings.tolist() if CITY.first <= d <= CITY.as_of]
    months = {(d.year, d.month): 0 for d in past}
    for day in past:
        months[day.year, day.month] += 1
    lost = [month for month, sittings in months.items() if sittings == 1]
    assert set(months.values()) == {1, 2}
    assert len(lost) == 1
    assert number(date(*lost[0], 15)) in range(CITY.spell[0] - 15, CITY.spell[1] + 15)
    assert np.isin(CITY.sittings[CITY.sittings <= CITY.as_of], CITY.offices).all()


@given(st.dates(date(2003, 1, 1), date(2090, 12, 31)))
def test_24_full_months_lie_in_the_period_and_the_last_of_them_is_the_truths(as_of: date) -> None:
    first, last = last_full_month(as_of)
    assert first.day == 1
    assert last < as_of
    assert (last - first).days in range(27, 31)
    assert (as_of - last).days <= 31
    months = (first.year - first_day(as_of).year) * 12 + first.month - first_day(as_of).month
    assert months == 24
    assert first_day(as_of).day == 1


@pytest.mark.parametrize(
    ("day", "minutes"), [(date(2024, 2, 29), 360), (date(2024, 3, 1), 300), (date(2013, 7, 1), 360)]
)
def test_the_city_lived_six_hours_ahead_until_february_2024(day: date, minutes: int) -> None:
    assert days.utc_offset(almaty(), number(day)) == minutes

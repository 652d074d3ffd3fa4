"""Due dates and local dates, against dates published or counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.deadlines import WorkCalendar, due_dates, due_on, local_dates
from etl.regulation import Clock, HolidayCalendar
from tests.support.regulations import almaty

ALMATY = ZoneInfo("Asia/Almaty")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CLOCK = almaty().clock()
CALENDAR = WorkCalendar(almaty().calendar)  # shared: it keeps the years that it has worked out

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
clocks = st.builds(
    replace,
    st.just(CLOCK),
    limit=st.integers(1, 120),
    start_offset=st.sampled_from([0, 1]),
    day_type=st.sampled_from(["calendar", "working"]),
    roll_forward=st.booleans(),
)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2013-07-31", "2013-09-02"),  # a Saturday and a Sunday after Constitution Day
        ("2013-09-13", "2013-10-16"),  # a day off moved to Monday, then Kurban Ait
        ("2013-11-15", "2013-12-18"),  # a Sunday, then two days of Independence
        ("2013-12-02", "2014-01-06"),  # New Year, a moved day off, a weekend
        ("2013-07-12", "2013-08-12"),  # a Sunday
        ("2013-04-04", "2013-05-04"),  # a working Saturday: not moved
        ("2024-02-01", "2024-03-04"),  # across the 29th of February
    ],
)
def test_thirty_calendar_days_rolled_forward_by_the_kazakh_calendar(start: str, due: str) -> None:
    assert due_on(date.fromisoformat(start), CLOCK, CALENDAR) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("options", "due"),
    [
        ({}, "2013-05-13"),  # 03.05 + 8 = Saturday 11.05, moved to Monday
        ({"roll_forward": False}, "2013-05-11"),
        ({"start_offset": 0}, "2013-05-13"),  # Friday 10.05 is off: its day was worked on 04.05
        ({"start_offset": 0, "roll_forward": False}, "2013-05-10"),
        # 04, 06, 08, 13, 14, 15, 16, 17: 04.05 is worked; 07, 09, 10, 11 and 12 are off
        ({"day_type": "working"}, "2013-05-17"),
        ({"day_type": "working", "start_offset": 0}, "2013-05-16"),
    ],
)
def test_each_option_of_a_clock_counts_as_by_hand(options: dict[str, object], due: str) -> None:
    clock = replace(CLOCK, limit=8, **options)
    assert due_on(date(2013, 5, 3), clock, CALENDAR) == date.fromisoformat(due)


def test_a_limit_of_one_day_with_the_day_itself_counted_is_due_that_day() -> None:
    clock = replace(CLOCK, limit=1, start_offset=0)
    assert due_on(date(2013, 7, 31), clock, CALENDAR) == date(2013, 7, 31)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2013-05-04", True),  # Saturday worked for Friday 10.05
        ("2013-05-10", False),
        ("2013-12-28", True),  # Saturday worked for a day of the next year
        ("2014-01-03", False),
        ("2013-12-16", False),
        ("2013-07-13", False),
        ("2013-07-15", True),
    ],
)
def test_knows_moved_days_whatever_was_asked_before(day: str, *, working: bool) -> None:
    assert WorkCalendar(almaty().calendar).is_working(date.fromisoformat(day)) is working


def test_the_file_s_own_dates_correct_the_calendar() -> None:
    mourning, saturday = date(2013, 7, 15), date(2013, 7, 20)
    calendar = WorkCalendar(HolidayCalendar("KZ", frozenset({mourning}), frozenset({saturday})))
    assert not calendar.is_working(mourning)
    assert calendar.is_working(saturday)
    assert calendar.next_working(date(2013, 7, 13)) == date(2013, 7, 16)


def test_another_country_has_its_own_holidays() -> None:
    dutch = WorkCalendar(HolidayCalendar("NL", frozenset(), frozenset()))
    assert not dutch.is_working(date(2011, 6, 13))  # Whit Monday
    assert dutch.is_working(date(2011, 12, 16))  # Independence Day in Kazakhstan only


@given(start=days, clock=clocks)
def test_a_calendar_clock_is_never_due_before_its_days_have_passed(
    start: date, clock: Clock
) -> None:
    clock = replace(clock, day_type="calendar")
    last = start + timedelta(days=clock.limit - 1 + clock.start_offset)
    due = due_on(start, clock, CALENDAR)
    assert due >= last
    if not clock.roll_forward:
        assert due == last


@given(start=days, clock=clocks)
def test_a_rolled_date_is_the_first_working_day_from_the_last_day_on(
    start: date, clock: Clock
) -> None:
    unrolled = due_on(start, replace(clock, day_type="calendar", roll_forward=False), CALENDAR)
    rolled = due_on(start, replace(clock, day_type="calendar", roll_forward=True), CALENDAR)
    assert CALENDAR.is_working(rolled)
    between = [unrolled + timedelta(days=n) for n in range((rolled - unrolled).days)]
    assert not any(CALENDAR.is_working(day) for day in between)


@given(start=days, clock=clocks)
def test_working_days_are_counted_one_by_one(start: date, clock: Clock) -> None:
    clock = replace(clock, day_type="working")
    due = due_on(start, clock, CALENDAR)
    first = start + timedelta(days=clock.start_offset)
    counted = [first + timedelta(days=n) for n in range((due - first).days + 1)]
    assert sum(CALENDAR.is_working(day) for day in counted) == clock.limit
    assert CALENDAR.is_working(due)


@given(first=days, later=st.integers(0, 60), clock=clocks)
def test_who_starts_later_is_never_due_earlier(first: date, later: int, clock: Clock) -> None:
    second = min(first + timedelta(days=later), date(2100, 12, 31))
    assert due_on(first, clock, CALENDAR) <= due_on(second, clock, CALENDAR)


@settings(max_examples=30)
@given(starts=st.lists(st.none() | days, max_size=30), clock=clocks)
def test_a_column_of_starts_gives_the_due_date_of_each(
    starts: list[date | None], clock: Clock
) -> None:
    # Given days with gaps and repetitions, under an index of its own
    index = range(100, 100 + len(starts))
    column = pd.Series(pd.to_datetime(starts), index=index).astype("datetime64[s]")
    # When their due dates are computed
    due = due_dates(column, clock, CALENDAR)
    # Then each is that of its own start
    assert due.dtype == "datetime64[s]"
    assert list(due.index) == list(index)
    expected = [start and due_on(start, clock, CALENDAR) for start in starts]
    assert [None if pd.isna(d) else d.date() for d in due] == expected


def test_a_column_is_computed_once_a_distinct_day() -> None:
    class Counting(WorkCalendar):
        asked = 0

        def next_working(self, day: date) -> date:
            self.asked += 1
            return super().next_working(day)

    calendar = Counting(almaty().calendar)
    starts = pd.Series(pd.to_datetime(["2013-07-31", "2013-08-01"] * 500)).astype("datetime64[s]")
    due_dates(starts, CLOCK, calendar)
    assert calendar.asked == 2


def utc(*times: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(times), format="ISO8601")).astype("datetime64[us]")


def test_the_night_when_almaty_s_hour_before_midnight_came_twice() -> None:
    # 23:00-24:00 of 29.02.2024 came at UTC+6, from 17:00 UTC, and at UTC+5, from 18:00 UTC.
    times = utc("2024-02-29 16:59", "2024-02-29 17:30", "2024-02-29 18:30", "2024-02-29 19:00")
    assert list(local_dates(times, ALMATY).dt.strftime("%d.%m.%Y")) == [
        "29.02.2024",
        "29.02.2024",
        "29.02.2024",
        "01.03.2024",
    ]


def test_the_same_utc_hour_is_another_day_before_and_after_almaty_changed_its_offset() -> None:
    times = utc("2024-02-20 18:30", "2024-03-20 18:30")
    assert list(local_dates(times, ALMATY).dt.day) == [21, 20]


def test_summer_and_winter_time_in_amsterdam() -> None:
    times = utc(
        "2011-10-09 23:06:40.020",  # 01:06 on the 10th, in summer
        "2011-11-09 22:59:59",  # 23:59 on the 9th, in winter
        "2011-03-27 00:59:59",  # a second before the leap to summer time
        "2011-07-31 22:00:00",
    )
    assert list(local_dates(times, AMSTERDAM).dt.strftime("%m-%d")) == [
        "10-10",
        "11-09",
        "03-27",
        "08-01",
    ]


@settings(max_examples=30)
@given(
    times=st.lists(st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31))),
    zone=st.sampled_from([ALMATY, AMSTERDAM]),
)
def test_local_dates_agree_with_the_standard_library(
    times: list[datetime | None], zone: ZoneInfo
) -> None:
    column = pd.Series(times, dtype="datetime64[us]")
    found = local_dates(column, zone)
    assert found.dtype == "datetime64[s]"
    expected = [t and t.replace(tzinfo=UTC).astimezone(zone).date() for t in times]
    assert [None if pd.isna(d) else d.date() for d in found] == expected

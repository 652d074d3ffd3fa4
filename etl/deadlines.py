"""When a case is due, and on which local day a thing happened: the only place that knows either."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import holidays
import pandas as pd

from etl.regulation.model import Clock, HolidayCalendar

_ONE_DAY = timedelta(days=1)


class WorkCalendar:
    """The working days of a five-day week: holidays, moved days off, working Saturdays.

    They come from the library ``holidays``, a year at a time when first asked for, and are
    corrected by the dates that the regulation's file adds.
    """

    def __init__(self, calendar: HolidayCalendar) -> None:
        self._calendar = calendar
        self._years: dict[int, frozenset[date]] = {}

    def is_working(self, day: date) -> bool:
        if day.year not in self._years:
            self._years[day.year] = self._working_days(day.year)
        return day in self._years[day.year]

    def next_working(self, day: date) -> date:
        """The first working day from ``day`` on; ``day`` itself if it is one."""
        while not self.is_working(day):
            day += _ONE_DAY
        return day

    def _working_days(self, year: int) -> frozenset[date]:
        # The neighbours too: the Saturday worked for a day off in January is the old year's, and a
        # holiday at the turn of the year may be moved across it.
        country = holidays.country_holidays(
            self._calendar.country, years=(year - 1, year, year + 1), expand=False
        )
        first = date(year, 1, 1)
        days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
        listed = {day for day in days if country.is_working_day(day)}
        added = {day for day in self._calendar.extra_working_days if day.year == year}
        return frozenset((listed | added) - self._calendar.extra_holidays)


def due_on(start: date, clock: Clock, calendar: WorkCalendar) -> date:
    """The last day on which a case that started on ``start`` is in time under ``clock``."""
    if clock.day_type == "working":
        return _nth_working_day(start + clock.start_offset * _ONE_DAY, clock.limit, calendar)
    last = start + timedelta(days=clock.start_offset + clock.limit - 1)
    return calendar.next_working(last) if clock.roll_forward else last


def due_dates(starts: pd.Series, clock: Clock, calendar: WorkCalendar) -> pd.Series:
    """:func:`due_on` for a column of days, computed once a distinct day.

    ``starts``: datetime64, local dates at midnight, NaT allowed. Returns datetime64[s] with the
    same index, NaT where the start is.
    """
    due = {
        start: pd.Timestamp(due_on(start.date(), clock, calendar))
        for start in starts.dropna().unique()
    }
    return starts.map(due).astype("datetime64[s]")


def local_dates(utc: pd.Series, zone: ZoneInfo | str) -> pd.Series:
    """The local date of each naive UTC time, by the zone's own history of offsets.

    ``utc``: datetime64 without an offset, NaT allowed. Returns datetime64[s] at midnight with the
    same index.
    """
    local = utc.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    days: pd.Series = local.dt.normalize().astype("datetime64[s]")
    return days


def _nth_working_day(first: date, count: int, calendar: WorkCalendar) -> date:
    """The ``count``-th working day from ``first`` on, ``first`` counted if it is one."""
    day = calendar.next_working(first)
    for _ in range(count - 1):
        day = calendar.next_working(day + _ONE_DAY)
    return day

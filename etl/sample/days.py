"""Days of the city: who works when, when the commission sits, and when a case is due.

Days are counted from 1970-01-01, minutes from its midnight, both on the city's clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import holidays
import numpy as np
from numpy.typing import NDArray

from etl.regulation.model import Clock, Regulation
from etl.sample.parameters import (
    FULL_MONTHS,
    SITTING_DAYS,
    SPELL_ENDS_WEEKS_BEFORE,
    SPELL_WEEKS,
)

Ints = NDArray[np.int64]

EPOCH: Final = date(1970, 1, 1)
DAY: Final = 1440
NEVER: Final = 1 << 40  # later than any day or minute
HORIZON: Final = 500  # days after the as-of date that a case may still plan for
THURSDAY_1970: Final = 3  # 1970-01-01 was a Thursday


def number(day: date) -> int:
    """The day as a count."""
    return (day - EPOCH).days


def dated(day: int) -> date:
    """The count as a day."""
    return EPOCH + timedelta(days=int(day))


@dataclass(frozen=True)
class Days:
    """The calendar of a city as of one day. Every array is sorted."""

    as_of: int
    first: int  # of the period that applications fall in
    offices: Ints  # days on which the authority works: the working days of the law
    centres: Ints  # six days a week
    closed: Ints  # holidays and moved days off: nobody accepts anything
    sittings: Ints
    spell: tuple[int, int]  # the late spell: first day, day after the last

    @property
    def end(self) -> int:
        """The first minute that nobody has seen yet."""
        return (self.as_of + 1) * DAY


def calendar_of(regulation: Regulation, as_of: date) -> Days:
    """The calendar of ``regulation``'s city up to ``as_of`` and somewhat beyond."""
    first, last = number(regulation.data_from), number(as_of) + HORIZON
    every = np.arange(first, last + 1)
    years = range(dated(first).year, dated(last).year + 1)
    known = holidays.country_holidays(regulation.calendar.country, years=years)
    moved = getattr(known, "weekend_workdays", set()) | regulation.calendar.extra_working_days
    closed = _numbers({*known, *regulation.calendar.extra_holidays} - moved)
    weekday = (every + THURSDAY_1970) % 7
    free = np.isin(every, closed)
    offices = every[~free & ((weekday < 5) | np.isin(every, _numbers(moved)))]
    begins = number(first_day(as_of))
    ends = number(as_of) - 7 * SPELL_ENDS_WEEKS_BEFORE
    spell = (ends - 7 * SPELL_WEEKS, ends)
    return Days(
        as_of=number(as_of),
        first=begins,
        offices=offices,
        centres=every[~free & (weekday < 6)],
        closed=closed,
        sittings=_sittings(offices, begins, last, spell),
        spell=spell,
    )


def first_day(as_of: date) -> date:
    """The first day of the period: so many full months lie between it and ``as_of``."""
    months = as_of.year * 12 + as_of.month - 1 - FULL_MONTHS
    return date(months // 12, months % 12 + 1, 1)


def last_full_month(as_of: date) -> tuple[date, date]:
    """The last calendar month that had ended before ``as_of``: its first and its last day."""
    last = as_of.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def add(open_days: Ints, day: Ints, count: Ints | int) -> Ints:
    """The ``count``-th open day after each day; for 0 the day itself, or the next open one."""
    after = np.searchsorted(open_days, day, side="right") + count - 1
    same = np.searchsorted(open_days, day, side="left")
    place = np.where(np.asarray(count) == 0, same, after)
    return open_days[np.minimum(place, len(open_days) - 1)]


def due(days: Days, received: Ints, clock: Clock) -> Ints:
    """The last lawful day for what was received on each day. Calendar days only."""
    last = received + clock.limit - (1 - clock.start_offset)
    return add(days.offices, last, 0) if clock.roll_forward else last


def utc_offset(regulation: Regulation, day: int) -> int:
    """Minutes that the city's clocks are ahead of UTC at noon of that day."""
    noon = datetime.combine(dated(day), time(12), tzinfo=regulation.zone)
    return int((noon.utcoffset() or timedelta()).total_seconds() // 60)


def _numbers(days: set[date]) -> Ints:
    return np.array(sorted(number(d) for d in days), dtype=np.int64)


def _sittings(offices: Ints, first: int, last: int, spell: tuple[int, int]) -> Ints:
    """Twice a month, on the next working day after a day off; the spell costs one of them."""
    months = np.arange(np.datetime64(dated(first), "M"), np.datetime64(dated(last), "M"))
    begins = months.astype("datetime64[D]").astype(np.int64)
    planned = np.concatenate([begins + day - 1 for day in SITTING_DAYS])
    sittings = add(offices, np.sort(planned[planned < last - HORIZON // 2]), 0)
    lost = sittings[(sittings >= spell[0] + 7) & (sittings < spell[1])][:1]
    return np.setdiff1d(sittings, lost)

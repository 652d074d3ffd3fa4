"""Spans of the calendar that readers have names for."""

from __future__ import annotations

from datetime import date, timedelta


def month_of(day: date) -> tuple[date, date]:
    """First and last day of the month that a day lies in."""
    return day.replace(day=1), months_before(day, -1) - timedelta(days=1)


def is_month(first: date, last: date) -> bool:
    """Whether a period is one whole calendar month."""
    return (first, last) == month_of(first)


def is_year(first: date, last: date) -> bool:
    """Whether a period is one whole calendar year."""
    return (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31))


def months_before(day: date, months: int) -> date:
    """The first of the month ``months`` before that of ``day`` (after it, where negative)."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def month_earlier(day: date) -> date:
    """The same day a month before; the month's last where it has no such day."""
    first = months_before(day, 1)
    return min(first + timedelta(days=day.day - 1), day.replace(day=1) - timedelta(days=1))

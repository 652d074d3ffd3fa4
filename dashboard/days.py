"""A day as people write it, and back: DD.MM.YYYY whatever language the browser has."""

from __future__ import annotations

import re
from datetime import date

from dashboard.i18n import N_

PATTERN = N_("DD.MM.YYYY")  # how a day is written, as a hint in an empty field

_WRITTEN = re.compile(r"(\d{1,2})[.,/\- ]+(\d{1,2})[.,/\- ]+(\d{4}|\d{2})", re.ASCII)
_TOGETHER = re.compile(r"(\d{2})(\d{2})(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_CENTURY = 2000  # of a year that is written with two digits
_EARLIEST = 100  # year; JavaScript takes those before it for years of its own century


def written(day: date | None) -> str:
    """A day as a field shows it; "" for none."""
    return f"{day:%d.%m.}{day.year:04}" if day else ""


def read(said: object) -> date | None:
    """The day that somebody wrote: 31.12.2013, 31/12/13, 31 12 2013, 31122013, 2013-12-31; None
    where it is none. So does assets/dates.js."""
    text = said.strip() if isinstance(said, str) else ""
    if found := _ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := _WRITTEN.fullmatch(text) or _TOGETHER.fullmatch(text):
        day, month, year = found.groups()
    else:
        return None
    whole = int(year) + (_CENTURY if len(year) == 2 else 0)
    if whole < _EARLIEST:
        return None
    try:
        return date(whole, int(month), int(day))
    except ValueError:
        return None

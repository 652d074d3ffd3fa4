"""The address's query and one frozen Filter, each from the other: the address is the state.

Nothing here raises: what an address says wrongly is named as a Problem and left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlencode

from etl.regulation.model import Regulation

DIMENSIONS = {  # key of the query -> field of Filter, and list of the regulation
    "channel": "channels",
    "category": "categories",
    "service_point": "service_points",
}

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EARLIEST = date(1900, 1, 1)
_LATEST = date(2999, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which cases, when: state at ``as_of``, flows in [``period_from``, ``period_to``].

    The tuples hold codes of the regulation; an empty one lets everything through. ``known_at``: the
    version of the warehouse that is asked, the newest if None; no address says it.
    """

    as_of: date
    period_from: date
    period_to: date
    clock: str
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    service_points: tuple[str, ...] = ()
    known_at: int | None = None


@dataclass(frozen=True)
class Problem:
    """One thing in a query that was not understood: its key and the offending text.

    ``key`` is that of the query; ``period`` for a period that ends before it begins.
    """

    key: str
    value: str


def last_full_month(as_of: date) -> tuple[date, date]:
    """First and last day of the last calendar month that ended before ``as_of``."""
    end = as_of.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def default(*, regulation: Regulation, as_of: date) -> Filter:
    """Everything at ``as_of``, in the month that ended before it, by the headline's clock."""
    first, last = last_full_month(as_of)
    return Filter(as_of=as_of, period_from=first, period_to=last, clock=regulation.headline_clock)


def parse(
    query: Mapping[str, str], *, regulation: Regulation, default_as_of: date
) -> tuple[Filter, list[Problem]]:
    """The filter that a query means, and what in it was not understood (and left out)."""
    problems: list[Problem] = []
    as_of = _date(query, "as_of", default_as_of, problems)
    first, last = _period(query, as_of, problems)
    clock = _clock(query, regulation, problems)
    codes: dict[str, Any] = {
        field: _codes(query, key, regulation.codes(field), problems)
        for key, field in DIMENSIONS.items()
    }
    filter_ = Filter(as_of=as_of, period_from=first, period_to=last, clock=clock, **codes)
    return filter_, problems


def to_query(
    filter_: Filter, *, regulation: Regulation | None = None, default_as_of: date | None = None
) -> str:
    """The query (without ``?``) that ``parse`` reads back to the same filter.

    What the reader of the address works out anyway is left out: a period that is the last full
    month, and, where they are given, the regulation's headline clock and ``default_as_of``.
    """
    first, last = last_full_month(filter_.as_of)
    said = {
        "as_of": "" if filter_.as_of == default_as_of else filter_.as_of.isoformat(),
        "from": "" if filter_.period_from == first else filter_.period_from.isoformat(),
        "to": "" if filter_.period_to == last else filter_.period_to.isoformat(),
        "clock": "" if regulation and filter_.clock == regulation.headline_clock else filter_.clock,
        **{
            key: ",".join(map(escaped, getattr(filter_, field)))
            for key, field in DIMENSIONS.items()
        },
    }
    return urlencode({k: v for k, v in said.items() if v}, safe=",", quote_via=quote)


def _period(query: Mapping[str, str], as_of: date, problems: list[Problem]) -> tuple[date, date]:
    usual = last_full_month(as_of)
    first = _date(query, "from", usual[0], problems)
    last = _date(query, "to", usual[1], problems)
    if first <= last:
        return first, last
    problems.append(Problem("period", f"{first}/{last}"))
    return usual


def _date(query: Mapping[str, str], key: str, otherwise: date, problems: list[Problem]) -> date:
    said = _said(query, key)
    if not said:
        return otherwise
    day = _iso(said)
    if day is None:
        problems.append(Problem(key, said))
        return otherwise
    return day


def _iso(said: str) -> date | None:
    if not _ISO_DATE.fullmatch(said):
        return None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return day if _EARLIEST <= day <= _LATEST else None


def _clock(query: Mapping[str, str], regulation: Regulation, problems: list[Problem]) -> str:
    said = _said(query, "clock")
    if said and said not in regulation.codes("clocks"):
        problems.append(Problem("clock", said))
        return regulation.headline_clock
    return said or regulation.headline_clock


def _codes(
    query: Mapping[str, str], key: str, known: tuple[str, ...], problems: list[Problem]
) -> tuple[str, ...]:
    """The known codes that were asked for, in the regulation's order, each once."""
    asked = [unquote(part.strip()) for part in _said(query, key).split(",") if part.strip()]
    problems.extend(Problem(key, code) for code in dict.fromkeys(asked) if code not in known)
    return tuple(code for code in known if code in asked)


def _said(query: Mapping[str, str], key: str) -> str:
    return str(query.get(key) or "").strip()


def escaped(code: str) -> str:
    """A code that may stand between commas."""
    return code.replace("%", "%25").replace(",", "%2C")

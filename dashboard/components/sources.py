"""The sources by name, and how old their data is in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from dashboard import html
from dashboard.access import Permission
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.queries import Freshness

_NAMED_BY_ONE = 3  # so many sources of one day are named, more are counted
_KINDS: Mapping[str, str] = {
    "applications": N_("applications"),
    "cases": N_("cases"),
    "events": N_("events"),
    "register": N_("queue register"),
    "queue": N_("queue register"),
    "survey": N_("surveys"),
    "surveys": N_("surveys"),
}


def age_line(here: Context) -> html.P | None:
    """When the sources were last loaded, the newest first, and what waits in quarantine.

    None for a reader whose work has nothing to do with loads.
    """
    if not here.may(Permission.RUNS):
        return None
    t = here.t
    loads = sorted(here.freshness, key=lambda f: f.run_at, reverse=True)
    parts: list[Any] = [html.Span(t("Data:"))]
    for day, of_day in groupby(loads, key=lambda f: local(here, f.run_at).date()):
        parts += _of_day(here, day, list(of_day))
    waiting = sum(f.rejects for f in loads)
    if waiting:
        said = t.plural("{n} record not loaded", "{n} records not loaded", waiting)
        parts.append(html.Link(said, href=here.href("/data")))
    return html.P(parts, className="kz-age")


def loaded_when(here: Context) -> str:
    """Between which moments the sources were last loaded, as a sentence."""
    moments = [local(here, f.run_at) for f in here.freshness]
    if not moments:
        return here.t("No source has been loaded.")
    first, last = (here.t.date_time(moment) for moment in (min(moments), max(moments)))
    if first == last:
        return here.t("Age of the data: all sources loaded {moment}.", moment=last)
    return here.t(
        "Age of the data: sources loaded between {first} and {last}.", first=first, last=last
    )


def source_name(here: Context, code: str) -> str:
    """A source's name: that of the place, channel or kind its code tells, else as it was set."""
    for what in ("service_points", "channels"):
        if code in here.regulation.codes(what):
            return here.name(what, code)
    words = re.split(r"[_\-. ]+", code)
    for position, word in enumerate(words):
        if word in here.regulation.codes("service_points"):
            return here.name("service_points", word)
        if word in _KINDS:
            rest = " ".join(words[position + 1 :]).upper()
            return f"{here.t(_KINDS[word])} {rest}".strip()
    return code


def local(here: Context, moment: datetime) -> datetime:
    """A stored time (naive UTC) as the regulation's clocks show it."""
    return moment.replace(tzinfo=UTC).astimezone(here.regulation.zone)


def _of_day(here: Context, day: date, loads: list[Freshness]) -> list[html.Span]:
    """The sources of one day: few by name, more as their number and the oldest time."""
    if len(loads) <= _NAMED_BY_ONE:
        return [
            _said(source_name(here, f.source), _when(here, day, local(here, f.run_at)))
            for f in loads
        ]
    oldest = min(local(here, f.run_at) for f in loads)
    count = here.t.plural("{n} source", "{n} sources", len(loads))
    return [_said(count, _when(here, day, oldest))]


def _said(name: str, when: str) -> html.Span:
    return html.Span([name, " ", html.B(when)])


def _when(here: Context, day: date, moment: datetime) -> str:
    """ "today 06:10", "yesterday 18:00", or the date."""
    t = here.t
    words = {0: t("today"), 1: t("yesterday")}
    return f"{words.get((here.today - day).days) or t.date(day)} {moment:%H:%M}"

"""What one request asks for: who reads, which page, which filter, over which warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import flask
import pandas as pd
from sqlalchemy import Engine

from dashboard import access, filters, i18n, measures, queries
from dashboard.access import Permission, Reader, Scope
from dashboard.filters import Filter, Problem
from dashboard.i18n import Catalogue, Translator
from dashboard.kpi.small_numbers import in_fives, in_steps, of_fives
from dashboard.queries import Rebase
from dashboard.settings import Settings
from dashboard.targets import NO_TARGETS, Targets
from etl.regulation.model import Lang, Regulation, Text

LANGUAGE_COOKIE = "kezek-lang"
_EXTENSION = "kezek"
_SHORT = 64  # characters: whoever writes longer ones into an address fills no memory


@dataclass(frozen=True)
class House:
    """What every request of one application shares."""

    settings: Settings
    engine: Engine
    catalogues: Mapping[Lang, Catalogue]
    targets: Targets = NO_TARGETS

    def translator(self, lang: Lang) -> Translator:
        return Translator(self.catalogues[lang])


@dataclass(frozen=True)
class Context:
    """One request: pages read the filter, the regulation and the reader's language from it.

    ``reader``: who asks; None for nobody, who may see nothing. ``now`` is naive UTC, ``today`` the
    day in the regulation's zone. ``regulation`` is the one the warehouse was loaded under.
    ``problems`` are the parts of the address that made no sense and were left out of ``filter``.
    """

    house: House
    reader: Reader | None
    t: Translator
    path: str
    query: Mapping[str, str]
    regulation: Regulation
    now: datetime
    today: date
    default_as_of: date
    filter: Filter
    problems: tuple[Problem, ...] = ()

    @property
    def lang(self) -> Lang:
        return self.t.lang

    @property
    def engine(self) -> Engine:
        return self.house.engine

    @property
    def settings(self) -> Settings:
        return self.house.settings

    @property
    def scope(self) -> Scope:
        """Whose cases the reader may see one by one."""
        return access.case_scope(self.reader)

    def may(self, permission: Permission) -> bool:
        """Whether the reader may do what a permission names."""
        return self.reader is not None and self.reader.may(permission)

    @property
    def in_fives(self) -> bool:
        """Whether counts are told in fives, to readers who may not learn how few there are."""
        return not self.may(Permission.SMALL)

    def count(self, n: int) -> int:
        """A count of cases or entries as the reader may be told it."""
        return in_fives(n) if self.in_fives else n

    def share(self, part: int, whole: int) -> float | None:
        """``part`` of ``whole``, both as told; None of nothing, and where rounding falsifies it."""
        if self.in_fives:
            return of_fives(part, whole)
        return part / whole if whole else None

    def share_of(self, part: int, whole: int) -> float | None:
        """The same of exact counts, as the reader may be told it."""
        if self.in_fives:
            return in_steps(part, whole)
        return part / whole if whole else None

    def href(self, path: str | None = None, **changes: str | None) -> str:
        """The address of a page with this one's filter and language; None takes a key away.

        Keys that only the present page understands do not follow to another page.
        """
        query = dict(self.query if path in (None, self.path) else self.shared_query)
        query.update({k: v for k, v in changes.items() if v is not None})
        kept = {k: v for k, v in query.items() if changes.get(k, v) is not None}
        return (path or self.path) + to_search(kept)

    @cached_property
    def shared_query(self) -> dict[str, str]:
        """The part of the address that every page understands."""
        return {k: v for k, v in self.query.items() if k in SHARED_KEYS}

    @property
    def rebases(self) -> list[Rebase]:
        """From which months control charts begin anew."""
        return queries.rebases(self.engine)

    @property
    def freshness(self) -> list[queries.Freshness]:
        """How old each source's data is."""
        return queries.freshness(self.engine)

    def without(self, *keys: str) -> Context:
        """The same request with dimensions of the filter set to everything."""
        fields: dict[str, Any] = {filters.DIMENSIONS[key]: () for key in keys}
        return replace(self, filter=replace(self.filter, **fields))

    def compute(self, *keys: str, **changes: Any) -> dict[str, Any]:
        """Measures of this request's filter, or of it with ``changes`` to its fields."""
        return measures.compute(
            self.engine,
            self.regulation,
            replace(self.filter, **changes),
            at_risk_days=self.settings.at_risk_days,
            min_answers=self.settings.min_answers,
            keys=keys,
            in_fives=self.in_fives,
        )

    def compute_by(self, by: measures.By, *keys: str, **changes: Any) -> list[dict[str, Any]]:
        """A row of measures for each month, channel, category or service point."""
        return measures.compute_by(
            self.engine,
            self.regulation,
            replace(self.filter, **changes),
            by=by,
            at_risk_days=self.settings.at_risk_days,
            min_answers=self.settings.min_answers,
            keys=keys,
            in_fives=self.in_fives,
        )

    def monthly(self, *keys: str, **changes: Any) -> pd.DataFrame:
        """The last 24 full months before the as-of date, whatever the filter's period."""
        return measures.monthly(
            self.engine,
            self.regulation,
            replace(self.filter, **changes),
            at_risk_days=self.settings.at_risk_days,
            min_answers=self.settings.min_answers,
            keys=keys,
            in_fives=self.in_fives,
        )

    def name(self, what: str, code: str) -> str:
        """The reader's name of a channel, category, service point, outcome, reason or step."""
        return named(self.regulation, what, code, self.lang)


SHARED_KEYS = ("lang", "as_of", "from", "to", "clock", "channel", "category", "service_point")


def named(regulation: Regulation, what: str, code: str, lang: Lang) -> str:
    """The short name where there is one, else the name; "–" for a code that the file dropped."""
    try:
        member = regulation.steps[code] if what == "steps" else regulation.named(what, code)
    except KeyError:
        return i18n.NOTHING
    text: Text = getattr(member, "short", member.name)
    return text[lang]


def install(server: flask.Flask, house: House) -> None:
    """Make ``house`` the one that requests to this server see."""
    server.extensions[_EXTENSION] = house


def house() -> House:
    """The house of the application that answers the present request."""
    found: House = flask.current_app.extensions[_EXTENSION]
    return found


def parse_search(search: object) -> dict[str, str]:
    """The query of an address ("?a=1&b=2") as a dict; the last of repeated keys wins.

    Nothing where it is no text; parts that no database keeps as text (NUL) are left out.
    """
    said = search.lstrip("?") if isinstance(search, str) else ""
    return {k: v for k, v in parse_qsl(said, errors="replace") if "\x00" not in k + v}


def to_search(query: Mapping[str, str]) -> str:
    """The query of an address as the location holds it: "?a=1", or "" where there is none."""
    return "?" + "&".join(f"{_quoted(k)}={_quoted(v)}" for k, v in query.items()) if query else ""


def _quoted(text: str) -> str:
    """A key or a value in an address: the links of one page say the same few again and again."""
    return _known(text) if len(text) <= _SHORT else quote_plus(text, safe=",")


@lru_cache(maxsize=4096)
def _known(text: str) -> str:
    return quote_plus(text, safe=",")


def reader_language(query: Mapping[str, str]) -> Lang:
    """The language of the present request's reader."""
    request = flask.request
    return i18n.choose(
        asked=query.get("lang"),
        cookie=request.cookies.get(LANGUAGE_COOKIE),
        accepted=request.accept_languages.values(),
        default=house().settings.language,
    )


def now(settings: Settings, regulation: Regulation) -> datetime:
    """The present moment where the regulation is in force, or the end of the day that was set."""
    if settings.today:
        return datetime.combine(settings.today, time.max, tzinfo=regulation.zone)
    return datetime.now(regulation.zone)


def current(path: object, search: object) -> Context | None:
    """The context of the present request for an address; None while nothing has been loaded.

    A page's callback calls this with the location's ``pathname`` and ``search``.
    """
    query = parse_search(search)
    lang = reader_language(query)
    return of(house(), access.reader(), path, query, lang)


def of(
    inside: House, reader: Reader | None, path: object, query: Mapping[str, str], lang: Lang
) -> Context | None:
    """The same of what any reader asks for; None while nothing has been loaded."""
    engine = inside.engine
    regulation = queries.once(("regulation", engine), lambda: queries.remembered_regulation(engine))
    if regulation is None:
        return None
    moment = now(inside.settings, regulation)
    day = moment.date()
    as_of = queries.once(("default as-of", engine, day), lambda: queries.default_as_of(engine, day))
    chosen, problems = filters.parse(query, regulation=regulation, default_as_of=as_of)
    return Context(
        house=inside,
        reader=reader,
        t=inside.translator(lang),
        path=path if isinstance(path, str) and path else "/",
        query=query,
        regulation=regulation,
        now=moment.astimezone(UTC).replace(tzinfo=None),
        today=day,
        default_as_of=as_of,
        filter=chosen,
        problems=tuple(problems),
    )

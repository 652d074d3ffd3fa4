"""A regulation as frozen data: what the code may ask of a city's rules.

Everything here comes from one TOML file (``data/regulation/*.toml``); nothing is a constant in
code.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, NoReturn
from zoneinfo import ZoneInfo

Lang = Literal["kk", "ru", "en"]
LANGUAGES: tuple[Lang, ...] = ("kk", "ru", "en")


@dataclass(frozen=True)
class Text:
    """One text in the three languages of the house."""

    kk: str
    ru: str
    en: str

    def __getitem__(self, lang: Lang) -> str:
        return {"kk": self.kk, "ru": self.ru, "en": self.en}[lang]


@dataclass(frozen=True)
class Actor:
    code: str
    name: Text


@dataclass(frozen=True)
class Step:
    """A numbered process or condition of the regulation.

    ``next`` are the codes of the steps that may follow; ``outcomes`` are not empty where the way
    may end here. A condition leaves no event of its own in most systems.
    """

    code: str
    channels: tuple[str, ...]
    kind: Literal["process", "condition"]
    actor: str
    name: Text
    item: str
    start: bool
    next: tuple[str, ...]
    outcomes: tuple[str, ...]


@dataclass(frozen=True)
class Channel:
    code: str
    name: Text
    item: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Clock:
    """A time limit: which steps start and stop it, and how its days are counted.

    ``start_offset`` 1: the day after the start is day 1; 0: the day of the start is.
    ``records``: a case's own start and stop dates, where its source gives them, are this clock's.
    """

    code: str
    name: Text
    item: str
    starts: frozenset[str]
    stops: frozenset[str]
    limit: int
    start_offset: Literal[0, 1]
    day_type: Literal["calendar", "working"]
    roll_forward: bool
    records: bool


@dataclass(frozen=True)
class Category:
    code: str
    name: Text
    short: Text


@dataclass(frozen=True)
class Outcome:
    """``kind``: decided (on the merits), returned (incomplete), rejected (never received)."""

    code: str
    name: Text
    kind: Literal["decided", "returned", "rejected"]


@dataclass(frozen=True)
class Reason:
    """Why somebody left the queue. ``housed``: it counts as a wait that ended with a home."""

    code: str
    name: Text
    housed: bool


@dataclass(frozen=True)
class ServicePoint:
    """Where applications come in: an office, a centre or the portal."""

    code: str
    name: Text
    short: Text
    channel: str | None  # null: a place that serves every channel
    address: Text | None
    telephone: str | None
    hours: str | None
    district: Text | None
    surveys: bool  # its staff enter survey forms


@dataclass(frozen=True)
class Answer:
    value: int
    name: Text


@dataclass(frozen=True)
class Question:
    code: str
    text: Text
    short: Text


@dataclass(frozen=True)
class Survey:
    """The questionnaire. ``satisfied``, ``partly``, ``not_satisfied``: values of its answers."""

    title: Text
    item: str
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    satisfied: int
    partly: int
    not_satisfied: int


@dataclass(frozen=True)
class HolidayCalendar:
    """Which days are working days: a country of the library ``holidays``, corrected by dates."""

    country: str
    extra_holidays: frozenset[date]
    extra_working_days: frozenset[date]


@dataclass(frozen=True)
class Regulation:
    id: str
    title: Text
    city: Text
    adopted_on: date
    in_force_from: date
    in_force_to: date | None
    data_from: date  # nothing that counts happened before it: an earlier date is a mistake
    timezone: str
    calendar: HolidayCalendar
    headline_clock: str
    actors: tuple[Actor, ...]
    channels: tuple[Channel, ...]
    clocks: tuple[Clock, ...]
    categories: tuple[Category, ...]
    outcomes: tuple[Outcome, ...]
    reasons: tuple[Reason, ...]
    service_points: tuple[ServicePoint, ...]
    survey: Survey | None
    sha256: str  # of the file's text
    toml: str  # the file's text, kept with what was loaded under it
    service: Text | None = None  # what the service is called, as the survey's form asks for it
    languages: tuple[Lang, ...] = LANGUAGES  # the first is the one that it was adopted in

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def steps(self) -> MappingProxyType[str, Step]:
        """Every step by its code."""
        return MappingProxyType({s.code: s for c in self.channels for s in c.steps})

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: the fields; what follows from them it works out itself."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def clock(self, code: str | None = None) -> Clock:
        """The clock of that code, or the headline's. Raises KeyError for an unknown code."""
        wanted = code or self.headline_clock
        return next((c for c in self.clocks if c.code == wanted), None) or _missing(wanted)

    def codes(self, what: str) -> tuple[str, ...]:
        """The codes of ``channels``, ``categories``, ``service_points``… in the file's order."""
        return tuple(x.code for x in getattr(self, what))

    def named(self, what: str, code: str) -> Any:
        """The member of ``what`` with that code. Raises KeyError for an unknown code."""
        return next((x for x in getattr(self, what) if x.code == code), None) or _missing(code)


def _missing(code: str) -> NoReturn:
    raise KeyError(code)

"""Regulations for tests: Almaty's own, and a small one made by hand that needs no file."""

from __future__ import annotations

from datetime import date
from functools import cache

from dashboard.settings import DEFAULT_REGULATION
from etl import regulation as regulations
from etl.regulation.model import (
    Actor,
    Answer,
    Category,
    Channel,
    Clock,
    HolidayCalendar,
    Outcome,
    Question,
    Reason,
    Regulation,
    ServicePoint,
    Step,
    Survey,
    Text,
)


@cache
def almaty() -> Regulation:
    """The regulation that comes with the project, as loaded from its file."""
    return regulations.load(DEFAULT_REGULATION)


@cache
def small_town() -> Regulation:
    """Two channels, two clocks, two categories, three offices; the mall serves every channel."""
    return Regulation(
        id="small-town",
        title=_text("Rules of a small town"),
        city=_text("Smalltown"),
        adopted_on=date(2012, 1, 1),
        in_force_from=date(2012, 1, 1),
        in_force_to=None,
        data_from=date(2000, 1, 1),
        timezone="Asia/Almaty",
        calendar=HolidayCalendar("KZ", frozenset(), frozenset()),
        headline_clock="service",
        actors=(Actor("clerk", _text("clerk")),),
        channels=(_channel("desk"), _channel("web")),
        clocks=(_clock("service", "start", "end", 30), _clock("commission", "review", "end", 20)),
        categories=tuple(Category(c, _text(c), _text(c)) for c in ("families", "veterans")),
        outcomes=(
            Outcome("registered", _text("registered"), "decided"),
            Outcome("refused", _text("refused"), "decided"),
            Outcome("returned", _text("returned"), "returned"),
            Outcome("rejected", _text("rejected"), "rejected"),
        ),
        reasons=(
            Reason("housed", _text("housed"), housed=True),
            Reason("moved_away", _text("moved away"), housed=False),
        ),
        service_points=(_place("hall", "desk"), _place("site", "web"), _place("mall", None)),
        survey=Survey(
            title=_text("Survey"),
            item="10",
            questions=tuple(Question(q, _text(q), _text(q)) for q in ("q1", "q2")),
            answers=tuple(Answer(v, _text(str(v))) for v in (1, 2, 3)),
            satisfied=3,
            partly=2,
            not_satisfied=1,
        ),
        sha256="0" * 64,
        toml="",
    )


def _text(words: str) -> Text:
    return Text(kk=f"{words} (kk)", ru=f"{words} (ru)", en=words)


def _channel(code: str) -> Channel:
    ends = ("registered", "refused", "returned", "rejected")
    plan = (("start", ("review",), ()), ("review", ("end",), ()), ("end", (), ends))
    steps = tuple(
        Step(
            code=f"{code}-{name}",
            channels=(code,),
            kind="process",
            actor="clerk",
            name=_text(name),
            item="1",
            start=name == "start",
            next=_next(code, after),
            outcomes=outcomes,
        )
        for name, after, outcomes in plan
    )
    return Channel(code, _text(code), "1", steps)


def _next(code: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{code}-{name}" for name in names)


def _clock(code: str, start: str, stop: str, limit: int) -> Clock:
    return Clock(
        code=code,
        name=_text(code),
        item="2",
        starts=frozenset(_next("desk", (start,)) + _next("web", (start,))),
        stops=frozenset(_next("desk", (stop,)) + _next("web", (stop,))),
        limit=limit,
        start_offset=1,
        day_type="calendar",
        roll_forward=False,
        records=code == "service",
    )


def _place(code: str, channel: str | None) -> ServicePoint:
    return ServicePoint(
        code, _text(code), _text(code), channel, None, None, None, None, surveys=True
    )

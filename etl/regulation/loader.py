"""From the text of a regulation's file to the frozen :class:`Regulation`, or to its faults."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from etl.errors import KezekError
from etl.regulation import checks
from etl.regulation.model import (
    LANGUAGES,
    Actor,
    Answer,
    Category,
    Channel,
    Clock,
    HolidayCalendar,
    Lang,
    Outcome,
    Question,
    Reason,
    Regulation,
    ServicePoint,
    Step,
    Survey,
)
from etl.regulation.reader import Faults, Node, suggestion


def load(path: Path) -> Regulation:
    """The regulation in the file at ``path``.

    Raises KezekError if the file cannot be read, is not TOML, or contradicts itself: then the
    message lists each fault on its own line as ``key: reason``.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise KezekError(f"Cannot read the regulation {path}: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise KezekError(
            f"The regulation {path} is not UTF-8 (byte {error.start}); save it as UTF-8."
        ) from None
    return parse(text, name=str(path))


def parse(toml_text: str, *, name: str) -> Regulation:
    """The regulation that ``toml_text`` describes; ``name`` stands for it in messages.

    Raises KezekError as :func:`load` does.
    """
    try:
        document = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as error:
        raise KezekError(f"The regulation {name} is not TOML: {error}.") from None
    faults = Faults()
    root = Node(document, (), faults)
    regulation = _regulation(root, toml_text)
    root.close()
    checks.check(regulation, faults)
    if faults.found:
        lines = "".join(f"\n  {key}: {reason}" for key, reason in faults.found)
        raise KezekError(f"The regulation {name} cannot be used; mend:{lines}")
    return regulation


def _regulation(root: Node, toml_text: str) -> Regulation:
    channels = _channels(root)
    return Regulation(
        id=root.string("id"),
        title=root.text("title"),
        city=root.text("city"),
        adopted_on=root.day("adopted_on"),
        in_force_from=root.day("in_force_from"),
        in_force_to=root.optional_day("in_force_to"),
        data_from=root.day("data_from"),
        timezone=root.string("timezone"),
        calendar=_calendar(root.table("calendar")),
        headline_clock=root.string("headline_clock"),
        actors=tuple(Actor(code, name) for code, name in root.texts("actors")),
        channels=channels,
        clocks=_clocks(root),
        categories=tuple(
            Category(code=code, name=node.text("name"), short=node.text("short"))
            for code, node in root.tables("categories")
        ),
        outcomes=tuple(_outcome(code, node) for code, node in root.tables("outcomes")),
        reasons=tuple(
            Reason(code=code, name=node.text("name"), housed=node.boolean("housed", False))
            for code, node in root.tables("reasons")
        ),
        service_points=tuple(_service_point(c, node) for c, node in root.tables("service_points")),
        survey=_survey(root.table("survey")) if root.has("survey") else None,
        sha256=hashlib.sha256(toml_text.encode()).hexdigest(),
        toml=toml_text,
        service=root.optional_text("service"),
        languages=_languages(root),
    )


def _languages(root: Node) -> tuple[Lang, ...]:
    named = root.strings("languages")
    if named and sorted(named) != sorted(LANGUAGES):
        root.fault("languages", f"must name {', '.join(LANGUAGES)}, each once, in any order")
    return tuple(lang for code in named for lang in LANGUAGES if lang == code)


def _calendar(node: Node) -> HolidayCalendar:
    return HolidayCalendar(
        country=node.string("country"),
        extra_holidays=node.days("extra_holidays"),
        extra_working_days=node.days("extra_working_days"),
    )


def _channels(root: Node) -> tuple[Channel, ...]:
    nodes = dict(root.tables("channels"))
    steps = [_step(code, node, tuple(nodes)) for code, node in root.tables("steps")]
    return tuple(
        Channel(
            code=code,
            name=node.text("name"),
            item=node.string("item"),
            steps=tuple(step for step in steps if code in step.channels),
        )
        for code, node in nodes.items()
    )


def _step(code: str, node: Node, channels: tuple[str, ...]) -> Step:
    named = node.strings("channels") if node.has("channels") else channels
    for channel in named:
        if channel not in channels:
            node.fault("channels", f"no channel {channel}{suggestion(channel, channels)}")
    return Step(
        code=code,
        channels=named,
        kind=node.choice("kind", ("process", "condition"), "process"),
        actor=node.string("actor"),
        name=node.text("name"),
        item=node.string("item"),
        start=node.boolean("start", False),
        next=node.strings("next", required=False),
        outcomes=node.strings("outcomes", required=False),
    )


def _clocks(root: Node) -> tuple[Clock, ...]:
    nodes = list(root.tables("clocks"))
    return tuple(_clock(code, node, alone=len(nodes) == 1) for code, node in nodes)


def _clock(code: str, node: Node, *, alone: bool) -> Clock:
    return Clock(
        code=code,
        name=node.text("name"),
        item=node.string("item"),
        starts=frozenset(node.strings("starts")),
        stops=frozenset(node.strings("stops")),
        limit=node.integer("limit", fallback=1),
        start_offset=node.choice("start_offset", (0, 1)),
        day_type=node.choice("day_type", ("calendar", "working")),
        roll_forward=node.boolean("roll_forward"),
        records=node.boolean("records", alone),
    )


def _outcome(code: str, node: Node) -> Outcome:
    return Outcome(
        code=code,
        name=node.text("name"),
        kind=node.choice("kind", ("decided", "returned", "rejected")),
    )


def _service_point(code: str, node: Node) -> ServicePoint:
    return ServicePoint(
        code=code,
        name=node.text("name"),
        short=node.text("short"),
        channel=node.optional_string("channel"),
        address=node.optional_text("address"),
        telephone=node.optional_string("telephone"),
        hours=node.optional_string("hours"),
        district=node.optional_text("district"),
        surveys=node.boolean("surveys", False),
    )


def _survey(node: Node) -> Survey:
    return Survey(
        title=node.text("title"),
        item=node.string("item"),
        questions=tuple(
            Question(code=code, text=question.text("text"), short=question.text("short"))
            for code, question in node.tables("questions")
        ),
        answers=tuple(
            Answer(value=answer.integer("value", fallback=0), name=answer.text("name"))
            for answer in node.items("answers")
        ),
        satisfied=node.integer("satisfied", fallback=0),
        partly=node.integer("partly", fallback=0),
        not_satisfied=node.integer("not_satisfied", fallback=0),
    )

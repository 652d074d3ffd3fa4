"""What the portal and the authority's system write to one another about one application."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from etl.sample.batches import COLUMNS
from etl.sample.days import DAY, NEVER
from etl.sample.parameters import STEPS

Kind = Literal["REQUEST", "UPDATE", "RESPONSE"]
CODES: Final = STEPS["portal"]
_SESSION: Final = (0, 1, 3, 4, 5)  # the steps that the application itself tells of
_REFUSED_ENTRY: Final = 2
_RETURNED: Final = COLUMNS["portal"].returned
_CERTIFICATE, _COMMISSION, _RESULT = 7, 8, COLUMNS["portal"].decided
STRANGE_STEP: Final = "E-P12"  # a later version of the system has more steps
STRANGE_OUTCOME: Final = "archived"
STRANGE_CATEGORY: Final = "large_family"
IDS: Final = 8  # at most so many messages, redeliveries apart


@dataclass(frozen=True)
class Message:
    """One message. ``events``: step and minute. ``spoilt``: what is wrong with its last time."""

    kind: Kind
    message_id: str
    correlation_id: str
    minute: int
    events: tuple[tuple[str, int], ...] = ()
    category: str = ""
    iin: str = ""
    outcome: str = ""
    queue_number: str = ""
    synchronous: bool = False
    delay: int = 0  # minutes: a redelivery passes so much later
    spoilt: str = ""
    dirt: str = ""  # the rule that a right contract finds broken


@dataclass(frozen=True)
class Application:
    """One application. ``steps``: minutes by E-P number, NEVER for what has not happened."""

    steps: Sequence[int]
    category: str
    iin: str
    outcome: str
    queue_number: str
    ids: Sequence[str]
    synchronous: bool
    dirt: str
    how: int


def conversation(case: Application) -> list[Message]:
    """Its messages in their order, with the dirt that is planted in them."""
    messages = _refused_entry(case) if case.steps[_REFUSED_ENTRY] < NEVER else _application(case)
    if case.dirt == "unknown_category":
        first = replace(messages[0], category=STRANGE_CATEGORY, dirt=case.dirt)
        return [first, *(replace(m, dirt="case_rejected") for m in messages[1:])]
    if case.dirt == "duplicate":
        again = messages[case.how % len(messages)]
        return [*messages, replace(again, delay=1 + case.how % 700, dirt="duplicate")]
    if case.dirt in _SPOILT_IN_PLACE:
        return _spoilt(messages, case.dirt)
    return [*messages, _extra(case, messages[0])] if case.dirt else messages


_SPOILT_IN_PLACE: Final = frozenset({"iin_check", "step_order", "unknown_outcome"})


def _spoilt(messages: list[Message], dirt: str) -> list[Message]:
    """The IIN is spoilt already; the signature may be left out, the outcome unheard of."""
    if dirt == "unknown_outcome":
        return [*messages[:-1], replace(messages[-1], outcome=STRANGE_OUTCOME, dirt=dirt)]
    first = messages[0]
    kept = tuple(e for e in first.events if dirt != "step_order" or e[0] != CODES[4])
    return [replace(first, events=kept, dirt=dirt), *messages[1:]]


def _refused_entry(case: Application) -> list[Message]:
    """Authentication failed: the answer comes at once, on the synchronous channel."""
    request = Message(
        "REQUEST",
        case.ids[0],
        "",
        case.steps[1],
        _events(case, (0, 1)),
        category=case.category,
        iin=case.iin,
        synchronous=True,
    )
    answer = _reply(case, 1, "RESPONSE", (_REFUSED_ENTRY,), outcome="rejected")
    return [request, replace(answer, minute=case.steps[_REFUSED_ENTRY], synchronous=True)]


def _application(case: Application) -> list[Message]:
    request = Message(
        "REQUEST",
        case.ids[0],
        "",
        case.steps[5],
        _events(case, _SESSION),
        category=case.category,
        iin=case.iin,
        synchronous=case.synchronous,
    )
    messages = [request]
    for at, step in enumerate((_CERTIFICATE, _COMMISSION), start=1):
        if case.steps[step] < NEVER:
            messages.append(_reply(case, at, "UPDATE", (step,)))
    for step in (_RETURNED, _RESULT):
        if case.steps[step] < NEVER:
            result = _reply(case, 3, "RESPONSE", (step,), outcome=case.outcome)
            messages.append(replace(result, queue_number=case.queue_number))
    return messages


def _extra(case: Application, request: Message) -> Message:
    """One message more than there should be."""
    minute = request.minute + 2 + case.how % 8
    stray = Message("UPDATE", case.ids[4], request.message_id, minute, dirt=case.dirt)
    said = replace(stray, events=((CODES[_CERTIFICATE], minute),))
    match case.dirt:
        case "missing_key":
            return replace(said, correlation_id="")
        case "unknown_case":
            return replace(said, correlation_id=case.ids[5])
        case "unknown_step":
            return replace(stray, events=((STRANGE_STEP, minute),))
        case "event_after_result":
            late = case.steps[_RESULT] + (1 + case.how % 3) * DAY
            return replace(stray, minute=late, events=((CODES[_COMMISSION], late),))
        case _:
            return replace(said, spoilt=case.dirt)


def _reply(
    case: Application, at: int, kind: Kind, steps: Sequence[int], outcome: str = ""
) -> Message:
    """From the authority's system, a few minutes after the last of its events."""
    minute = case.steps[steps[-1]] + 1 + case.how % 9
    return Message(kind, case.ids[at], case.ids[0], minute, _events(case, steps), outcome=outcome)


def _events(case: Application, steps: Sequence[int]) -> tuple[tuple[str, int], ...]:
    return tuple((CODES[s], case.steps[s]) for s in steps)

"""What happened to the rows of the marts between two days, one kind of event after the other.

Each step takes up where the one before it ended, and the last one ends at the later day: what the
steps do to a count adds up to its difference between the days. First comes what was done, by the
calendar of the earlier day; then the calendar itself moves. So a case that was due between the days
and finished before that never shows as overdue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

import numpy as np

from dashboard.kpi.state import Answers, Cases, Mask, Queue, during, number

KINDS = (
    *("received", "decided", "left", "result_known", "fell_due", "came_near"),
    *("joined_queue", "left_queue", "answered"),
)

R = TypeVar("R", Cases, Queue, Answers)


@dataclass(frozen=True)
class Step(Generic[R]):
    """The rows that one kind of event concerns, before it and after it.

    ``then_on``, ``now_on``: by which day's calendar they are late or not.
    """

    kind: str
    then: R
    now: R
    then_on: date
    now_on: date

    @property
    def size(self) -> int:
        """How many cases, entries or answers it concerns."""
        return int(self.now.n.sum())


def of_cases(cases: Cases, start: date, end: date, *, soon: int) -> Iterator[Step[Cases]]:
    """``received``, ``decided``, ``left`` (finished without a decision, or none known yet) and
    ``result_known`` (of one that had finished before); then, of all those, ``fell_due`` and
    ``came_near`` (in progress and due within ``soon`` days now, but not then).

    A case that was received and decided between the days is in both steps.
    """
    late = cases.at(end)
    early = late.until(start)
    came, stopped = (_between(days, start, end) for days in (late.received, late.stopped))
    told = ~stopped & _between(late.known, start, end)
    done = {"decided": stopped & late.decided, "left": stopped & ~late.decided}
    yield Step("received", early.only(_none(came)), early.only(came), start, start)
    for kind, mask in {**done, "result_known": told}.items():
        yield Step(kind, early.only(mask), late.only(mask), start, start)
    first, last = number(start), number(end)
    fell = (late.due >= first) & (late.due < last)
    near = late.open & (late.due >= last) & (late.due > first + soon) & (late.due <= last + soon)
    for kind, mask in {"fell_due": fell, "came_near": near}.items():
        yield Step(kind, late.only(mask), late.only(mask), start, end)


def of_queue(queue: Queue, start: date, end: date) -> Iterator[Step[Queue]]:
    """``joined_queue``, then ``left_queue``; an entry may have done both between the days."""
    late = queue.only(queue.registered <= number(end)).until(end)
    early = late.until(start)
    came, gone = (_between(days, start, end) for days in (late.registered, late.removed))
    yield Step("joined_queue", early.only(_none(came)), early.only(came), start, start)
    yield Step("left_queue", early.only(gone), late.only(gone), start, start)


def of_survey(answers: Answers, start: date, end: date) -> Iterator[Step[Answers]]:
    """``answered``."""
    given = _between(answers.answered, start, end)
    yield Step("answered", answers.only(_none(given)), answers.only(given), start, start)


def _between(days: np.ndarray, start: date, end: date) -> Mask:
    """After the one day, and on the other at the latest."""
    return during(days, start + timedelta(days=1), end)


def _none(like: Mask) -> Mask:
    return np.zeros(len(like), dtype=bool)

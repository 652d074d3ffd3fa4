"""The marts' rows as arrays, as they stood at the end of a day: what came later does not show.

Days are whole numbers (int32) since 1970, so that a comparison costs next to nothing; NEVER stands
for a day that has not come. Row i counts ``n[i]`` times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.courses.verdicts import deviations_at

Days = npt.NDArray[np.int32]
Whole = npt.NDArray[np.int64]
Codes = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]

NEVER = np.int32(2**31 - 1)
_EPOCH = date(1970, 1, 1)
_SECONDS_A_DAY = 86_400


class Arrays:
    """Arrays of one length, a row of the mart in each place."""

    def only(self, kept: Mask) -> Self:
        """The rows under ``kept``."""
        return self if kept.all() else self._cut(np.flatnonzero(kept))  # looked for once

    def _cut(self, kept: slice | Codes) -> Self:
        own = [getattr(self, name) for name in _names(type(self))]  # type: ignore[arg-type]
        if isinstance(kept, slice):
            return type(self)(*[v[kept] if isinstance(v, np.ndarray) else v for v in own])
        return type(self)(*[v.take(kept) if isinstance(v, np.ndarray) else v for v in own])


@cache
def _names(of: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass, which is asked for them hundreds of times a page."""
    return tuple(one.name for one in fields(of))


@dataclass(frozen=True)
class Cases(Arrays):
    """Cases of one clock. ``decided``, ``returned``: how it ended; both false while that is open.

    ``known``: the day from which that counts, which under a clock of part of the way is a later
    one than ``stopped``.
    """

    received: Days
    due: Days
    stopped: Days
    decided: Mask
    returned: Mask
    known: Days
    n: Whole

    @classmethod
    def of(cls, rows: pd.DataFrame, kinds: Mapping[str, str]) -> Self:
        """From rows of the mart of cases; ``kinds``: outcome -> decided, returned or rejected.

        The rejected are the caller's to leave out: see ``received``.
        """
        return cls(
            received=_days(rows["received_on"]),
            due=_days(rows["due_on"]),
            stopped=_days(rows["stopped_on"]),
            decided=_of_kind(rows["outcome"], kinds, "decided"),
            returned=_of_kind(rows["outcome"], kinds, "returned"),
            known=_days(rows["outcome_on"]),
            n=rows["n"].to_numpy(),
        )

    def at(self, as_of: date) -> Self:
        """What was known at the end of ``as_of``: of later applications, stops, results nothing."""
        day = number(as_of)
        return self if self._newest <= day else self.came(as_of).without_later(day)

    def came(self, as_of: date) -> Self:
        """The cases received by the end of ``as_of``, with all that happened to them since."""
        if not self.in_order:
            return self.only(self.received <= number(as_of))
        end = by(self.received, as_of)
        return self if end == len(self.received) else self._cut(slice(end))

    def standing(self, as_of: date) -> Self:
        """Of what was known at the end of ``as_of`` the open cases alone."""
        came = self.came(as_of)
        unfinished = np.flatnonzero(came.stopped > number(as_of))
        nothing, never = np.zeros(len(unfinished), dtype=bool), np.full(len(unfinished), NEVER)
        return type(self)(
            received=came.received[unfinished],
            due=came.due[unfinished],
            stopped=never,
            decided=nothing,
            returned=nothing,
            known=never,
            n=came.n[unfinished],
        )

    def taken(self, places: slice | Codes) -> Self:
        """The cases at some places."""
        return self._cut(places)

    def received_in(self, first: date, last: date) -> slice | Codes:
        """The places of the cases received in the period."""
        return _places(self.received, first, last, in_order=self.in_order)

    def due_in(self, first: date, last: date) -> slice | Codes:
        """The places of the cases that were due in the period."""
        return _places(self.due, first, last, in_order=self._due_in_order)

    def alike(self) -> tuple[Self, Codes]:
        """The rows that differ in days or results, in the order in which they were received, and
        for each row of these cases which of them it is of."""
        columns = (self.returned, self.decided, self.known, self.stopped, self.due, self.received)
        order = np.lexsort(columns)
        new = np.ones(len(order), dtype=bool)
        new[1:] = np.logical_or.reduce([np.diff(column[order]) != 0 for column in columns])
        kind = np.empty(len(order), dtype="int64")
        kind[order] = new.cumsum() - 1
        counts = np.bincount(kind, weights=self.n).astype("int64")
        return replace(self._cut(order[new]), n=counts), kind

    @cached_property
    def in_order(self) -> bool:
        """Whether the rows stand in the order in which they were received."""
        return _rises(self.received)

    @cached_property
    def _due_in_order(self) -> bool:
        """As they do wherever one limit holds for all of them."""
        return _rises(self.due)

    def until(self, as_of: date) -> Self:
        """Every case, also one that came later, without what happened to it after ``as_of``."""
        day = number(as_of)
        return self if self._newest <= day else self.without_later(day)

    def without_later(self, day: int) -> Self:
        """The same, whether anything happened later or not; ``day``: see `number`."""
        told = self.known <= day
        return replace(
            self,
            stopped=np.where(self.stopped <= day, self.stopped, NEVER),
            decided=self.decided & told,
            returned=self.returned & told,
            known=np.where(told, self.known, NEVER),
        )

    @cached_property
    def _newest(self) -> int:
        """The day of the last reception, stop or result: nothing came later."""
        return _last(self.received, self.stopped, self.known)

    @property
    def open(self) -> Mask:
        unfinished: Mask = self.stopped == NEVER
        return unfinished


@dataclass(frozen=True)
class Queue(Arrays):
    """Entries of the register. Codes point into ``categories`` and ``reasons`` (-1: none)."""

    registered: Days
    removed: Days
    category: Codes
    reason: Codes
    n: Whole
    categories: tuple[str, ...]
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """From rows of the mart of the queue."""
        category, categories = _codes(rows["category"])
        reason, reasons = _codes(rows["reason"])
        return cls(
            registered=_days(rows["registered_on"]),
            removed=_days(rows["removed_on"]),
            category=category,
            reason=reason,
            n=rows["n"].to_numpy(),
            categories=categories,
            reasons=reasons,
        )

    def at(self, as_of: date) -> Self:
        """What was known at the end of ``as_of``; a row of a later entry counts no more."""
        if self._newest <= number(as_of):
            return self
        return replace(self.until(as_of), n=np.where(self.registered <= number(as_of), self.n, 0))

    def until(self, as_of: date) -> Self:
        """Every entry, also one made later, without its removal after ``as_of``."""
        removed = np.where(self.removed <= number(as_of), self.removed, NEVER)
        return replace(self, removed=removed)

    def left_in(self, first: date, last: date) -> Codes:
        """The places of the rows removed in the period: of all that ever joined, few."""
        if not self.in_order:
            return np.flatnonzero(during(self.removed, first, last))
        return np.arange(before(self.removed, first), by(self.removed, last))

    @cached_property
    def _newest(self) -> int:
        """The day of the last entry or removal: nothing came later."""
        return _last(self.registered, self.removed)

    @cached_property
    def in_order(self) -> bool:
        """Whether the rows stand in the order in which they were removed."""
        return bool((self.removed[:-1] <= self.removed[1:]).all())

    @property
    def waiting(self) -> Mask:
        still: Mask = self.removed == NEVER
        return still


@dataclass(frozen=True)
class Answers(Arrays):
    """Answers to the survey. ``question`` points into ``questions``."""

    answered: Days
    question: Codes
    answer: Whole
    n: Whole
    questions: tuple[str, ...]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """From rows of the mart of surveys."""
        question, questions = _codes(rows["question"])
        return cls(
            answered=_days(rows["answered_on"]),
            question=question,
            answer=rows["answer"].to_numpy(),
            n=rows["n"].to_numpy(),
            questions=questions,
        )

    def at(self, as_of: date) -> Self:
        """What was known at the end of ``as_of``; a row of a later answer counts no more."""
        return replace(self, n=np.where(self.answered <= number(as_of), self.n, 0))


@dataclass(frozen=True)
class Courses(Arrays):
    """Cases that have finished, under the headline's clock. ``verdict`` points into ``verdicts``
    and, once ``at`` was asked for a day, into ``deviations``: their kinds as known on that day.
    """

    stopped: Days
    verdict: Codes
    n: Whole
    verdicts: tuple[str, ...]
    deviations: tuple[frozenset[str], ...] = ()

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """From rows of the mart of courses; the open ones are the caller's to leave out."""
        verdict, verdicts = _codes(rows["verdict"])
        return cls(_days(rows["stopped_on"]), verdict, rows["n"].to_numpy(), verdicts)

    def at(self, as_of: date) -> Self:
        """Those finished by the end of ``as_of``, judged by what had happened by then."""
        told = _deviations(self.verdicts, as_of)
        return replace(self.only(self.stopped <= number(as_of)), deviations=told)

    def deviates(self, kind: str | None = None) -> Mask:
        """Which rows deviate from the diagram, or deviate in that way."""
        mask: Mask = _deviating(self.deviations, kind)[self.verdict]
        return mask


@dataclass(frozen=True)
class Responses(Arrays):
    """Forms of the survey, whatever they answer."""

    answered: Days
    n: Whole

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """From the frame of ``queries.response_days``."""
        return cls(answered=_days(rows["answered_on"]), n=rows["n"].to_numpy())

    def at(self, as_of: date) -> Self:
        """Those that had been given by the end of ``as_of``."""
        return self.only(self.answered <= number(as_of))


@lru_cache(maxsize=16)
def _deviations(verdicts: tuple[str, ...], as_of: date) -> tuple[frozenset[str], ...]:
    """Of hundreds of verdicts what each says on a day, which is the same for every filter."""
    return tuple(deviations_at(verdict, as_of) for verdict in verdicts)


@lru_cache(maxsize=256)
def _deviating(deviations: tuple[frozenset[str], ...], kind: str | None) -> Mask:
    found = (bool(d) if kind is None else kind in d for d in deviations)
    return np.fromiter(found, dtype=bool, count=len(deviations))


def received(rows: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """The rows of the mart of cases without the rejected, which were never received."""
    rejected = _of_kind(rows["outcome"], kinds, "rejected")
    return rows[~rejected] if rejected.any() else rows


def number(day: date) -> int:
    """A day as the arrays hold it."""
    return (day - _EPOCH).days


def before(days: Days, day: date) -> int:
    """How many of rising days lie before one."""
    return int(days.searchsorted(np.int32(number(day)), side="left"))  # an int copies all of them


def by(days: Days, day: date) -> int:
    """How many of rising days lie before one or are it."""
    return int(days.searchsorted(np.int32(number(day)), side="right"))


def during(days: Days, first: date, last: date) -> Mask:
    """Which days lie in the period; NEVER lies in none."""
    inside: Mask = (days >= number(first)) & (days <= number(last))
    return inside


def _last(*columns: Days) -> int:
    """The last day of some columns that has come; 0 where none has."""
    return max(int(np.where(days == NEVER, 0, days).max(initial=0)) for days in columns)


def _rises(days: Days) -> bool:
    return bool((days[:-1] <= days[1:]).all())


def _places(days: Days, first: date, last: date, *, in_order: bool) -> slice | Codes:
    """Where the days lie in the period."""
    if not in_order:
        return np.flatnonzero(during(days, first, last))
    return slice(before(days, first), by(days, last))


def count(n: Whole, mask: Mask) -> int:
    """How much the rows under ``mask`` count."""
    return int(n[mask].sum())


def _days(column: pd.Series[Any]) -> Days:
    seconds = column.to_numpy().astype("datetime64[s]")
    whole = seconds.view("int64") // _SECONDS_A_DAY
    return np.where(np.isnat(seconds), NEVER, whole).astype("int32")


def _of_kind(outcomes: pd.Series[Any], kinds: Mapping[str, str], kind: str) -> Mask:
    codes, names = _codes(outcomes)
    # The code of a row without an outcome is -1 and so takes the last.
    of_kind: Mask = np.array([*(kinds.get(name) == kind for name in names), False])[codes]
    return of_kind


def _codes(column: pd.Series[Any]) -> tuple[Codes, tuple[str, ...]]:
    values = column.astype("category").cat
    return values.codes.to_numpy(), tuple(values.categories)

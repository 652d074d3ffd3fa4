"""The queue's entries counted by day: what a month of the register costs does not grow with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

import numpy as np

from dashboard.kpi.state import NEVER, Codes, Days, Mask, Queue, Whole, before, by


@dataclass(frozen=True)
class Register:
    """How many entries had been made, and removed, before each day on which any was.

    ``joined``, ``left``: those days, rising. ``joined_by[i]``: how many had joined before the i-th
    of them, by category; ``left_by[i]``: how many had left, by category and reason. Both are one
    longer than the days, so that their last row is of all; the last category and the last reason
    are those of entries without one. ``asked``: which categories count, all where it is None.
    """

    joined: Days
    joined_by: Whole
    left: Days
    left_by: Whole
    categories: tuple[str, ...]
    reasons: tuple[str, ...]
    asked: Mask | None = None

    @classmethod
    def of(cls, queue: Queue) -> Self:
        """Of entries as they stand; no day of leaving lies before that of joining."""
        gone = queue.removed != NEVER
        of_categories, of_reasons = len(queue.categories) + 1, len(queue.reasons) + 1
        category = queue.category.astype("int64") % of_categories  # -1, for none, is the last
        reason = queue.reason.astype("int64") % of_reasons
        joined, joined_by = _running(queue.registered, category, queue.n, of_categories)
        parts = of_categories * of_reasons
        part = category[gone] * of_reasons + reason[gone]
        left, left_by = _running(queue.removed[gone], part, queue.n[gone], parts)
        by_both = left_by.reshape(-1, of_categories, of_reasons)
        return cls(joined, joined_by, left, by_both, queue.categories, queue.reasons)

    def at(self, as_of: date) -> Self:
        """What was known at the end of ``as_of``."""
        joined, left = (by(days, as_of) for days in (self.joined, self.left))
        return replace(
            self,
            joined=self.joined[:joined],
            joined_by=self.joined_by[: joined + 1],
            left=self.left[:left],
            left_by=self.left_by[: left + 1],
        )

    def among(self, categories: Collection[str]) -> Self:
        """The entries of these categories."""
        wanted = np.array([*(name in categories for name in self.categories), False])
        return replace(self, asked=wanted)

    @property
    def waiting(self) -> Whole:
        """How many have joined and not left, by category."""
        return self._asked(self.joined_by[-1] - self.left_by[-1].sum(axis=1))

    def came(self, first: date, last: date) -> int:
        """How many joined in the period."""
        return int(self._asked(_within(self.joined, self.joined_by, first, last)).sum())

    def went(self, first: date, last: date) -> Whole:
        """How many left in the period, by reason."""
        gone: Whole = self._asked(_within(self.left, self.left_by, first, last)).sum(axis=0)
        return gone

    def _asked(self, counts: Whole) -> Whole:
        """Counts by category, and by whatever else, without those that do not count."""
        if self.asked is None:
            return counts
        return np.where(self.asked.reshape(-1, *[1] * (counts.ndim - 1)), counts, 0)


def _running(days: Days, part: Codes, n: Whole, parts: int) -> tuple[Days, Whole]:
    """The days that occur, rising, and how much the rows before each count, by their part."""
    known, place = np.unique(days, return_inverse=True)
    cell = (place + 1) * parts + part
    counts = np.bincount(cell, weights=n, minlength=(len(known) + 1) * parts).astype("int64")
    return known, counts.reshape(-1, parts).cumsum(axis=0)


def _within(days: Days, counts: Whole, first: date, last: date) -> Whole:
    """How much the days of a period count; nothing where it ends before it begins."""
    begin, end = before(days, first), by(days, last)
    counted: Whole = counts[max(begin, end)] - counts[begin]
    return counted

"""The queue for housing: who waits, who joined, who left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
import pandas as pd

from dashboard.kpi.durations import Histogram, counted
from dashboard.kpi.percentiles import median
from dashboard.kpi.register import Register
from dashboard.kpi.state import Queue, Whole, number


def waiting(register: Register, categories: Collection[str]) -> dict[str, int]:
    """Entries not removed: ``total``, and by category."""
    return _named(register.waiting, register.categories, categories)


def joined(register: Register, first: date, last: date) -> int:
    """Entries registered in the period."""
    return register.came(first, last)


def left(register: Register, first: date, last: date, reasons: Collection[str]) -> dict[str, int]:
    """Entries removed in the period: ``total``, and by reason."""
    return _named(register.went(first, last), register.reasons, reasons)


def net(register: Register, first: date, last: date) -> int:
    """By how much the queue grew in the period."""
    return register.came(first, last) - int(register.went(first, last).sum())


def wait(queue: Queue, as_of: date, housed: Collection[str]) -> float | None:
    """Median days in the queue of those removed as housed in the 12 months to ``as_of``."""
    is_housed = np.array([*(reason in housed for reason in queue.reasons), False])  # the last: none
    gone = queue.left_in(_year_before(as_of) + timedelta(days=1), as_of)
    done = gone[is_housed[queue.reason[gone]]]
    return age(counted(queue.removed[done] - queue.registered[done], queue.n[done]))


def clearance(register: Register, as_of: date) -> float | None:
    """Years to empty the queue at the rate of the 12 months to ``as_of``; None where none left."""
    removed = int(register.went(_year_before(as_of) + timedelta(days=1), as_of).sum())
    return int(register.waiting.sum()) / removed if removed else None


def waited(queue: Queue, as_of: date) -> Histogram:
    """How many days those who wait have waited."""
    still = np.flatnonzero(queue.waiting & (queue.n > 0))
    return counted(number(as_of) - queue.registered[still], queue.n[still])


def age(waited: Histogram) -> float | None:
    """Median days in the queue of those who wait, or waited; None where nobody does."""
    return median(waited.days, waited.n)


def ages(waited: Histogram, as_of: date) -> dict[int, int]:
    """How many wait by the full years that they have waited, from 0 to the longest, gaps as 0."""
    if not len(waited.n):
        return {}
    since = pd.DatetimeIndex(np.datetime64(as_of, "D") - waited.days)
    before = (since.month > as_of.month) | (
        (since.month == as_of.month) & (since.day > as_of.day)  # the anniversary is to come
    )
    years = (as_of.year - since.year - before).to_numpy()
    counts = np.bincount(years, weights=waited.n).astype("int64")
    return dict(enumerate(counts.tolist()))


def _year_before(day: date) -> date:
    return (pd.Timestamp(day) - pd.DateOffset(years=1)).date()


def _named(counts: Whole, names: tuple[str, ...], wanted: Collection[str]) -> dict[str, int]:
    """``total``, and each wanted name's part; what has no name counts in the total only."""
    by_name = dict(zip(names, counts.tolist(), strict=False))  # the last count is of no name
    return {"total": int(counts.sum()), **{name: by_name.get(name, 0) for name in wanted}}

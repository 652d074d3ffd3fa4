"""The queue for housing: who waits, who joined, who left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd

from dashboard.kpi.percentiles import median
from dashboard.kpi.state import Codes, Mask, Queue, Whole, count, during, number


def waiting(queue: Queue, categories: Collection[str]) -> dict[str, int]:
    """Entries not removed: ``total``, and by category."""
    return _split(queue.n, queue.waiting, queue.category, queue.categories, categories)


def joined(queue: Queue, first: date, last: date) -> int:
    """Entries registered in the period."""
    return count(queue.n, during(queue.registered, first, last))


def left(queue: Queue, first: date, last: date, reasons: Collection[str]) -> dict[str, int]:
    """Entries removed in the period: ``total``, and by reason."""
    gone = during(queue.removed, first, last)
    return _split(queue.n, gone, queue.reason, queue.reasons, reasons)


def net(queue: Queue, first: date, last: date) -> int:
    """By how much the queue grew in the period."""
    return joined(queue, first, last) - count(queue.n, during(queue.removed, first, last))


def wait(queue: Queue, as_of: date, housed: Collection[str]) -> float | None:
    """Median days in the queue of those removed as housed in the 12 months to ``as_of``."""
    reasons = [i for i, reason in enumerate(queue.reasons) if reason in housed]
    done = _in_last_year(queue, as_of) & np.isin(queue.reason, reasons)
    return median(queue.removed[done] - queue.registered[done], queue.n[done])


def clearance(queue: Queue, as_of: date) -> float | None:
    """Years to empty the queue at the rate of the 12 months to ``as_of``; None where none left."""
    removed = count(queue.n, _in_last_year(queue, as_of))
    return count(queue.n, queue.waiting) / removed if removed else None


def age(queue: Queue, as_of: date) -> float | None:
    """Median days in the queue of those who wait; None where nobody does."""
    still = queue.waiting & (queue.n > 0)
    return median(number(as_of) - queue.registered[still], queue.n[still])


def ages(queue: Queue, as_of: date) -> dict[int, int]:
    """How many wait by the full years that they have waited, from 0 to the longest, gaps as 0."""
    still = queue.waiting & (queue.n > 0)
    if not still.any():
        return {}
    since = pd.DatetimeIndex(queue.registered[still].astype("datetime64[D]"))
    before = (since.month > as_of.month) | (
        (since.month == as_of.month) & (since.day > as_of.day)  # the anniversary is to come
    )
    years = (as_of.year - since.year - before).to_numpy()
    counts = np.bincount(years, weights=queue.n[still]).astype("int64")
    return dict(enumerate(counts.tolist()))


def _in_last_year(queue: Queue, as_of: date) -> Mask:
    year_before = (pd.Timestamp(as_of) - pd.DateOffset(years=1)).date()
    recent: Mask = (queue.removed > number(year_before)) & (queue.removed <= number(as_of))
    return recent


def _split(
    n: Whole, mask: Mask, codes: Codes, names: tuple[str, ...], wanted: Collection[str]
) -> dict[str, int]:
    """``total``, and each wanted name's part; a row without a code counts in the total only."""
    # The code -1 comes first in the counts once all are shifted by one.
    counts = np.bincount(codes[mask].astype("int64") + 1, weights=n[mask], minlength=len(names) + 1)
    by_name = dict(zip(names, counts[1:].astype("int64").tolist(), strict=True))
    return {"total": int(counts.sum()), **{name: by_name.get(name, 0) for name in wanted}}

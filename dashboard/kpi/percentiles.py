"""Middles and tails of whole numbers that come with counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.integer[Any]]


def nearest_rank(values: Whole, counts: Whole, percent: int) -> int | None:
    """The ⌈percent · n / 100⌉-th smallest value; None of nothing. Exact: no fraction is formed."""
    total = int(counts.sum())
    return _ranked(values, counts, -(-percent * total // 100))[0] if total else None


def median(values: Whole, counts: Whole) -> float | None:
    """The ordinary median: the middle value, or the mean of the two; None of nothing."""
    total = int(counts.sum())
    return sum(_ranked(values, counts, (total + 1) // 2, total // 2 + 1)) / 2 if total else None


def mean(values: Whole, counts: Whole) -> float | None:
    """The arithmetic mean; None of nothing."""
    total = int(counts.sum())
    return int((values * counts).sum()) / total if total else None


def _ranked(values: Whole, counts: Whole, *ranks: int) -> list[int]:
    """The values at some ranks, from 1."""
    order = np.argsort(values)  # equal values are one to whoever asks for a rank
    places = np.searchsorted(counts[order].cumsum(), ranks)
    return [int(value) for value in values[order[places]]]

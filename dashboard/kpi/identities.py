"""What must be true of any warehouse: today is yesterday and what happened since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.kpi.state import Whole

_DAY: Final = "datetime64[D]"


@dataclass(frozen=True)
class BrokenDay:
    """A day whose stock is not the day before's plus what came less what went."""

    day: date
    expected: int
    found: int


def broken_days(came: pd.Series[Any], went: pd.Series[Any], n: pd.Series[int]) -> list[BrokenDay]:
    """The days on which stock(A) = stock(A-1) + came - went does not hold.

    ``came``, ``went``: the days of each row (datetime64, NaT in ``went`` for still there); ``n``:
    its count. The stock of a day is what had come and had not both come and gone by its end.
    """
    if came.empty:
        return []
    begins, ends = came.to_numpy().astype(_DAY), went.to_numpy().astype(_DAY)
    gone = ~np.isnat(ends)
    every = np.concatenate([begins, ends[gone]])
    first, last = every.min(), every.max()

    def daily(days: npt.NDArray[np.datetime64], counts: Whole) -> Whole:
        offsets = (days - first).astype("int64")
        length = int((last - first).astype("int64")) + 1
        return np.bincount(offsets, weights=counts, minlength=length).astype("int64")

    counts = np.asarray(n, dtype=np.int64)
    arrivals, departures = daily(begins, counts), daily(ends[gone], counts[gone])
    over = daily(np.maximum(begins, ends)[gone], counts[gone])
    found = (arrivals - over).cumsum()
    expected = np.concatenate([[0], found[:-1]]) + arrivals - departures
    return [
        BrokenDay((first + int(i)).item(), int(expected[i]), int(found[i]))
        for i in np.flatnonzero(found != expected)
    ]


def broken_ledger(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows where read is not inserted + updated + unchanged + duplicate + rejected."""
    told = rows[["inserted", "updated", "unchanged", "duplicate", "rejected"]].sum(axis="columns")
    return rows[rows["read"] != told]

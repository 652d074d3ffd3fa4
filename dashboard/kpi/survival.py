"""How soon a case is finished, those still open included (Kaplan and Meier, JASA 53, 1958).

The naive share counts finished cases alone and so hides every case that stays open; the curve keeps
an open case among those that could still finish, up to the age it has reached.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.kpi.state import Cases, Whole, number
from dashboard.kpi.wilson import Z95

_AT_T = ("value", "low", "high")
_Floats = npt.NDArray[np.float64]


def curve(cases: Cases, as_of: date, first: date, last: date) -> pd.DataFrame:
    """The chance of being finished within each number of days, for cases received in the period.

    Columns: ``days`` (int64, every age at which a case stopped or stands open), ``at_risk``,
    ``events``, ``censored`` (int64), ``value``, ``low``, ``high`` (shares; 95 %, log(-log)). An
    event is a stop, however the case ended; on ties events come before censorings.
    """
    days, events, censored = ages(cases, as_of, first, last)
    leaving = events + censored
    at_risk = leaving.sum() - leaving.cumsum() + leaving
    survival = ((at_risk - events) / at_risk).cumprod()
    with np.errstate(divide="ignore"):  # nobody left: the curve is at its end, without a width
        variance = (events / (at_risk * (at_risk - events))).cumsum()
    low, high = _bounds(survival, variance)
    return pd.DataFrame(
        {
            "days": days,
            "at_risk": at_risk,
            "events": events,
            "censored": censored,
            "value": 1 - survival,
            "low": low,
            "high": high,
        }
    )


def p_within(
    cases: Cases, as_of: date, first: date, last: date, t: int
) -> dict[str, float | int | None] | None:
    """The curve at ``t`` days, beside the naive share; None where nothing was received.

    ``naive``: of the cases received in the period and stopped by ``as_of``, those that took at most
    ``t`` days; None where none has stopped.
    """
    whole = curve(cases, as_of, first, last)
    if whole.empty:
        return None
    events = whole["events"].to_numpy()
    stopped = int(events.sum())
    reached = int(np.searchsorted(whole["days"].to_numpy(), t, side="right"))
    at_t = {k: float(whole[k].to_numpy()[reached - 1]) if reached else 0.0 for k in _AT_T}
    naive = int(events[:reached].sum()) / stopped if stopped else None
    return {"t": t, **at_t, "naive": naive}


def ages(cases: Cases, as_of: date, first: date, last: date) -> tuple[Whole, Whole, Whole]:
    """Ages in days, and how many stopped and how many stand open at each, of the cases received in
    the period and as they stood at ``as_of`` (int64)."""
    chosen, day = cases.received_in(first, last), number(as_of)
    n, received, stopped = cases.n[chosen], cases.received[chosen], cases.stopped[chosen]
    old = (np.minimum(stopped, day) - received).astype("int64")
    width = int(old.max(initial=-1)) + 1
    counts = np.bincount(old * 2 + (stopped > day), weights=n, minlength=width * 2)
    ended, censored = counts.astype("int64").reshape(width, 2).T
    days = np.flatnonzero(ended + censored)
    return days, ended[days], censored[days]


def _bounds(survival: _Floats, variance: _Floats) -> tuple[Any, Any]:
    """The interval of 1 - survival; at 0 and 1 it has no width (nothing to take logs of)."""
    inside = (survival > 0) & (survival < 1)
    log = np.log(survival, where=inside, out=np.full_like(survival, -1.0))
    spread = Z95 * np.sqrt(variance, where=inside, out=np.zeros_like(variance)) / log
    return (
        np.where(inside, 1 - survival ** np.exp(spread), 1 - survival),
        np.where(inside, 1 - survival ** np.exp(-spread), 1 - survival),
    )

"""How soon a case is finished, those still open included (Kaplan and Meier, JASA 53, 1958).

The naive share counts finished cases alone and so hides every case that stays open; the curve keeps
an open case among those that could still finish, up to the age it has reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.kpi.state import Cases, Codes, Whole, number
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
    nothing = np.empty(0, dtype="int64")
    found = ages_by(np.zeros(len(cases.n), dtype="int64"), cases, as_of, first, last)
    return found.get(0, (nothing, nothing, nothing))


def ages_by(
    group: Codes, cases: Cases, as_of: date, first: date, last: date
) -> Mapping[int, tuple[Whole, Whole, Whole]]:
    """The ``ages`` of each group of the cases, as they stood at ``as_of`` or later; ``group``: a
    code a case, from -1 on."""
    chosen = cases.received_in(first, last)
    n, received, stopped = cases.n[chosen], cases.received[chosen], cases.stopped[chosen]
    own, day = np.asarray(group[chosen], "int64") + 1, number(as_of)
    old = np.minimum(stopped, day) - received
    groups, width = int(own.max(initial=-1)) + 1, int(old.max(initial=-1)) + 1
    place = (own * width + old) * 2 + (stopped > day)
    counts = np.bincount(place, weights=n, minlength=groups * width * 2).astype("int64")
    ended, censored = np.moveaxis(counts.reshape(groups, width, 2), 2, 0)
    leaving = ended + censored
    return {
        code - 1: _taken(leaving[code], censored[code])
        for code in range(groups)
        if leaving[code].any()
    }


def together(parts: Iterable[tuple[Whole, Whole, Whole]]) -> tuple[Whole, Whole, Whole]:
    """The ``ages`` of all of some groups."""
    found = list(parts)
    width = 1 + max((int(days[-1]) for days, _, _ in found), default=-1)
    ended, censored = np.zeros((2, width), dtype="int64")
    for days, events, still in found:
        ended[days] += events
        censored[days] += still
    return _taken(ended + censored, censored)


def _taken(leaving: Whole, censored: Whole) -> tuple[Whole, Whole, Whole]:
    """The ages that somebody reached, and how many stopped and stand open at each.

    ``leaving``: how many got to an age and no further, ``censored``: those of them that are open.
    """
    days = np.flatnonzero(leaving)
    return days, (leaving - censored)[days], censored[days]


def _bounds(survival: _Floats, variance: _Floats) -> tuple[Any, Any]:
    """The interval of 1 - survival; at 0 and 1 it has no width (nothing to take logs of)."""
    inside = (survival > 0) & (survival < 1)
    log = np.log(survival, where=inside, out=np.full_like(survival, -1.0))
    spread = Z95 * np.sqrt(variance, where=inside, out=np.zeros_like(variance)) / log
    return (
        np.where(inside, 1 - survival ** np.exp(spread), 1 - survival),
        np.where(inside, 1 - survival ** np.exp(-spread), 1 - survival),
    )

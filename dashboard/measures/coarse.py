"""Figures for readers who may not learn how few cases there are: counts in fives, shares in steps.

One to four are told as just that. Every count stands for itself, so whatever is added or
subtracted, also over several questions, is a multiple of five again: nothing that is told says how
many cases make up one, two, three or four. A blank would have to be joined by others in every
table, line and sentence that adds up with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.kpi import survival
from dashboard.kpi.small_numbers import in_fives, in_steps, of_fives
from dashboard.kpi.wilson import Share, share
from dashboard.measures.basis import Basis
from dashboard.measures.measure import Measure
from dashboard.measures.registry import REGISTRY

LEAST = 5
_SATISFIED = "satisfied"  # answers have a rule of their own: ``telling``
_CHANCE = ("value", "low", "high", "naive")
_TOLD_BY_PERCENT = 500  # of so many 1 % is five
_NET, _IN, _OUT = "queue_net", "queue_in", "queue_out"
_OVER: dict[str, Callable[[Basis], Any]] = {
    # a median or a longest of fewer is that of persons: what each is taken over
    "days_late": REGISTRY["overdue"].of,
    "queue_wait": REGISTRY["queue_out"].of,
    **dict.fromkeys(
        (key for key in REGISTRY if key.startswith("days_") and key != "days_late"),
        REGISTRY["decided"].of,
    ),
}


def coarse(measure: Measure, basis: Basis) -> Any:
    """The value of a measure as such readers are told it, with the type of ``measure.of``."""
    if measure.key == _NET:
        joined, left = (coarse(REGISTRY[key], basis) for key in (_IN, _OUT))
        return None if joined is None else joined - left["total"]
    value = measure.of(basis)
    if value is None or measure.key == _SATISFIED or measure.unit == "hours":
        return value
    if own := _OWN.get(measure.key):
        return own(basis, value)
    if measure.unit == "count":
        return _fives(value)
    return _share(value) if isinstance(value, Share) else _days(measure.key, basis, value)


def pooled(days: pd.DataFrame, limit: int | None) -> pd.DataFrame:
    """Cases by their days, with neighbours put together until they are enough to be told.

    ``days``: columns days, n (int64), by rising days; so is what is given. Each row stands at its
    last day; none reaches across ``limit``, so that the cases beyond it are told as such, and on a
    side of it with fewer than five there is none.
    """
    late = days["days"] > (days["days"].max() if limit is None else limit)
    rows = [row for side in (days[~late], days[late]) for row in _pools(side)]
    return pd.DataFrame(rows, columns=["days", "n"], dtype="int64")


def chances(curve: pd.DataFrame, told: Mapping[str, Any]) -> pd.DataFrame:
    """The curve behind ``p_within`` to whole percents, without the days on which none is reached.

    ``curve``: columns days, value, low, high, naive; so is what is given, without a row where
    ``told``, the value of ``p_within`` as such readers are told it, has none.
    """
    if told["value"] is None:
        return curve.head(0)
    rounded = curve[["days", *_CHANCE]].round(dict.fromkeys(_CHANCE, 2))
    if told["naive"] is None:
        rounded = rounded.assign(naive=np.nan)
    return rounded.drop_duplicates("value")


def _pools(days: pd.DataFrame) -> Iterator[tuple[int, int]]:
    held, left = 0, int(days["n"].sum())
    if left < LEAST:
        return
    for day, n in zip(days["days"], days["n"], strict=True):
        held, left = held + int(n), left - int(n)
        if not left or held >= LEAST <= left:
            yield int(day), in_fives(held)
            held = 0


def _step(of: dict[str, Any]) -> dict[str, Any]:
    return {**(of if of["n"] >= LEAST else dict.fromkeys(of)), "n": in_fives(of["n"])}


def _days(key: str, basis: Basis, value: Any) -> Any:
    """Days of fewer than are told of are not told; of steps, each counts for itself."""
    if key == "step_time":
        return {code: _step(of) for code, of in value.items()}
    over = _OVER.get(key)
    if over is not None and _size(over(basis)) < LEAST:
        return dict.fromkeys(value) if isinstance(value, dict) else None
    return value


def _fives(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _fives(member) for key, member in value.items()}
    return in_fives(value)


def _rate(_basis: Basis, value: dict[str, Any]) -> dict[str, Any]:
    """Forms for each finished case, of which the forms alone are told exactly."""
    stopped = in_fives(value["stopped"])
    return {**value, "value": of_fives(value["responses"], stopped), "stopped": stopped}


def _chance(basis: Basis, value: dict[str, Any]) -> dict[str, Any]:
    """To whole percents, of whom these say no small count: else neither chance nor naive share."""
    known = survival.curve(basis.cases, basis.as_of, basis.first, basis.last)
    stopped = int(known["events"].sum())
    told = {**value, **{name: _percent(value[name]) for name in _CHANCE}}
    if stopped < _TOLD_BY_PERCENT:
        told["naive"] = None
    if stopped + int(known["censored"].sum()) < _TOLD_BY_PERCENT:
        told |= dict.fromkeys(_CHANCE)
    return told


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share, 2)


def _clearance(basis: Basis, years: float) -> float | None:
    waiting = _size(REGISTRY["queue"].of(basis))
    return of_fives(in_fives(waiting), in_fives(round(waiting / years))) if years else years


def _share(value: Share) -> Share:
    n, told = in_fives(value.n), in_steps(value.part, value.n)
    if told is None:
        return Share(None, n, None, None)
    return share(told * n, n)._replace(value=told)  # an interval of what is told, and of no more


def _size(value: Any) -> int:
    return int(value["total"] if isinstance(value, dict) else value or 0)


_OWN: dict[str, Callable[[Basis, Any], Any]] = {
    "p_within": _chance,
    "response_rate": _rate,
    "queue_clearance": _clearance,
}

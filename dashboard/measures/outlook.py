"""The forecast of a filter, and what became of an earlier one, from the rows of the marts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Engine

from dashboard import queries
from dashboard.filters import Filter
from dashboard.kpi import forecast as forecasts
from dashboard.kpi.forecast import HORIZON, Forecast, States
from dashboard.kpi.state import Cases, Codes
from dashboard.measures.rows import Warehouse
from dashboard.queries import StoredForecast
from etl.regulation.model import Regulation


@dataclass(frozen=True)
class Outlook:
    """``forecast``: None where too few like cases have ended; ``naive``: the cases that passed
    their due date in as many days before."""

    forecast: Forecast | None
    naive: int


@dataclass(frozen=True)
class Kept:
    """A forecast as it was made, at ``made_at`` (naive UTC). ``by_channel``: those of the channels
    of which there was one, by code."""

    whole: Outlook
    by_channel: Mapping[str, Outlook]
    made_at: datetime
    is_backtest: bool


def kept(engine: Engine, filter_: Filter, *, horizon: int = HORIZON) -> Kept | None:
    """The forecast that was stored for a filter's day under its clock; None where there is none.

    What is stored is of all cases or of one channel: under any other filter there is none.
    """
    if filter_.categories or filter_.service_points or len(filter_.channels) > 1:
        return None
    held = {
        one.channel: one
        for one in queries.stored_forecasts(
            engine, clock=filter_.clock, horizon=horizon, as_of=filter_.as_of
        )
    }
    asked = held.get(filter_.channels[0] if filter_.channels else "")
    if asked is None:
        return None
    parts = {code: _as_made(one) for code, one in held.items() if code}
    return Kept(_as_made(asked), parts, asked.made_at, asked.is_backtest)


def _as_made(one: StoredForecast) -> Outlook:
    made = Forecast(open=one.open, due=one.due, expected=one.expected, low=one.low, high=one.high)
    return Outlook(made, one.naive)


def outlook(
    engine: Engine, regulation: Regulation, filter_: Filter, *, horizon: int = HORIZON
) -> tuple[Outlook, Mapping[str, Outlook]]:
    """Of the filter's cases, and of those of each of its channels by code, at its as-of date.

    Cases of a channel that the regulation knows no more are in the whole, as in every other
    measure, where the filter names no channel.
    Like cases are those that the filter's other dimensions let through, of every channel. All is
    reckoned from what had happened by the as-of date, as it is known now. Kept for who asks for
    another period, which it does not depend on.
    """
    f = filter_
    key = ("outlook", regulation.sha256, f.clock, f.as_of, f.known_at, horizon)
    chosen = (f.channels, f.categories, f.service_points)
    return queries.held(
        engine,
        (*key, *chosen),
        lambda: _outlook(engine, regulation, filter_, horizon),
        until="load",
    )


def _outlook(
    engine: Engine, regulation: Regulation, filter_: Filter, horizon: int
) -> tuple[Outlook, Mapping[str, Outlook]]:
    cases, channel = _cases(engine, regulation, filter_)
    states = States.of(cases, channel, filter_.as_of, horizon=horizon)
    known = regulation.codes("channels")

    def of(codes: tuple[str, ...]) -> Outlook:
        part = states.only([known.index(code) for code in codes]) if codes else states
        return Outlook(forecast=forecasts.forecast(part), naive=int(part.came[1]))

    return of(filter_.channels), {code: of((code,)) for code in filter_.channels or known}


def passed(engine: Engine, regulation: Regulation, filter_: Filter, *, horizon: int) -> int:
    """How many of the filter's cases open at its as-of date passed their due date in the horizon,
    by what is known now."""
    cases, channel = _cases(engine, regulation, filter_)
    if filter_.channels:
        codes = regulation.codes("channels")
        places = [codes.index(code) for code in filter_.channels]
        cases = cases.only(np.isin(channel, places))
    return forecasts.passed(cases, filter_.as_of, horizon)


def _cases(engine: Engine, regulation: Regulation, filter_: Filter) -> tuple[Cases, Codes]:
    """The cases of every channel, and the place of each one's channel in the regulation."""
    return Warehouse(engine).by_channel(regulation, filter_)

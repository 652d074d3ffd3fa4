"""The forecast of a filter, and what became of an earlier one, from the rows of the marts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from sqlalchemy import Engine

from dashboard.filters import Filter
from dashboard.kpi import forecast as forecasts
from dashboard.kpi.forecast import HORIZON, Forecast, State
from dashboard.kpi.state import Cases, Codes
from dashboard.measures.rows import Warehouse, let_through
from etl.regulation.model import Regulation


@dataclass(frozen=True)
class Outlook:
    """``forecast``: None where too few like cases have ended; ``naive``: the cases that passed
    their due date in as many days before."""

    forecast: Forecast | None
    naive: int


def outlook(
    engine: Engine, regulation: Regulation, filter_: Filter, *, horizon: int = HORIZON
) -> tuple[Outlook, dict[str, Outlook]]:
    """Of the filter's cases, and of those of each of its channels by code, at its as-of date.

    Like cases are those that the filter's other dimensions let through, of every channel. All is
    reckoned from what had happened by the as-of date, as it is known now.
    """
    as_of = filter_.as_of
    cases, channel = _cases(engine, regulation, filter_)
    now = State.of(cases, channel, as_of)
    past = forecasts.history(cases, channel, as_of, horizon)

    def of(codes: tuple[str, ...]) -> Outlook:
        places = [regulation.codes("channels").index(code) for code in codes]
        part = now.only(places)
        return Outlook(
            forecast=forecasts.forecast(part, [s.only(places) for s in past], horizon=horizon),
            naive=forecasts.passed(part.cases, as_of - timedelta(days=horizon), horizon),
        )

    asked = filter_.channels or regulation.codes("channels")
    return of(asked), {code: of((code,)) for code in asked}


def passed(engine: Engine, regulation: Regulation, filter_: Filter, *, horizon: int) -> int:
    """How many of the filter's cases open at its as-of date passed their due date in the horizon,
    by what is known now."""
    cases, channel = _cases(engine, regulation, filter_)
    codes = regulation.codes("channels")
    places = [codes.index(code) for code in filter_.channels or codes]
    chosen = cases.only(np.isin(channel, places))
    return forecasts.passed(chosen, filter_.as_of, horizon)


def _cases(engine: Engine, regulation: Regulation, filter_: Filter) -> tuple[Cases, Codes]:
    """The cases of every channel, and the place of each one's channel in the regulation."""
    everywhere = replace(filter_, channels=())
    rows, cases = Warehouse(engine).cases(regulation, filter_)
    chosen = let_through("cases", rows, everywhere, regulation)
    names = rows["channel"].cat.set_categories(list(regulation.codes("channels")))
    return cases.only(chosen), names.cat.codes.to_numpy()[chosen]

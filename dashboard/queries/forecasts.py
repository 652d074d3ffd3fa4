"""Forecasts that were made, with their scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, select

from etl.warehouse import forecast, run


@dataclass(frozen=True, kw_only=True)
class StoredForecast:
    """One forecast as it was made. Times are naive UTC; ``realised``: None until it is scored."""

    forecast_id: int
    as_of: date
    clock: str
    horizon: int
    channel: str  # "": of all channels
    made_at: datetime
    known_to: date
    method: str
    open: int
    due: int
    expected: float
    low: int
    high: int
    naive: int
    realised: int | None
    scored_at: datetime | None

    @property
    def ended_on(self) -> date:
        """The day at whose end it can be scored."""
        return self.as_of + timedelta(days=self.horizon)

    @property
    def is_backtest(self) -> bool:
        """Whether days after ``as_of`` were already in the data when it was made."""
        return self.known_to > self.as_of


def stored_forecasts(
    engine: Engine, *, clock: str | None = None, horizon: int | None = None
) -> list[StoredForecast]:
    """All forecasts, or those of a clock or horizon; by day, and the whole before its channels."""
    c = forecast.c
    query = select(forecast).order_by(c.as_of, c.clock, c.horizon, c.channel)
    if clock is not None:
        query = query.where(c.clock == clock)
    if horizon is not None:
        query = query.where(c.horizon == horizon)
    with engine.connect() as connection:
        return [StoredForecast(**row) for row in connection.execute(query).mappings()]


def known_to(engine: Engine) -> date | None:
    """The last day that the newest load told of to its end; None before the first.

    Exports that state no date of their own were loaded on a day that had not ended yet.
    """
    query = select(run.c.as_of, run.c.as_of_pinned).where(run.c.status == "succeeded")
    with engine.connect() as connection:
        newest = connection.execute(query.order_by(run.c.run_id.desc()).limit(1)).first()
    if newest is None:
        return None
    last: date = newest.as_of
    return last if newest.as_of_pinned else last - timedelta(days=1)

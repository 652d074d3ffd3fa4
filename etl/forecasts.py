"""Forecasts as they were made and what came of them: written once, scored once, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Engine, bindparam, insert, select, update

from etl.connect import begin
from etl.warehouse import forecast


@dataclass(frozen=True, kw_only=True)
class Made:
    """A forecast of how many cases open at the end of ``as_of`` pass their due date in the
    ``horizon`` days after it.

    ``channel``: its code, "" for all channels. ``known_to``: the last day that the data told of; a
    forecast that could have looked beyond ``as_of`` is a test on the past. ``naive``: how many
    passed in as many days before.
    """

    as_of: date
    clock: str
    horizon: int
    channel: str
    known_to: date
    method: str
    open: int
    due: int
    expected: float
    low: int
    high: int
    naive: int


def keep(engine: Engine, made: Iterable[Made], *, made_at: datetime) -> int:
    """Store the forecasts of which there is none yet, and return how many these were.

    The first for a day, clock, horizon and channel stays, whatever is loaded afterwards: nobody can
    say later that something else was foretold. ``made_at``: naive UTC. Raises KezekError where the
    warehouse cannot be written.
    """
    key = (forecast.c.as_of, forecast.c.clock, forecast.c.horizon, forecast.c.channel)
    with begin(engine) as connection:
        there = {tuple(row) for row in connection.execute(select(*key))}
        new = [
            asdict(one) | {"made_at": made_at}
            for one in made
            if (one.as_of, one.clock, one.horizon, one.channel) not in there
        ]
        if new:
            connection.execute(insert(forecast), new)
    return len(new)


def settle(engine: Engine, realised: Mapping[int, int], *, scored_at: datetime) -> None:
    """Write beside forecasts, by their ids, how many cases did pass their due date.

    One that has its score keeps it, whatever is corrected afterwards. ``scored_at``: naive UTC.
    Raises KezekError where the warehouse cannot be written.
    """
    if not realised:
        return
    row = forecast.c.forecast_id == bindparam("id")
    query = (
        update(forecast)
        .where(row, forecast.c.scored_at.is_(None))
        .values(realised=bindparam("came"), scored_at=scored_at)
    )
    with begin(engine) as connection:
        connection.execute(query, [{"id": i, "came": came} for i, came in realised.items()])

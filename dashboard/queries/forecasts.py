"""Forecasts that were made, with their scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, case, exists, func, or_, select

from dashboard.queries.keeping import held
from dashboard.queries.ledger import last_ended
from dashboard.queries.marks import marks
from dashboard.queries.reading import connected
from etl.warehouse import cases, forecast, run, run_source

_DAY = timedelta(days=1)


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
    engine: Engine,
    *,
    clock: str | None = None,
    horizon: int | None = None,
    as_of: date | None = None,
) -> list[StoredForecast]:
    """All forecasts, or those of a clock, horizon or day; by day, the whole before its channels."""
    asked = {"clock": clock, "horizon": horizon, "as_of": as_of}
    wanted = {name: value for name, value in asked.items() if value is not None}
    return [
        one
        for one in _stored(engine)
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]


def _stored(engine: Engine) -> list[StoredForecast]:
    """Every forecast, read again once one was made or scored: neither makes a new version."""
    c = forecast.c
    query = select(forecast).order_by(c.as_of, c.clock, c.horizon, c.channel)

    def read() -> list[StoredForecast]:
        with connected(engine) as connection:
            return [StoredForecast(**row) for row in connection.execute(query).mappings()]

    return held(engine, ("forecasts", marks(engine).forecasts), read, until="load")


@dataclass(frozen=True)
class Told:
    """What the loads have told of. ``newest``: the last day that any of them told of to its end;
    ``whole``: the last one that every source of cases and events did. ``behind``: the sources, by
    name, that end there while others go on."""

    newest: date
    whole: date
    behind: tuple[str, ...]


def told(engine: Engine) -> Told | None:
    """None before the first load. Exports that state no date of their own were loaded on a day
    that had not ended yet. A source whose cases others have taken over counts no more."""
    return held(engine, ("told", last_ended(engine)), lambda: _told(engine), until="load")


def _told(engine: Engine) -> Told | None:
    ends = [func.max(case((run.c.as_of_pinned == pinned, run.c.as_of))) for pinned in (True, False)]
    succeeded = run.c.status == "succeeded"
    entity = run_source.c.entity
    of_cases = or_(entity.in_(("cases", "events")), entity.is_(None))
    by_source = (
        select(run_source.c.source, func.max(entity), *ends)
        .join_from(run_source, run)
        .where(succeeded, of_cases)
        .group_by(run_source.c.source)
    )
    with connected(engine) as connection:
        every = connection.execute(select(*ends).where(succeeded)).one()
        rows = connection.execute(by_source).all()
    newest = _end(every[0], every[1])
    if newest is None:
        return None
    last = {row.source: _end(row[2], row[3]) or newest for row in rows}
    late = {
        source: last[source]
        for source, kind, _, _ in rows
        if last[source] < newest and (kind != "cases" or _has_cases(engine, source))
    }
    whole = min(late.values(), default=newest)
    return Told(newest, whole, tuple(sorted(s for s, end in late.items() if end == whole)))


def _end(pinned: date | None, running: date | None) -> date | None:
    """The last day that was told of to its end."""
    days = [*([pinned] if pinned else []), *([running - _DAY] if running else [])]
    return max(days, default=None)


def _has_cases(engine: Engine, source: str) -> bool:
    """Whether any case is still this source's; looked for once a load."""

    def look() -> bool:
        with connected(engine) as connection:
            return bool(connection.scalar(select(exists().where(cases.c.source == source))))

    return held(engine, ("has cases", source), look, until="load")

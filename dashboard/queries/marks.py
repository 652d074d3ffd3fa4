"""How that stands which changes now and then: asked for in one query as a reading begins. By it
everything else is known to be as it was before."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, Select, func, literal, select, true

from dashboard.queries.reading import connected, is_reading, once
from etl.warehouse import chart_rebase, forecast, run
from etl.warehouse import version as version_table

_VERSION = func.max(version_table.c.version)
_LOADED = (
    select(version_table.c.version)
    .where(version_table.c.run_id.is_not(None))
    .order_by(version_table.c.version.desc())  # backwards over the forms since that load
    .limit(1)
)
SUCCEEDED = run.c.status == "succeeded"


@dataclass(frozen=True, kw_only=True)
class Marks:
    """``version``: the number that rises with every change of what screens show, 0 before the
    first; ``loaded``: the one that the newest load made, which a form entered since leaves as it
    was. Of the newest run that succeeded: ``as_of`` and whether its exports stated it
    (``pinned``); ``rules``: the hash of the newest regulation that one loaded under. ``ended``:
    status and time (naive UTC) of the newest run that has ended. ``forecasts``, ``rebases``: others
    when one was made, scored or undone."""

    version: int
    loaded: int
    as_of: date | None
    pinned: bool
    rules: str | None
    ended: tuple[str, datetime] | None
    forecasts: Hashable
    rebases: Hashable


def marks(engine: Engine) -> Marks:
    """Asked for once in a reading."""
    return once(("marks", engine), lambda: _asked(engine))


def data_version(engine: Engine) -> int:
    """The number that rises with every change that a screen could show; 0 before the first."""
    if is_reading():
        return marks(engine).version
    with connected(engine) as connection:
        return connection.scalar(select(_VERSION)) or 0


def loaded_version(engine: Engine) -> int:
    """The number that the newest load made; 0 before the first."""
    if is_reading():
        return marks(engine).loaded
    with connected(engine) as connection:
        return connection.scalar(_LOADED) or 0


def _statement() -> Select[Any]:
    newest = run.c.run_id.desc()
    loaded = select(run.c.as_of, run.c.as_of_pinned).where(SUCCEEDED).order_by(newest).limit(1)
    told = SUCCEEDED, run.c.regulation_sha256.is_not(None)
    rules = select(run.c.regulation_sha256).where(*told).order_by(newest).limit(1)
    has_ended = run.c.finished_at.is_not(None)
    ended = select(run.c.status, run.c.finished_at).where(has_ended).order_by(newest).limit(1)
    f, r = forecast.c, chart_rebase.c
    foretold = select(func.max(f.forecast_id), func.count(f.scored_at), func.max(f.scored_at))
    rebased = select(func.max(r.rebase_id), func.count(r.undone_at))
    parts = [some.subquery() for some in (loaded, ended, foretold, rebased)]
    one = select(literal(1).label("row")).subquery()
    query = select(
        select(_VERSION).scalar_subquery(),
        _LOADED.scalar_subquery(),
        rules.scalar_subquery(),
        *(column for part in parts for column in part.c),
    ).select_from(one)
    for part in parts:
        query = query.outerjoin(part, true())
    return query


_STATEMENT = _statement()  # to put it together takes longer than to ask it


def _asked(engine: Engine) -> Marks:
    with connected(engine) as connection:
        version, loaded, sha256, *rest = connection.execute(_STATEMENT).one()
    as_of, pinned, status, ended_at, *rest = rest
    return Marks(
        version=version or 0,
        loaded=loaded or 0,
        as_of=as_of,
        pinned=bool(pinned),
        rules=sha256,
        ended=(status, ended_at) if ended_at else None,
        forecasts=tuple(rest[:3]),
        rebases=tuple(rest[3:]),
    )

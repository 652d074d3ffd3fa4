"""From which months control charts begin anew, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, select

from dashboard.queries.keeping import held
from dashboard.queries.marks import marks
from dashboard.queries.reading import connected
from etl.warehouse import chart_rebase


@dataclass(frozen=True, kw_only=True)
class Rebase:
    """One as it was recorded. Times are naive UTC; ``undone_at``: None while it holds."""

    rebase_id: int
    measure: str
    from_month: date
    why: str
    made_by: str
    made_at: datetime
    undone_by: str | None
    undone_at: datetime | None


def rebases(engine: Engine, *, undone: bool = False) -> list[Rebase]:
    """Those that hold, by measure and month; ``undone``: also those that do no more."""
    every = held(engine, ("rebases", marks(engine).rebases), lambda: _read(engine), until="load")
    return [one for one in every if undone or one.undone_at is None]


def _read(engine: Engine) -> list[Rebase]:
    c = chart_rebase.c
    query = select(chart_rebase).order_by(c.measure, c.from_month, c.rebase_id)
    with connected(engine) as connection:
        return [Rebase(**row) for row in connection.execute(query).mappings()]

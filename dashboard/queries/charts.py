"""From which months control charts begin anew, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, select

from dashboard.queries.keeping import connected
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
    c = chart_rebase.c
    query = select(chart_rebase).order_by(c.measure, c.from_month, c.rebase_id)
    if not undone:
        query = query.where(c.undone_at.is_(None))
    with connected(engine) as connection:
        return [Rebase(**row) for row in connection.execute(query).mappings()]

"""Loads of the small town on one day and another, and the year that is asked of them."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import Engine

from dashboard.filters import Filter
from etl.run import run
from tests.support.regulations import small_town

TOWN = small_town()
FIRST, SECOND = date(2014, 1, 10), date(2014, 1, 20)
YEAR = Filter(
    as_of=date(2013, 12, 31),
    period_from=date(2013, 1, 1),
    period_to=date(2013, 12, 31),
    clock="service",
)


def load(engine: Engine, sources: Path, day: date) -> int:
    """The number of a run at noon (UTC) of ``day``."""
    return run(
        engine=engine,
        regulation=TOWN,
        sources=sources,
        today=day,
        pseudonym_key="a key",
        clock=lambda: datetime.combine(day, time(12)),
    ).run_id

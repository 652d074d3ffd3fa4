"""Server time of each measure over a log's warehouse, beside SQL that asks the case table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine, Select, case, func, select

from dashboard import queries
from dashboard.filters import Filter, default, last_full_month
from dashboard.measures import REGISTRY, compute
from etl.warehouse import case_clocks
from tests.benchmarks.narrow import AS_OF, CATEGORIES
from tests.benchmarks.timing import timed

SQL = "SQL on the cases: within_limit"
_MONTHS = 12


def measure_times(engine: Engine) -> dict[str, tuple[float, float]]:
    """By measure, and of SQL: median and 95th percentile over months, each for all and for one
    category, in milliseconds."""
    regulation = queries.remembered_regulation(engine)
    assert regulation is not None
    filters = _filters(default(regulation=regulation, as_of=AS_OF))
    times = {
        key: timed(partial(compute, engine, regulation, f, keys=[key]) for f in filters)
        for key in REGISTRY
    }
    return times | {SQL: timed(_in_sql(engine, f) for f in filters)}


def _filters(whole: Filter) -> list[Filter]:
    months, day = [], whole.as_of
    for _ in range(_MONTHS):
        first, last = last_full_month(day)
        months.append(replace(whole, period_from=first, period_to=last))
        day = first
    one = [replace(month, categories=CATEGORIES[:1]) for month in months]
    return [whole, *months, *one]


def _in_sql(engine: Engine, asked: Filter) -> Callable[[], object]:
    query = _within_limit(asked)

    def ask() -> object:
        with engine.connect() as connection:
            return connection.execute(query).one()

    return ask


def _within_limit(asked: Filter) -> Select[tuple[int, int]]:
    table = case_clocks.c
    kept = func.sum(case((table.stopped_on <= table.due_on, 1), else_=0))
    last = min(asked.period_to, asked.as_of - timedelta(days=1))
    query = select(func.count(), kept).where(
        table.clock == asked.clock, table.due_on.between(asked.period_from, last)
    )
    return query.where(table.category.in_(asked.categories)) if asked.categories else query

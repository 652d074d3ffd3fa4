"""Server time of each measure over a log's warehouse, beside SQL that asks the case table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Engine, Select, case, func, select

from dashboard import queries
from dashboard.filters import Filter, default, last_full_month
from dashboard.measures import REGISTRY, compute
from etl.databases import open_engine
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks
from tests.benchmarks.narrow import CATEGORIES
from tests.benchmarks.timing import timed, timed_in_turn

SQL = "SQL on the cases: within_limit"
FIRST = {f"{key}, first after a load": key for key in ("received", "conformance", "step_time")}
_ASKED_ON = date(2013, 3, 1)  # the last full month holds the log's last events
_MONTHS = 12
_LOADS = 5
ROUNDS = 8  # through everything that is asked, so that no moment of the machine decides a figure


def measure_times(url: str) -> dict[str, tuple[float, float]]:
    """By measure, of what is asked ``FIRST``, and of SQL: median and 95th percentile, in ms.

    A measure is asked for a year and for each of its months, each for all and for one category, in
    several rounds through all measures.
    """
    engine = open_engine(url)
    regulation = queries.remembered_regulation(engine)
    assert regulation is not None
    filters = _filters(default(regulation=regulation, as_of=_ASKED_ON))
    asked = {
        key: [partial(compute, engine, regulation, f, keys=[key]) for f in filters]
        for key in REGISTRY
    } | {SQL: [_in_sql(engine, f) for f in filters]}
    first = {
        what: timed(_after_a_load(url, regulation, filters[0], key) for _ in range(_LOADS + 1))
        for what, key in FIRST.items()
    }
    times = timed_in_turn(asked, rounds=ROUNDS)
    sql = times.pop(SQL)
    return times | first | {SQL: sql}


def _filters(last: Filter) -> list[Filter]:
    months, day = [], last.as_of
    for _ in range(_MONTHS):
        begin, end = last_full_month(day)
        months.append(replace(last, period_from=begin, period_to=end))
        day = begin
    year = replace(last, period_from=months[-1].period_from)
    every = [last, year, *months]
    return [*every, *(replace(f, categories=CATEGORIES[:1]) for f in every[1:])]


def _after_a_load(
    url: str, regulation: Regulation, asked: Filter, key: str
) -> Callable[[], object]:
    """Asks what a process asks that is connected and has read nothing of this version yet."""
    engine = open_engine(url)  # what was read is kept by engine
    queries.data_version(engine)

    def ask() -> object:
        try:
            return compute(engine, regulation, asked, keys=[key])
        finally:
            engine.dispose()

    return ask


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

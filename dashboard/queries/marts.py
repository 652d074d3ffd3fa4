"""The marts as typed frames, kept in memory until the warehouse says that they are old."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd
from sqlalchemy import Column, ColumnElement, Engine, select

from dashboard.queries.frames import whole
from etl.warehouse import data_version as version_table
from etl.warehouse import mart_cases, mart_queue, mart_survey

_held: WeakKeyDictionary[Engine, dict[Hashable, tuple[int, Any]]] = WeakKeyDictionary()
_lock = Lock()
T = TypeVar("T")


def case_days(engine: Engine, clock: str) -> pd.DataFrame:
    """Cases of one clock, counted by their days and dimensions.

    Columns: channel, category, service_point, outcome (category dtype), received_on, due_on,
    stopped_on (datetime64[s], NaT while it runs), outcome_on (the day that the outcome counts
    from), n (int64). Not to be changed in place.
    """
    columns = [c for c in mart_cases.columns if c is not mart_cases.c.clock]
    return _frame(engine, ("cases", clock), columns, mart_cases.c.clock == clock)


def queue_days(engine: Engine) -> pd.DataFrame:
    """Entries of the register, counted by their days.

    Columns: category, reason (category dtype), registered_on, removed_on (datetime64[s], NaT while
    it stands), n (int64). Not to be changed in place.
    """
    return _frame(engine, ("queue",), [*mart_queue.columns])


def survey_days(engine: Engine) -> pd.DataFrame:
    """Answers, counted by day and place.

    Columns: service_point, question (category dtype), answered_on (datetime64[s]), answer, n
    (int64). Not to be changed in place.
    """
    return _frame(engine, ("survey",), [*mart_survey.columns])


def data_version(engine: Engine) -> int:
    """The number that rises with every change that a screen could show; 0 before the first."""
    with engine.connect() as connection:
        return connection.execute(select(version_table.c.version)).scalar() or 0


def held(engine: Engine, key: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` gives, kept until the warehouse changes. ``key`` names it within the engine.

    The version is asked before ``make`` reads: a change between the two costs one reading too many,
    never an old value under a new number.
    """
    version = data_version(engine)
    with _lock:
        values = _held.setdefault(engine, {})
    found = values.get(key)
    if found is None or found[0] != version:
        found = values[key] = version, make()
    value: T = found[1]
    return value


def _frame(
    engine: Engine,
    key: Hashable,
    columns: Sequence[Column[Any]],
    where: ColumnElement[bool] | None = None,
) -> pd.DataFrame:
    def read() -> pd.DataFrame:
        with engine.connect() as connection:
            return whole(connection, columns, where=where)

    return held(engine, key, read).copy(deep=False)

"""The marts as typed frames, kept in memory until the warehouse says that they are old."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Engine

from dashboard.queries.keeping import Until, held
from dashboard.queries.reading import connected
from etl import versions
from etl.frames import whole
from etl.warehouse import (
    CASE_FACTS,
    COURSE_FACTS,
    QUEUE_FACTS,
    SURVEY_FACTS,
    Facts,
)


def case_days(engine: Engine, clock: str, *, version: int | None = None) -> pd.DataFrame:
    """Cases of one clock, counted by their days and dimensions.

    Columns: channel, category, service_point, outcome (category dtype), received_on, due_on,
    stopped_on (datetime64[s], NaT while it runs), outcome_on (the day that the outcome counts
    from), n (int64). Not to be changed in place. ``version``: what was known then, else now.
    """
    columns = [name for name in CASE_FACTS.names if name != "clock"]
    return _frame(engine, CASE_FACTS, columns, version=version, clock=clock)


def queue_days(engine: Engine, *, version: int | None = None) -> pd.DataFrame:
    """Entries of the register, counted by their days.

    Columns: category, reason (category dtype), registered_on, removed_on (datetime64[s], NaT while
    it stands), n (int64). Not to be changed in place. ``version``: what was known then, else now.
    """
    return _frame(engine, QUEUE_FACTS, QUEUE_FACTS.names, version=version)


def survey_days(engine: Engine, *, version: int | None = None) -> pd.DataFrame:
    """Answers, counted by day and place.

    Columns: service_point, question (category dtype), answered_on (datetime64[s]), answer, n
    (int64). Not to be changed in place. ``version``: what was known then, else now.
    """
    return _frame(engine, SURVEY_FACTS, SURVEY_FACTS.names, version=version)


def course_days(engine: Engine, *, version: int | None = None) -> pd.DataFrame:
    """Courses of cases, counted by the day that the headline's clock stopped.

    Columns: channel, category, service_point, verdict (category dtype, see
    ``etl.courses.verdicts``; missing while a case is open), stopped_on (datetime64[s], NaT while it
    is open), n (int64). Not to be changed in place. ``version``: what was known then, else now.
    """
    return _frame(engine, COURSE_FACTS, COURSE_FACTS.names, version=version)


def _frame(
    engine: Engine,
    facts: Facts,
    columns: Sequence[str],
    *,
    version: int | None,
    clock: str | None = None,
) -> pd.DataFrame:
    def read() -> pd.DataFrame:
        source = facts.mart if version is None else versions.counted_at(facts, version).subquery()
        where = None if clock is None else source.c.clock == clock
        with connected(engine) as connection:
            return whole(connection, [source.c[n] for n in (*columns, "n")], where=where)

    until: Until = "change" if facts is SURVEY_FACTS else "load"
    found = held(engine, (facts.mart.name, clock, version), read, until=until)
    return found.copy(deep=False)

"""The finished cases that do not keep to their diagram, and at which of its steps.

The mart says how many there are and of which kinds; where it says none, nothing else is read. The
steps come of their courses, read once a load and judged once a sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, Row, select

from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.state import Days, number
from dashboard.queries.keeping import held
from dashboard.queries.marts import course_days
from dashboard.queries.reading import connected
from etl.courses import packed
from etl.courses.verdicts import PATH, Deviation, Diagram
from etl.databases import IN_BINARY
from etl.frames import DAY
from etl.regulation.model import Regulation
from etl.warehouse import case_courses

_OF_CASE = ("case_id", *DIMENSIONS, "stopped_on")
_COLUMNS = (*_OF_CASE, "kind", "steps")
_MOST = 50_000  # courses kept in memory, some 650 bytes each


def deviating(engine: Engine, filter_: Filter, *, regulation: Regulation) -> pd.DataFrame:
    """A row for each way in which a case finished in the period deviates, as known at ``as_of``.

    Columns: case_id, channel, category, service_point (str), stopped_on (datetime64[s], under the
    headline's clock), kind (str, of ``etl.courses.verdicts.KINDS``), steps (str, as
    ``packed.joined`` has them). The cases finished last come first.
    """
    first, last = filter_.period_from, min(filter_.period_to, filter_.as_of)
    chosen = [
        row
        for row in _finished(engine, first, last)
        if all(
            not (codes := getattr(filter_, field)) or getattr(row, name) in codes
            for name, field in DIMENSIONS.items()
        )
    ]
    told = [
        (*row[: len(_OF_CASE)], kind, packed.joined(steps))
        for row, deviations in zip(chosen, _judged(chosen, regulation, filter_.as_of), strict=True)
        for kind, steps in deviations
    ]
    frame = pd.DataFrame(told, columns=list(_COLUMNS))
    return frame.astype({**dict.fromkeys(_COLUMNS, "str"), "stopped_on": DAY})


def _finished(engine: Engine, first: date, last: date) -> Sequence[Row[Any]]:
    """The cases finished in the period that the mart does not say to have kept to their diagram
    throughout, those finished last first. No index leads to them: where they are few, all are read
    at once; where the diagram fits none, those of a period."""
    kept = partial(held, engine, until="load")
    if kept("how many deviate", lambda: _how_many(engine)) > _MOST:
        period = ("deviating courses", first, last)
        return kept(period, lambda: _read(engine, first, last), size="large")[0]
    rows, stopped = kept("deviating courses", lambda: _read(engine))
    begin, end = np.searchsorted(-stopped, [-number(last), -number(first) + 1])
    return rows[begin:end]


def _how_many(engine: Engine) -> int:
    days = course_days(engine)
    deviate = days["verdict"].notna() & (days["verdict"] != PATH) & days["stopped_on"].notna()
    return int(days["n"].to_numpy()[deviate.to_numpy()].sum())


def _read(
    engine: Engine, first: date = date.min, last: date = date.max
) -> tuple[Sequence[Row[Any]], Days]:
    """Those of the days from ``first`` to ``last``, and when each was finished."""
    course = case_courses.c
    query = (
        select(*(course[name] for name in _OF_CASE), course.steps, course.times)
        .where(course.verdict != PATH, course.stopped_on.between(first, last))
        .order_by(course.stopped_on.desc(), course.case_id)
    )
    with connected(engine) as connection:
        rows: list[Any] = [*connection.execute(query, execution_options=IN_BINARY).all()]
    return rows, np.array([number(row.stopped_on) for row in rows], dtype="int32")


def _judged(
    rows: Sequence[Row[Any]], regulation: Regulation, as_of: date
) -> Iterator[list[Deviation]]:
    """How each course deviates by what had happened by the end of ``as_of``."""
    diagrams = {channel.code: Diagram(channel) for channel in regulation.channels}
    until = number(as_of)

    @cache
    def judged(channel: str, steps: str, n: int) -> list[Deviation]:
        return diagrams[channel].deviations(packed.parted(steps)[:n])

    for row in rows:
        yield judged(row.channel, row.steps, _taken_by(row, until))


def _taken_by(row: Row[Any], day: int) -> int:
    """How many of a course's events had happened by the end of a day (since 1970)."""
    return int(np.searchsorted(np.frombuffer(row.times, packed.TAKEN)["on"], day, "right"))

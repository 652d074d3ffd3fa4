"""The finished cases that do not keep to their diagram, and at which of its steps.

The mart says how many there are and of which kinds; where it says none, nothing else is read. The
steps come of the courses of those that were finished in the period, judged once a sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, Row, select

from dashboard.filters import DIMENSIONS, Filter
from dashboard.queries.keeping import held
from etl.courses import packed
from etl.courses.verdicts import PATH, Deviation, Diagram
from etl.databases import IN_BINARY
from etl.frames import DAY
from etl.regulation.model import Regulation
from etl.warehouse import case_courses

_EPOCH = date(1970, 1, 1)
_OF_CASE = ("case_id", *DIMENSIONS, "stopped_on")
_COLUMNS = (*_OF_CASE, "kind", "steps")


def deviating(engine: Engine, filter_: Filter, *, regulation: Regulation) -> pd.DataFrame:
    """A row for each way in which a case finished in the period deviates, as known at ``as_of``.

    Columns: case_id, channel, category, service_point (str), stopped_on (datetime64[s], under the
    headline's clock), kind (str, of ``etl.courses.verdicts.KINDS``), steps (str, as
    ``packed.joined`` has them). The cases finished last come first.
    """
    first, last = filter_.period_from, min(filter_.period_to, filter_.as_of)
    key = ("deviating", regulation.sha256, first, last, filter_.as_of)
    found = held(
        engine, key, lambda: _read(engine, regulation, first, last, filter_.as_of), large=True
    )
    chosen = np.ones(len(found), dtype=bool)
    for name, field in DIMENSIONS.items():
        if codes := getattr(filter_, field):
            chosen &= found[name].isin(codes).to_numpy()
    return found[chosen]


def _read(
    engine: Engine, regulation: Regulation, first: date, last: date, as_of: date
) -> pd.DataFrame:
    course = case_courses.c
    query = (
        select(*(course[name] for name in _OF_CASE), course.steps, course.times)
        .where(course.verdict != PATH, course.stopped_on.between(first, last))
        .order_by(course.stopped_on.desc(), course.case_id)
    )
    with engine.connect() as connection:
        rows = connection.execute(query, execution_options=IN_BINARY).all()
    told = [
        (*row[: len(_OF_CASE)], kind, packed.joined(steps))
        for row, deviations in zip(rows, _judged(rows, regulation, as_of), strict=True)
        for kind, steps in deviations
    ]
    frame = pd.DataFrame(told, columns=list(_COLUMNS))
    return frame.astype({**dict.fromkeys(_COLUMNS, "str"), "stopped_on": DAY})


def _judged(rows: Any, regulation: Regulation, as_of: date) -> Iterator[list[Deviation]]:
    """How each course deviates by what had happened by the end of ``as_of``."""
    diagrams = {channel.code: Diagram(channel) for channel in regulation.channels}
    until = (as_of - _EPOCH).days

    @cache
    def judged(channel: str, steps: str, n: int) -> list[Deviation]:
        return diagrams[channel].deviations(packed.parted(steps)[:n])

    for row in rows:
        yield judged(row.channel, row.steps, _taken_by(row, until))


def _taken_by(row: Row[Any], day: int) -> int:
    """How many of a course's events had happened by the end of a day (since 1970)."""
    return int(np.searchsorted(np.frombuffer(row.times, packed.TAKEN)["on"], day, "right"))

"""At which step the overdue cases stand: what a head of a department can move at once."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Engine, select, union_all

from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.state import number
from dashboard.queries.keeping import held
from dashboard.queries.late import by_days
from dashboard.queries.snapshot import snapshot
from etl.courses import packed
from etl.databases import IN_BINARY
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks, case_courses


def stuck(engine: Engine, filter_: Filter, *, regulation: Regulation) -> pd.DataFrame:
    """The cases overdue at ``as_of``, counted by the latest step that each had taken by then.

    Columns: step (str, missing where no step of the case is known), n (int64), days (float64: mean
    days since that step). The step with the most cases comes first.
    """
    as_of = filter_.as_of
    key = ("stuck", regulation.sha256, filter_.clock, as_of)
    chosen = [getattr(filter_, field) for field in DIMENSIONS.values()]
    counts, waited = Counter[str | None](), defaultdict[str | None, float](float)
    for one in held(engine, key, lambda: _read(engine, filter_, regulation)):
        if all(not codes or code in codes for code, codes in zip(one.place, chosen, strict=True)):
            counts[one.step] += one.n
            waited[one.step] += one.n * one.waited
    steps = sorted(counts, key=lambda step: (-counts[step], step is None, step))
    n = np.array([counts[step] for step in steps], dtype="int64")
    days = np.array([waited[step] for step in steps], dtype="float64")
    return pd.DataFrame({"step": pd.array(steps, dtype="str"), "n": n, "days": days / n})


class _Late(NamedTuple):
    """``n`` cases of one channel, category and office whose latest step was the same one ``waited``
    days ago; None and NaN where none is known."""

    place: tuple[str, ...]
    step: str | None
    n: int
    waited: float


def _read(engine: Engine, filter_: Filter, regulation: Regulation) -> list[_Late]:
    """Of every channel, category and office, among which a filter chooses in memory."""
    every = replace(filter_, channels=(), categories=(), service_points=())
    clock, course = case_clocks.c, case_courses.c
    listed = select(clock.case_id, *(clock[name] for name in DIMENSIONS))
    parts = by_days(engine, every, regulation, 0, "overdue", told_by=case_clocks)
    late = union_all(*(listed.where(*part) for part in parts)).subquery()
    query = select(*(late.c[name] for name in DIMENSIONS), course.steps, course.times)
    query = query.outerjoin_from(late, case_courses, course.case_id == late.c.case_id)
    with snapshot(engine) as connection:
        rows = connection.execute(query, execution_options=IN_BINARY).all()
    if not rows:
        return []
    *places, steps, times = zip(*rows, strict=True)
    stands = _last_steps(steps, times, filter_.as_of)
    counts = Counter(zip(zip(*places, strict=True), stands, strict=True))
    return [_Late(place, step, n, days) for (place, (step, days)), n in counts.items()]


def _last_steps(
    steps: Sequence[str | None], times: Sequence[bytes | None], as_of: date
) -> Iterator[tuple[str | None, float]]:
    """The latest step that each course had taken by the end of a day, and how many days ago; of
    none that is known, None and NaN."""
    day, blobs = number(as_of), [of or b"" for of in times]
    ends = np.cumsum([len(of) for of in blobs]) // packed.TAKEN.itemsize
    begins = np.concatenate([[0], ends[:-1]])
    on = np.frombuffer(b"".join(blobs), packed.TAKEN)["on"]
    taken = np.concatenate([[0], (on <= day).cumsum()])  # in a course the days do not fall
    many = taken[ends] - taken[begins]
    ago = np.full(len(many), math.nan)
    ago[many > 0] = day - on[(begins + many - 1)[many > 0]]

    @cache
    def last(course: str | None, n: int) -> str | None:
        return packed.parted(course)[n - 1] if course and n else None

    return zip(map(last, steps, many.tolist()), ago.tolist(), strict=True)

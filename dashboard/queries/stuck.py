"""At which step the overdue cases stand: what a head of a department can move at once."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Engine, and_, func, select, union_all

from dashboard.filters import DIMENSIONS, Filter
from dashboard.queries.keeping import held
from dashboard.queries.overdue import WITH_CASES, by_days
from dashboard.queries.snapshot import snapshot
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks, cases, events


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
    as_of = filter_.as_of
    every = replace(filter_, channels=(), categories=(), service_points=())
    listed = select(case_clocks.c.case_id, *(cases.c[name] for name in DIMENSIONS))
    parts = by_days(engine, every, regulation, 0, "overdue")
    late = union_all(*(listed.select_from(WITH_CASES).where(*part) for part in parts)).subquery()
    ranked = (
        select(
            *(late.c[name] for name in DIMENSIONS),
            events.c.step,
            events.c.occurred_on,
            func.row_number()
            .over(
                partition_by=late.c.case_id,
                order_by=(events.c.occurred_at.desc(), events.c.position.desc()),
            )
            .label("rank"),
        )
        .outerjoin_from(
            late,
            events,
            and_(events.c.case_id == late.c.case_id, events.c.occurred_on <= as_of),
        )
        .subquery()
    )
    by = [ranked.c[name] for name in (*DIMENSIONS, "step", "occurred_on")]
    counted = select(*by, func.count()).where(ranked.c.rank == 1).group_by(*by)
    with snapshot(engine) as connection:
        rows = connection.execute(counted).all()
    return [
        _Late(tuple(place), step, n, (as_of - since).days if since else math.nan)
        for *place, step, since, n in rows
    ]

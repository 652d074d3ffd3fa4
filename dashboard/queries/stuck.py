"""At which step the overdue cases stand: what a head of a department can move at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from sqlalchemy import Engine, and_, func, select

from dashboard.filters import DIMENSIONS, Filter
from dashboard.queries.keeping import held
from dashboard.queries.overdue import WITH_CASES, conditions
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
    found = held(engine, key, lambda: _read(engine, filter_, regulation))
    n = found["n"].to_numpy()
    for name, field in DIMENSIONS.items():
        if codes := getattr(filter_, field):
            n = n * found[name].isin(codes).to_numpy()
    names = [*found["step"].cat.categories, None]
    step = found["step"].cat.codes.to_numpy()
    step = np.where(step < 0, len(names) - 1, step)
    counts = np.bincount(step, weights=n, minlength=len(names)).astype("int64")
    waited = np.bincount(step, weights=n * found["waited"].to_numpy(), minlength=len(names))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    return pd.DataFrame(
        {
            "step": pd.array([names[place] for place in order], dtype="str"),
            "n": counts[order],
            "days": waited[order] / counts[order],
        }
    )


def _read(engine: Engine, filter_: Filter, regulation: Regulation) -> pd.DataFrame:
    """Of every channel, category and office, among which a filter chooses in memory."""
    as_of = filter_.as_of
    every = replace(filter_, channels=(), categories=(), service_points=())
    late = (
        select(case_clocks.c.case_id, *(cases.c[name] for name in DIMENSIONS))
        .select_from(WITH_CASES)
        .where(and_(*conditions(every, regulation, at_risk_days=0, only="overdue")))
        .subquery()
    )
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
    found = pd.DataFrame(rows, columns=[*DIMENSIONS, "step", "since", "n"])
    waited = pd.Timestamp(as_of) - found["since"].astype("datetime64[s]")
    found = found.astype({**dict.fromkeys((*DIMENSIONS, "step"), "category"), "n": "int64"})
    return found.assign(waited=waited.dt.days.astype("float64"))

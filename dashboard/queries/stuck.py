"""At which step the overdue cases stand: what a head of a department can move at once."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Engine, and_, func, select

from dashboard.filters import Filter
from dashboard.queries.keeping import held
from dashboard.queries.overdue import WITH_CASES, conditions
from dashboard.queries.snapshot import snapshot
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks, events


def stuck(engine: Engine, filter_: Filter, *, regulation: Regulation) -> pd.DataFrame:
    """The cases overdue at ``as_of``, counted by the latest step that each had taken by then.

    Columns: step (str, missing where no step of the case is known), n (int64), days (float64: mean
    days since that step). The step with the most cases comes first.
    """
    return held(engine, ("stuck", filter_), lambda: _read(engine, filter_, regulation))


def _read(engine: Engine, filter_: Filter, regulation: Regulation) -> pd.DataFrame:
    as_of = filter_.as_of
    late = (
        select(case_clocks.c.case_id)
        .select_from(WITH_CASES)
        .where(and_(*conditions(filter_, regulation, at_risk_days=0, only="overdue")))
        .subquery()
    )
    ranked = (
        select(
            late.c.case_id,
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
    counted = (
        select(ranked.c.step, ranked.c.occurred_on, func.count())
        .where(ranked.c.rank == 1)
        .group_by(ranked.c.step, ranked.c.occurred_on)
    )
    with snapshot(engine) as connection:
        rows = connection.execute(counted).all()
    found = pd.DataFrame(rows, columns=["step", "since", "n"])
    waited = (pd.Timestamp(as_of) - found["since"].astype("datetime64[s]")).dt.days
    whole = found.assign(step=found["step"].astype("str"), waited=waited * found["n"])
    by_step = whole.groupby("step", dropna=False, sort=True)[["n", "waited"]].sum(min_count=1)
    by_step = by_step.reset_index().astype({"n": "int64", "waited": "float64"})
    by_step["days"] = by_step["waited"] / by_step["n"]
    ordered = by_step.sort_values("n", ascending=False, kind="stable", ignore_index=True)
    return ordered[["step", "n", "days"]]

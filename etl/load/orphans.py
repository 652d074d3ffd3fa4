"""Events of cases that nobody sent, or that lie in quarantine themselves."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, case, delete, exists, select

from etl.load.remarks import ORPHANED
from etl.load.staging import EVENTS, Staged
from etl.warehouse import cases, quarantine

_REJECT = ["record", "rule", "column", "value", "raw"]
_SHOWN = ("case_id", "step", "occurred_at", "actor")


def set_aside(
    connection: Connection, staged: Staged, *, case_sources: Collection[str]
) -> pd.DataFrame:
    """Take the records whose case is not in the warehouse out of the staged events.

    Returns them as rejects: record, rule, column, value, raw. ``case_sources`` are the sources
    whose quarantine tells of cases, not of events.
    """
    rows = staged.tables.get(EVENTS.frame)
    if rows is None:
        return pd.DataFrame(columns=_REJECT)
    rejected_cases = select(quarantine.c.record_key).where(
        quarantine.c.source.in_(case_sources),
        quarantine.c.closed_run_id.is_(None),
        quarantine.c.rule.not_in(ORPHANED),
        quarantine.c.record_key.is_not(None),
    )
    rule = case((rows.c.case_id.in_(rejected_cases), ORPHANED[1]), else_=ORPHANED[0])
    found = connection.execute(
        select(rows.c.record, rule.label("rule"), *(rows.c[name] for name in _SHOWN))
        .join_from(rows, cases, cases.c.case_id == rows.c.case_id, isouter=True)
        .where(cases.c.case_id.is_(None))
        .order_by(rows.c.n)
    ).all()
    if found:
        known = exists().where(cases.c.case_id == rows.c.case_id)
        connection.execute(delete(rows).where(~known))
    first = {row.record: row for row in reversed(found)}  # a record is rejected once, whole
    rejects = [
        (record, row.rule, "case_id", row.case_id, _raw(row)) for record, row in first.items()
    ]
    return pd.DataFrame(rejects, columns=_REJECT)


def _raw(row: Row[Any]) -> str:
    told = {name: getattr(row, name) for name in _SHOWN}
    return json.dumps({name: str(value) for name, value in told.items() if value is not None})

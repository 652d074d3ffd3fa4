"""Events and messages of cases that nobody sent, or that lie in quarantine themselves."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import nullcontext
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, Table, case, delete, exists, select

from etl.load.area import Area, as_table
from etl.load.entities import EVENTS, MESSAGES
from etl.load.remarks import ORPHANED, described
from etl.load.spool import Int64s
from etl.load.staging import Staged
from etl.warehouse import cases, quarantine

_REJECT = ["record", "rule", "column", "value", "raw"]
_SHOWN = {
    EVENTS.frame: ("case_id", "step", "occurred_at", "actor"),
    MESSAGES.frame: ("case_id", "sent_at", "executor", "queue_number", "outcome"),
}


def set_aside(
    connection: Connection,
    staged: Staged,
    *,
    case_sources: Collection[str],
    among: Int64s | None,
) -> pd.DataFrame:
    """Take the records whose case is not in the warehouse out of the staged events and messages.

    Returns them as rejects, as `Staged` has them. ``case_sources`` are the sources whose quarantine
    tells of cases, not of events. ``among``: of the events, the ``n`` of those that may have none.
    """
    first: dict[int, tuple[Any, ...]] = {}  # a record is rejected once, whole
    for frame, shown in _SHOWN.items():
        rows = staged.tables.get(frame)
        if rows is not None:
            some = among if frame == EVENTS.frame else None
            for row in _homeless(connection, rows, shown, case_sources, some):
                told = (row.record, row.rule, "case_id", row.case_id, _raw(row, shown))
                first.setdefault(row.record, told)
    rejects = pd.DataFrame(first.values(), columns=_REJECT)
    records = np.sort(rejects["record"].to_numpy(dtype="int64"))
    return described(rejects, staged.records.places(records))


def _homeless(
    connection: Connection,
    rows: Table,
    shown: Collection[str],
    case_sources: Collection[str],
    among: Int64s | None,
) -> list[Row[Any]]:
    """The staged rows without a case, with the rule that they break; staged they are no more."""
    if among is not None and not among.size:
        return []
    rejected_cases = select(quarantine.c.record_key).where(
        quarantine.c.source.in_(case_sources),
        quarantine.c.closed_run_id.is_(None),
        quarantine.c.rule.not_in(ORPHANED),
        quarantine.c.record_key.is_not(None),
    )
    rule = case((rows.c.case_id.in_(rejected_cases), ORPHANED[1]), else_=ORPHANED[0])
    query = (
        select(rows.c.record, rule.label("rule"), *(rows.c[name] for name in shown))
        .join_from(rows, cases, cases.c.case_id == rows.c.case_id, isouter=True)
        .where(cases.c.case_id.is_(None))
        .order_by(rows.c.n)
    )
    gone = delete(rows).where(~exists().where(cases.c.case_id == rows.c.case_id))
    with nullcontext() if among is None else as_table(Area(connection), number=among) as listed:
        if listed is not None:
            theirs = rows.c.n.in_(select(listed.c.number))
            query, gone = query.where(theirs), gone.where(theirs)
        found = connection.execute(query).all()
        if found:
            connection.execute(gone)
    return list(found)


def _raw(row: Row[Any], shown: Collection[str]) -> str:
    told = {name: getattr(row, name) for name in shown}
    return json.dumps({name: str(value) for name, value in told.items() if value is not None})

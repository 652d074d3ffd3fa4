"""Quarantine and findings: what is new, what is known already, what is settled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, insert, select, true, update

from etl.warehouse import quarantine

ORPHANED = ("unknown_case", "case_rejected")  # rules that only the warehouse can judge
_COLUMNS = ["rule", "file", "row", "record_key", "column", "value", "record_hash"]
_CHUNK = 500  # below every driver's limit of bound values


@dataclass(frozen=True)
class Noted:
    """How many remarks a delivery made, by rule, and how many of them were not known yet.

    ``again``: of the same words as another remark of this delivery.
    """

    by_rule: Counter[str]
    new: int = 0
    again: int = 0


def described(remarks: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """``remarks`` (record, rule, column, value…) with the place, key and hash of their records."""
    if remarks.empty:
        return remarks
    places = records[["record", "file", "row", "key", "record_hash"]]
    joined = remarks.merge(places, on="record", how="left")
    return joined.rename(columns={"key": "record_key"})


def note(
    connection: Connection,
    table: Table,
    remarks: pd.DataFrame,
    *,
    source: str,
    run_id: int | None,
    accepted: Callable[[Collection[str]], Collection[str]] | None = None,
    among: ColumnElement[bool] | None = None,
) -> Noted:
    """Bring the open entries of ``source`` in ``table`` (quarantine, findings) up to date.

    ``remarks``: as `described` gives them, with ``raw`` for the quarantine. An entry that is open
    in the same words stays untouched; one that was not repeated (of those that ``among`` chooses)
    is closed by this run. Where not all of the source was read, only if its record is now among
    the ``accepted``, which says of record hashes which of them got in.
    """
    among = true() if among is None else among
    identity = _identity(table)
    open_entries = connection.execute(
        select(table.c.remark_id, *(table.c[name] for name in identity)).where(
            table.c.source == source, table.c.closed_run_id.is_(None), among
        )
    ).all()
    known = {tuple(entry[1:]): entry[0] for entry in open_entries}
    rows = _as_rows(remarks, table)
    first = {tuple(row[name] for name in identity): row for row in reversed(rows)}
    new = [row for words, row in reversed(first.items()) if words not in known]
    if new:
        connection.execute(insert(table), [{**r, "source": source, "run_id": run_id} for r in new])
    of_record = identity.index("record_hash")
    silent = {words: remark_id for words, remark_id in known.items() if words not in first}
    if accepted is not None and silent:
        inside = accepted({words[of_record] for words in silent})
        silent = {words: entry for words, entry in silent.items() if words[of_record] in inside}
    settled = list(silent.values())
    _close(connection, table, settled, run_id)
    return Noted(Counter(row["rule"] for row in rows), len(new), len(rows) - len(first))


def _identity(table: Table) -> tuple[str, ...]:
    """A record is in quarantine for one reason; of findings it may have several."""
    if table is quarantine:
        return ("rule", "record_hash")
    return ("rule", "record_hash", "column", "value")


def _as_rows(remarks: pd.DataFrame, table: Table) -> list[dict[Any, Any]]:
    if remarks.empty:
        return []
    columns = [*_COLUMNS, "raw"] if table is quarantine else _COLUMNS
    values = remarks.reindex(columns=columns).astype(object)
    rows = values.where(values.notna(), None).to_dict("records")
    if table is quarantine:
        for row in rows:
            row["raw"] = json.loads(row["raw"] or "{}")
    return rows


def _close(
    connection: Connection, table: Table, settled: Sequence[int], run_id: int | None
) -> None:
    for start in range(0, len(settled), _CHUNK):
        some = table.c.remark_id.in_(settled[start : start + _CHUNK])
        connection.execute(update(table).where(some).values(closed_run_id=run_id))

"""Quarantine and findings: what is new, what is known already, what is settled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    bindparam,
    insert,
    select,
    true,
    update,
)

from etl.veil import veiled, veiled_key, veiled_record
from etl.warehouse import quarantine

ORPHANED = ("unknown_case", "case_rejected")  # rules that only the warehouse can judge
_COLUMNS = ["rule", "file", "row", "record_key", "column", "value", "record_hash"]
_PLACE = ("remark_id", "file", "row", "record_key")  # of an entry, before its identity
_CHUNK = 500  # below every driver's limit of bound values


# Of hashes and keys of records, those of records that got in.
Accepted = Callable[
    [Collection[str], Collection[str | None]], tuple[Collection[str], Collection[str]]
]


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
    places = records[["record", "file", "row", "key", "record_hash"]]
    places = places.rename(columns={"key": "record_key"})
    if remarks.empty:
        return remarks.reindex(columns=[*remarks.columns, *places.columns.drop("record")])
    return remarks.merge(places, on="record", how="left")


def note(
    connection: Connection,
    table: Table,
    remarks: pd.DataFrame,
    *,
    source: str,
    run_id: int | None,
    accepted: Accepted | None = None,
    unread: Collection[str] | None = None,
    among: ColumnElement[bool] | None = None,
) -> Noted:
    """Bring the open entries of ``source`` in ``table`` (quarantine, findings) up to date.

    ``remarks``: as `described` gives them, with ``raw`` for the quarantine. An entry that is open
    in the same words stays, at the place where it stands now; one that was not repeated (of those
    that ``among`` chooses) is closed by this run. Where not all of the source was read, an entry of
    a file that is ``unread`` (of any, if None) is closed only if its record is now among the
    ``accepted``, or another one of its key that is believed before it.
    """
    among = true() if among is None else among
    identity = _identity(table)
    open_entries = connection.execute(
        select(*(table.c[name] for name in (*_PLACE, *identity))).where(
            table.c.source == source, table.c.closed_run_id.is_(None), among
        )
    ).all()
    known = {tuple(entry[len(_PLACE) :]): entry.remark_id for entry in open_entries}
    rows = _as_rows(remarks, table)
    first = {tuple(row[name] for name in identity): row for row in reversed(rows)}
    new = [row for words, row in reversed(first.items()) if words not in known]
    if new:
        shown = map(_veiled, new) if table is quarantine else new
        kept = [{**row, "source": source, "run_id": run_id} for row in shown]
        connection.execute(insert(table), kept)
    partly = accepted is not None and unread is None
    moved = [
        {"id": entry.remark_id, "to_file": place["file"], "to_row": place["row"]}
        for entry in ([] if partly else open_entries)
        if (place := first.get(tuple(entry[len(_PLACE) :]))) is not None
        and entry.file not in (unread or ())
        and (entry.file, entry.row) != (place["file"], place["row"])
    ]
    if moved:
        _move(connection, table, moved)
    silent = [e for e in open_entries if tuple(e[len(_PLACE) :]) not in first]
    if accepted is not None:
        inside = accepted([e.record_hash for e in silent], [e.record_key for e in silent])
        silent = [e for e in silent if _is_settled(e, table, unread, *inside)]
    _close(connection, table, [entry.remark_id for entry in silent], run_id)
    return Noted(Counter(row["rule"] for row in rows), len(new), len(rows) - len(first))


def _is_settled(
    entry: Row[Any],
    table: Table,
    unread: Collection[str] | None,
    hashes: Collection[str],
    keys: Collection[str],
) -> bool:
    """Whether an entry that a part of its source did not repeat is so by nothing any more.

    ``hashes``, ``keys``: of the records of that part that got in. What a later file says of a thing
    is believed, so that what was found of its earlier record, or of an event that waited, is gone;
    the record that broke a rule still stands in its own file, but in a table it is the same row.
    """
    if entry.record_hash in hashes or (unread is not None and entry.file not in unread):
        return True
    overridden = table is not quarantine or entry.rule in ORPHANED or unread is None
    return overridden and entry.record_key in keys


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


def _veiled(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """The same without persons; what others are found by is a number of theirs."""
    key, value = row["record_key"], row["value"]
    hide = veiled_key if row["rule"] in ORPHANED else veiled
    return {
        **row,
        "record_key": None if key is None else veiled_key(key),
        "value": None if value is None else hide(value),
        "raw": veiled_record(row["raw"]),
    }


def _move(connection: Connection, table: Table, moved: Sequence[Mapping[str, Any]]) -> None:
    """A record that stands elsewhere now: it would else be settled with the file it once was in."""
    place: dict[str, Any] = {"file": bindparam("to_file"), "row": bindparam("to_row")}
    connection.execute(
        update(table).where(table.c.remark_id == bindparam("id")).values(place), moved
    )


def _close(
    connection: Connection, table: Table, settled: Sequence[int], run_id: int | None
) -> None:
    for start in range(0, len(settled), _CHUNK):
        some = table.c.remark_id.in_(settled[start : start + _CHUNK])
        connection.execute(update(table).where(some).values(closed_run_id=run_id))

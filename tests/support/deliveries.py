"""Deliveries made by hand: what the contract would hand to the loader, from rows as plain dicts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from etl.contract.frames import TYPES
from etl.contract.model import Checked

Row = Mapping[str, Any]

_FRAMES: dict[str, dict[str, str]] = {
    **TYPES,
    "rejects": {"record": "int64", "rule": "str", "column": "str", "value": "str", "raw": "str"},
    "findings": {"record": "int64", "rule": "str", "column": "str", "value": "str"},
}
_KEYS = {
    "cases": "case_id",
    "events": "event_id",
    "messages": "message_id",
    "queue": "entry_id",
    "surveys": "response_id",
}


def case_row(case_id: str, **given: Any) -> dict[str, Any]:
    """A case of the small town's desk; ``given`` overrides."""
    return {
        "case_id": case_id,
        "channel": "desk",
        "category": "families",
        "service_point": "hall",
        "gives_start": False,
        "gives_stop": False,
        **given,
    }


def event_row(case_id: str, step: str, at: str | datetime, **given: Any) -> dict[str, Any]:
    """An event at the time ``at`` (UTC); its local date is that of Almaty in 2013 (UTC+6)."""
    time = pd.Timestamp(at)
    return {
        "event_id": f"{case_id}/{step}/{time:%Y%m%d%H%M}",
        "case_id": case_id,
        "step": step,
        "occurred_at": time,
        "occurred_on": (time + pd.Timedelta(hours=6)).normalize(),
        "position": 0,
        **given,
    }


def message_row(message_id: str, case_id: str, sent_at: str | None, **given: Any) -> dict[str, Any]:
    """What an update of the gateway says of a case, sent at that time (UTC)."""
    sent = None if sent_at is None else pd.Timestamp(sent_at)
    return {"message_id": message_id, "case_id": case_id, "sent_at": sent, **given}


def queue_row(entry_id: str, registered_on: str, **given: Any) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "number": entry_id.removeprefix("entry-"),
        "category": "families",
        "registered_on": pd.Timestamp(registered_on),
        **given,
    }


def survey_row(
    response_id: str, answered_on: str, answers: Mapping[str, int], **given: Any
) -> dict[str, Any]:
    return {
        "response_id": response_id,
        "service_point": "hall",
        "answered_on": pd.Timestamp(answered_on),
        "answers": answers,
        **given,
    }


def delivery(
    *,
    cases: Iterable[Row] = (),
    events: Iterable[Row] = (),
    messages: Iterable[Row] = (),
    queue: Iterable[Row] = (),
    surveys: Iterable[Row] = (),
    rejects: Iterable[Row] = (),
    findings: Mapping[str, tuple[str, ...]] | None = None,
    duplicates: int = 0,
) -> Checked:
    """One source, judged: a record a row, but an event of a case told here is of that record.

    ``rejects``: rows with ``key``, ``rule`` and anything else that they said; ``findings``: rules
    for the key of an accepted record.
    """
    records: list[dict[str, Any]] = []
    frames: dict[str, list[dict[str, Any]]] = {name: [] for name in _FRAMES}
    whose: dict[str, int] = {}
    for name, rows in (
        ("cases", cases),
        ("events", events),
        ("messages", messages),
        ("queue", queue),
        ("surveys", surveys),
    ):
        for row in rows:
            of_case = whose.get(row["case_id"]) if name == "events" else None
            number = _record(records, row[_KEYS[name]], row) if of_case is None else of_case
            whose.setdefault(row[_KEYS[name]], number)
            frames[name].append({"record": number, **row})
            for question, answer in row.get("answers", {}).items():
                told = {"response_id": row["response_id"], "question": question, "answer": answer}
                frames["answers"].append({"record": number, **told})
    for row in rejects:
        number = _record(records, row["key"], row, status="rejected")
        told = {"rule": row["rule"], "raw": json.dumps(dict(row))}
        frames["rejects"].append({"record": number, "column": "x", "value": "y", **told})
    for key, rules in (findings or {}).items():
        found = [{"record": whose[key], "rule": r, "column": "x", "value": "y"} for r in rules]
        frames["findings"].extend(found)
    for number in range(duplicates):
        _record(records, f"again-{number}", {}, status="duplicate")
    for record in records:
        rows_of = [
            row for rows in frames.values() for row in rows if row["record"] == record["record"]
        ]
        told = [{**row, "record": None} for row in rows_of]
        record["record_hash"] = _hash([record["key"], record["record_hash"], *told])
    return Checked(
        records=pd.DataFrame(records, columns=list(_RECORDS))
        .astype(_RECORDS)
        .assign(mark=np.array([_mark(record) for record in records], dtype="uint64")),
        **{name: _frame(name, rows) for name, rows in frames.items()},
    )


_RECORDS = {
    "record": "int64",
    "file": "str",
    "row": "int64",
    "key": "str",
    "record_hash": "str",
    "status": "str",
}


def _record(records: list[dict[str, Any]], key: str | None, row: Row, status: str = "ok") -> int:
    number = len(records)
    records.append(
        {
            "record": number,
            "file": "file.csv",
            "row": number + 2,
            "key": key,
            "record_hash": _hash([sorted((k, str(v)) for k, v in row.items())]),
            "status": status,
        }
    )
    return number


def _mark(record: Mapping[str, Any]) -> int:
    """What the contract tells repeated records of several parts apart by."""
    rejected = record["status"] == "rejected"
    return int(_hash([record["key"], record["record_hash"] if rejected else None])[:16], 16)


def _hash(words: list[Any]) -> str:
    return hashlib.md5(repr(words).encode(), usedforsecurity=False).hexdigest()


def _frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = _FRAMES[name]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)

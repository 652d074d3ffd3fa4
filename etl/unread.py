"""Sources that hold what the last run read: they need not be read again.

Files are known by the hash of their bytes. What was made of them rests on more than the bytes: on
the mapping, the regulation, this program and its key, the as-of date where a record lay in the
future, other sources where an event waited for its case. Where any of it is another, all is read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import fields
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, desc, select

from etl import extract, warehouse
from etl.identity import pseudonym
from etl.ledger import SourceReport, code_version
from etl.load import Tally
from etl.load.remarks import ORPHANED
from etl.regulation.model import Regulation
from etl.sources import Sources, SourceSpec

_ELSEWHERE = {"declared_in", "path", "url"}  # where it lies is no part of what it says


def basis_of(
    spec: SourceSpec, sources: Sources, regulation: Regulation, pseudonym_key: str | None
) -> str:
    """64 hex digits of all but the bytes that the reading of a source rests on."""
    mapping = {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in _ELSEWHERE}
    key = pseudonym(pd.Series(["basis"], dtype="str"), pseudonym_key)[0]
    rank = list(sources.declared)
    told = (_plain(mapping), rank, regulation.sha256, code_version(), key)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def report_of(
    connection: Connection, spec: SourceSpec, *, basis: str, as_of: date
) -> SourceReport | None:
    """The report of a source that needs no reading: every record known; None where it needs one."""
    last = _last(connection, spec.name)
    if last is None or last.basis != basis or _may_be_judged_otherwise(last, as_of):
        return None
    seen = extract.fingerprints(spec)
    if seen is None or seen != [(file["name"], file["sha256"]) for file in last.files]:
        return None
    tally = Tally(
        read=last.read,
        unchanged=last.read - last.duplicate,
        duplicate=last.duplicate,
        rejects=Counter(last.rejects),
        findings=Counter(last.findings),
    )
    return SourceReport(
        tally=tally,
        newest_event=last.newest_event,
        seconds=0.0,
        files=last.files,
        basis=basis,
        skipped=True,
    )


def _last(connection: Connection, source: str) -> Row[Any] | None:
    told, run = warehouse.run_source, warehouse.run
    return connection.execute(
        select(told, run.c.as_of)
        .join_from(told, run)
        .where(told.c.source == source, run.c.status == "succeeded")
        .order_by(desc(told.c.run_id))
        .limit(1)
    ).one_or_none()


def _may_be_judged_otherwise(last: Row[Any], as_of: date) -> bool:
    """Whether the same record might fare otherwise today."""
    if any(rule in last.rejects for rule in ORPHANED):
        return True
    return as_of < last.as_of or ("in_future" in last.rejects and as_of != last.as_of)


def _plain(value: Any) -> Any:
    """Mappings as sorted pairs, so that equal ones are written alike."""
    if hasattr(value, "items"):
        return sorted((key, _plain(inner)) for key, inner in value.items())
    return value

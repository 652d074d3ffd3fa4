"""What of a source need not be read again, for the warehouse holds all that it says.

Files are known by the hash of their bytes, which is not taken again while a file bears the same
stamp; tables by the time of their newest change. What was made
of them rests on more than that: on the mapping, the regulation, this program and its key, the as-of
date where a record lay in the future, other sources where an event waits for its case. Where any of
it is another, all is read, or all files from the first that it touches. What a run leaves in the
warehouse must be what reading everything would have left.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Row, desc, exists, func, make_url, select

from etl import extract, warehouse
from etl.extract import Fingerprint
from etl.identity import pseudonym
from etl.ledger import SourceReport
from etl.load import Tally
from etl.load.remarks import ORPHANED
from etl.program import code_version
from etl.regulation.model import Regulation
from etl.sources import Sources, SourceSpec
from etl.warehouse import cases, quarantine

File = Mapping[str, Any]  # name, size, sha256, rows, stamp: as the ledger keeps it

_ELSEWHERE = {"declared_in", "path", "url"}  # where it lies is no part of what it says


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What of a source is to be read: nothing where there is a ``report`` already, else all but the
    files of ``known``, of a table the rows that changed since ``watermark``."""

    basis: str
    report: SourceReport | None = None
    known: tuple[File, ...] = ()
    watermark: str | None = None


def basis_of(
    spec: SourceSpec, sources: Sources, regulation: Regulation, pseudonym_key: str | None
) -> str:
    """64 hex digits of all but the bytes that the reading of a source rests on."""
    mapping = {f.name: getattr(spec, f.name) for f in fields(spec) if f.name not in _ELSEWHERE}
    key = pseudonym(pd.Series(["basis"], dtype="str"), pseudonym_key)[0]
    rank = list(sources.declared)
    told = [_plain(mapping), rank, regulation.sha256, code_version(), key]
    if spec.watermark:  # another database's changes are no later ones of this
        url = make_url(spec.url)
        told.append((url.host, url.port, url.database))
    return hashlib.sha256(repr(told).encode()).hexdigest()


def plans(
    connection: Connection, sources: Sources, *, bases: Mapping[str, str], as_of: date
) -> dict[str, Plan]:
    """By source, what is to be read of it; ``bases``: what the reading of each rests on."""
    found = [
        _Source(connection, spec, basis=bases[spec.name], as_of=as_of) for spec in sources.sources
    ]
    arriving = any(source.spec.entity == "cases" and source.has_news for source in found)
    return {source.spec.name: source.plan(arriving=arriving) for source in found}


class _Source:
    """A source as the last run left it and as it lies there now."""

    def __init__(
        self, connection: Connection, spec: SourceSpec, *, basis: str, as_of: date
    ) -> None:
        self.spec = spec
        self._connection = connection
        self._basis = basis
        last = _last(connection, spec.name)
        same_ground = last is not None and last.basis == basis and last.as_of <= as_of
        self._last = last if same_ground else None
        self._another_day = last is not None and last.as_of != as_of
        self._found = self._fingerprints()
        self._seen = [(file.name, file.sha256) for file in self._found]

    def _fingerprints(self) -> Sequence[Fingerprint]:
        if self._last is None:
            return ()
        files = self._last.files
        known = {file["stamp"]: file["sha256"] for file in files if file.get("stamp")}
        return extract.fingerprints(self.spec, known) or ()

    def _stamped(self, last: Row[Any]) -> Sequence[File]:
        """The files of the last run, each with the stamp that it has now."""
        stamps = {file.name: file.stamp for file in self._found}
        return [{**file, "stamp": stamps.get(file["name"])} for file in last.files]

    @property
    def has_news(self) -> bool:
        """Whether anything of it must be read, events that wait for their case aside."""
        return self._last is None or not self._seen or bool(self._stale(arriving=False))

    def plan(self, *, arriving: bool) -> Plan:
        """``arriving``: whether this run reads cases that events may have waited for."""
        last = self._last
        if last is None:
            return Plan(basis=self._basis)
        stale = self._stale(arriving=arriving)
        if self._seen and not stale:
            return Plan(basis=self._basis, report=self._report(last))
        if self.spec.kind == "database":
            mark = None if self._is_troubled(arriving=arriving) else last.watermark
            return Plan(basis=self._basis, watermark=mark)
        return Plan(basis=self._basis, known=tuple(self._before(last, stale)))

    def _before(self, last: Row[Any], stale: set[str]) -> Iterator[File]:
        """The known files that need no reading: those before the first stale one, for a later file
        is believed before an earlier one; none where a file has changed or gone, and may so have
        taken back what it overrode."""
        names = [name for name, _ in self._seen]
        by_files = not self.spec.snapshot and self.spec.kind != "gateway"
        if not by_files or len(set(names)) < len(names) or self._is_rewritten(last):
            return
        known = {file["name"]: file for file in self._stamped(last)}
        for name in itertools.takewhile(lambda name: name not in stale, names):
            yield known[name]

    def _is_rewritten(self, last: Row[Any]) -> bool:
        """Whether a file that was read is another one now, or none."""
        return not {_pair(file) for file in last.files} <= set(self._seen)

    def _stale(self, *, arriving: bool) -> set[str]:
        """The names of the files to read: new or changed ones, those with records that may fare
        otherwise today; all where the files are not those that were read and more."""
        last = [_pair(file) for file in self._last.files] if self._last is not None else []
        if not set(last) <= set(self._seen) or len(set(last)) < len(last):
            return {name for name, _ in self._seen} if sorted(last) != sorted(self._seen) else set()
        new = {name for name, sha256 in self._seen if (name, sha256) not in last}
        return new | (self._troubled(arriving=arriving) & {name for name, _ in self._seen})

    def _is_troubled(self, *, arriving: bool) -> bool:
        return bool(self._troubled(arriving=arriving))

    def _troubled(self, *, arriving: bool) -> set[str]:
        """The files of records in quarantine that might be accepted today."""
        waits: ColumnElement[bool] = quarantine.c.rule.in_(ORPHANED)
        if not arriving:
            waits &= exists().where(cases.c.case_id == quarantine.c.value)
        chosen = waits | (quarantine.c.rule == "in_future") if self._another_day else waits
        query = select(quarantine.c.file).where(*_standing(self.spec), chosen).distinct()
        return {str(file) for file in self._connection.scalars(query)}

    def _report(self, last: Row[Any]) -> SourceReport:
        """Every record is known."""
        tally = Tally(
            read=last.read,
            unchanged=last.read - last.duplicate,
            duplicate=last.duplicate,
            rejects=standing_rejects(self._connection, self.spec),
            findings=Counter(last.findings),
        )
        return SourceReport(
            tally=tally,
            newest_event=last.newest_event,
            seconds=0.0,
            files=self._stamped(last),
            basis=self._basis,
            watermark=last.watermark,
            skipped=True,
        )


def _pair(file: File) -> tuple[str, str]:
    return file["name"], file["sha256"]


def standing_rejects(connection: Connection, spec: SourceSpec) -> Counter[str]:
    """How many records of a source stand in quarantine, by rule."""
    rule = quarantine.c.rule
    query = select(rule, func.count().label("n")).where(*_standing(spec)).group_by(rule)
    return Counter({row.rule: row.n for row in connection.execute(query)})


def newest_event(connection: Connection, spec: SourceSpec) -> Any:
    """The newest event that any earlier run saw in a source; None where there is none."""
    told = warehouse.run_source.c
    return connection.scalar(select(func.max(told.newest_event)).where(told.source == spec.name))


def _standing(spec: SourceSpec) -> Sequence[Any]:
    return quarantine.c.source == spec.name, quarantine.c.closed_run_id.is_(None)


def _last(connection: Connection, source: str) -> Row[Any] | None:
    told, run = warehouse.run_source, warehouse.run
    return connection.execute(
        select(told, run.c.as_of)
        .join_from(told, run)
        .where(told.c.source == source, run.c.status == "succeeded")
        .order_by(desc(told.c.run_id))
        .limit(1)
    ).one_or_none()


def _plain(value: Any) -> Any:
    """Mappings as sorted pairs, so that equal ones are written alike."""
    if hasattr(value, "items"):
        return sorted((key, _plain(inner)) for key, inner in value.items())
    return value

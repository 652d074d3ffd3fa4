"""What was loaded, when and under which law: ``run``, ``run_source`` and ``regulation``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, desc, func, insert, select, update

from etl import connect, warehouse
from etl.errors import KezekError
from etl.load import Tally
from etl.program import code_version
from etl.regulation.model import Regulation

_SHOWN = ("source", "rule", "file", "row", "record_key", "column", "value", "raw", "run_id")
_AT_ONCE = 1_000  # records of the quarantine in memory
_COUNTED = ("read", "inserted", "updated", "unchanged", "duplicate", "rejected")


@dataclass(frozen=True, kw_only=True)
class SourceReport:
    """One source of one run. ``newest_event``: naive UTC; ``files``: name, size, sha256, rows.

    ``basis``: of what the reading rested on beside the files; ``skipped``: nothing was read, for
    files and basis were those of the run before.
    """

    tally: Tally
    newest_event: datetime | None
    seconds: float
    files: Sequence[Mapping[str, str | int | None]] = field(default_factory=tuple)
    basis: str | None = None
    watermark: str | None = None
    skipped: bool = False

    def to_json(self) -> dict[str, Any]:
        counted = {name: getattr(self.tally, name) for name in _COUNTED}
        newest = self.newest_event.isoformat() + "Z" if self.newest_event else None
        remarks = {"rejects": dict(self.tally.rejects), "findings": dict(self.tally.findings)}
        counted["vanished"] = self.tally.vanished
        seconds = {"seconds": round(self.seconds, 3), "skipped": self.skipped}
        return {**counted, "newest_event": newest, **seconds, **remarks}


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What the figures of a run rest on beside its sources."""

    as_of: date
    pinned: bool
    regulation: Regulation | None
    started_at: datetime
    key_fingerprint: str | None = None


def utc_now() -> datetime:
    """The time now, UTC, without an offset: as the warehouse keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def open_run(connection: Connection, basis: Basis) -> int:
    """A row for a run that has begun; seen by others only once the run is committed."""
    run_id = _insert_run(connection, basis, status="running")
    regulation = basis.regulation
    known = select(warehouse.regulation.c.sha256)
    if regulation and regulation.sha256 not in connection.scalars(known).all():
        connection.execute(
            insert(warehouse.regulation).values(
                sha256=regulation.sha256,
                regulation_id=regulation.id,
                toml=regulation.toml,
                run_id=run_id,
            )
        )
    return run_id


def close_run(
    connection: Connection,
    run_id: int,
    sources: Mapping[str, SourceReport],
    *,
    entities: Mapping[str, str],
    finished_at: datetime,
) -> None:
    """The run succeeded, and this is what it did. ``entities``: what each source's records are."""
    for name, report in sources.items():
        connection.execute(
            insert(warehouse.run_source).values(
                run_id=run_id,
                source=name,
                **{column: getattr(report.tally, column) for column in _COUNTED},
                newest_event=report.newest_event,
                seconds=report.seconds,
                files=list(report.files),
                basis=report.basis,
                watermark=report.watermark,
                vanished=report.tally.vanished,
                rejects=dict(report.tally.rejects),
                findings=dict(report.tally.findings),
                entity=entities[name],
            )
        )
    run = warehouse.run
    done = update(run).where(run.c.run_id == run_id)
    connection.execute(done.values(status="succeeded", finished_at=finished_at))


def record_failure(engine: Engine, basis: Basis, *, error: str, finished_at: datetime) -> None:
    """A row for a run that changed nothing, in its own transaction, if the database answers."""
    try:
        with connect.begin(engine) as connection:
            _insert_run(connection, basis, status="failed", error=error, finished_at=finished_at)
    except KezekError:
        return  # what stopped the run is told anyway; a ledger that cannot be reached is no news


def rests_on_the_same(connection: Connection, regulation: Regulation) -> bool:
    """Whether the newest successful run had this regulation and this version of the program."""
    run = warehouse.run
    newest = connection.execute(
        select(run.c.regulation_sha256, run.c.code_version)
        .where(run.c.status == "succeeded")
        .order_by(desc(run.c.run_id))
        .limit(1)
    ).one_or_none()
    return newest is not None and tuple(newest) == (regulation.sha256, code_version())


def in_quarantine(
    engine: Engine, *, source: str | None, rule: str | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """The newest records that stand in quarantine, as plain dicts, and how many do in all.

    ``raw`` is None of those whose content was purged.
    """
    entries = warehouse.quarantine.c
    chosen = _standing(source, rule)
    newest = select(*_shown()).where(*chosen).order_by(desc(entries.remark_id)).limit(limit)
    with connect.begin(engine, write=False) as connection:
        rows = [dict(row) for row in connection.execute(newest).mappings()]
        return rows, connection.scalar(select(func.count()).where(*chosen)) or 0


def all_in_quarantine(
    engine: Engine, *, source: str | None, rule: str | None
) -> Iterator[list[dict[str, Any]]]:
    """Every record that stands in quarantine, as plain dicts, some at a time: by source, file and
    row, as somebody goes through them; ``raw`` as `in_quarantine` has it."""
    entries = warehouse.quarantine.c
    place = (entries.source, entries.file, entries.row, entries.remark_id)
    query = select(*_shown()).where(*_standing(source, rule)).order_by(*place)
    with connect.begin(engine, write=False) as connection:
        rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
        for some in rows.mappings().partitions():
            yield [dict(row) for row in some]


@dataclass(frozen=True)
class Replayed:
    """By rule: the entries of the quarantine that a run closed, those that it made, and those that
    stand after it; of these, how many are ``purged``."""

    closed: Mapping[str, int] = field(default_factory=dict)
    new: Mapping[str, int] = field(default_factory=dict)
    standing: Mapping[str, int] = field(default_factory=dict)
    purged: int = 0


def replayed(engine: Engine, run_id: int, sources: Sequence[str]) -> Replayed:
    """What that run did to the entries of those sources."""
    entries = warehouse.quarantine.c
    among = entries.source.in_(sources)
    standing = _standing(None, None)
    emptied = select(func.count()).where(among, *standing, warehouse.IS_PURGED)
    with connect.begin(engine, write=False) as connection:
        return Replayed(
            closed=_counted(connection, entries.rule, among, entries.closed_run_id == run_id),
            new=_counted(connection, entries.rule, among, entries.run_id == run_id),
            standing=_counted(connection, entries.rule, among, *standing),
            purged=connection.scalar(emptied) or 0,
        )


def quarantined_sources(engine: Engine, *, rule: str | None) -> dict[str, int]:
    """The sources of which records stand in quarantine, by that rule or by any, and how many."""
    with connect.begin(engine, write=False) as connection:
        return _counted(connection, warehouse.quarantine.c.source, *_standing(None, rule))


def _counted(
    connection: Connection, by: ColumnElement[str], *chosen: ColumnElement[bool]
) -> dict[str, int]:
    query = select(by, func.count()).where(*chosen).group_by(by).order_by(by)
    return {str(value): int(n) for value, n in connection.execute(query)}


def _shown() -> list[ColumnElement[Any]]:
    return [warehouse.quarantine.c[name] for name in _SHOWN]


def _standing(source: str | None, rule: str | None) -> list[ColumnElement[bool]]:
    entries = warehouse.quarantine.c
    chosen: list[ColumnElement[bool]] = [entries.closed_run_id.is_(None)]
    chosen += [entries.source == source] if source else []
    chosen += [entries.rule == rule] if rule else []
    return chosen


def _insert_run(connection: Connection, basis: Basis, **more: Any) -> int:
    done = connection.execute(
        insert(warehouse.run).values(
            started_at=basis.started_at,
            as_of=basis.as_of,
            as_of_pinned=basis.pinned,
            regulation_sha256=basis.regulation.sha256 if basis.regulation else None,
            code_version=code_version(),
            key_fingerprint=basis.key_fingerprint,
            **more,
        )
    )
    return int(done.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has one

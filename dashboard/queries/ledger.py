"""What was loaded, when, and under which regulation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Engine, and_, case, func, select, tuple_

from dashboard.queries.keeping import held
from dashboard.queries.marks import SUCCEEDED, marks
from dashboard.queries.reading import connected
from etl import regulation as regulations
from etl.regulation.model import Regulation
from etl.warehouse import quarantine, regulation, run, run_source

_COUNTS = ("read", "inserted", "updated", "unchanged", "duplicate", "rejected")

_FILE = ("name", "size", "sha256", "rows")  # what the ledger keeps of one for people
_WORDS = ("status", "code_version", "regulation_id", "regulation_sha256", "error")

_read: dict[str, Regulation] = {}  # by the hash of the text, which never changes its meaning


@dataclass(frozen=True)
class Freshness:
    """How old one source's data is. Times are naive UTC; ``rejects`` are still in quarantine."""

    source: str
    run_at: datetime
    newest_event: datetime | None
    rejects: int


@dataclass(frozen=True)
class Load:
    """What one run did with one source. ``counts``: read, inserted, updated, unchanged, duplicate,
    rejected; ``newest_event``: naive UTC; ``files``: name, size (bytes), sha256, rows of each."""

    run_id: int
    source: str
    counts: Mapping[str, int]
    newest_event: datetime | None
    seconds: float
    files: Sequence[Mapping[str, Any]]


def has_runs(engine: Engine) -> bool:
    """Whether any run has ever filled this warehouse."""
    with connected(engine) as connection:
        return (
            connection.execute(select(run.c.run_id).where(SUCCEEDED).limit(1)).first() is not None
        )


def default_as_of(engine: Engine, today: date) -> date:
    """The date that the newest run's exports state for themselves, else ``today``."""
    newest = marks(engine)
    return newest.as_of if newest.as_of and newest.pinned else today


def remembered_regulation(engine: Engine, *, run_id: int | None = None) -> Regulation | None:
    """The regulation that a run, or else the newest successful one, loaded under; None before the
    first."""
    sha256 = marks(engine).rules if run_id is None else _rules(engine, run_id)
    if sha256 is None:
        return None
    if sha256 not in _read:
        text = select(regulation.c.toml, regulation.c.regulation_id)
        with connected(engine) as connection:
            row = connection.execute(text.where(regulation.c.sha256 == sha256)).one()
        _read[sha256] = regulations.parse(row.toml, name=row.regulation_id)
    return _read[sha256]


def _rules(engine: Engine, run_id: int) -> str | None:
    """The hash of the regulation that a run loaded under, if it succeeded."""
    query = select(run.c.regulation_sha256).where(SUCCEEDED, run.c.run_id == run_id)
    with connected(engine) as connection:
        return connection.execute(query).scalar()


def freshness(engine: Engine) -> list[Freshness]:
    """One entry a source that was ever loaded, by name."""
    key = ("freshness", last_ended(engine))
    return [*held(engine, key, lambda: _freshness(engine), until="load")]


def _freshness(engine: Engine) -> list[Freshness]:
    loaded = (
        select(
            run_source.c.source,
            func.max(run.c.finished_at).label("run_at"),
            func.max(run_source.c.newest_event).label("newest_event"),
        )
        .join_from(run_source, run)
        .where(SUCCEEDED)
        .group_by(run_source.c.source)
        .subquery()
    )
    rejects = (
        select(quarantine.c.source, func.count().label("rejects"))
        .where(quarantine.c.closed_run_id.is_(None))
        .group_by(quarantine.c.source)
        .subquery()
    )
    query = (
        select(*loaded.columns, func.coalesce(rejects.c.rejects, 0).label("rejects"))
        .outerjoin_from(loaded, rejects, and_(loaded.c.source == rejects.c.source))
        .order_by(loaded.c.source)
    )
    with connected(engine) as connection:
        return [Freshness(**row) for row in connection.execute(query).mappings()]


def last_ended(engine: Engine) -> tuple[str, datetime] | None:
    """How the newest run that has ended did, and when (naive UTC); None before the first.

    Another than before says that what the ledger tells may have changed, also where no figure has.
    """
    return marks(engine).ended


def newest_by(
    engine: Engine, moment: datetime, *, run_id: int | None = None
) -> list[tuple[str, datetime | None, datetime | None]]:
    """Each source that was ever loaded, by name, with its newest event and the end of its newest
    successful run, each None where there was none by the moment (naive UTC, as all of them).

    ``run_id``: later runs do not count.
    """
    query = (
        select(
            run_source.c.source,
            *(
                func.max(case((column <= moment, column)))
                for column in (run_source.c.newest_event, run.c.finished_at)
            ),
        )
        .join_from(run_source, run)
        .where(SUCCEEDED)
        .group_by(run_source.c.source)
        .order_by(run_source.c.source)
    )
    if run_id is not None:
        query = query.where(run.c.run_id <= run_id)
    with connected(engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def runs(engine: Engine, *, limit: int = 20) -> pd.DataFrame:
    """The newest runs first.

    Columns: run_id, started_at, finished_at (datetime64[us], naive UTC, NaT while it runs), seconds
    (float, the whole run), status, as_of (datetime64[s]), as_of_pinned, code_version,
    regulation_id (null where no run under it has succeeded), regulation_sha256, error, and over
    its sources read, inserted, updated, unchanged, duplicate, rejected (int64).
    """
    c = run.c  # of one at work the row says that it is; nothing more is known before it has ended
    marks = select(func.max(c.run_id), func.count(c.finished_at), func.max(c.finished_at))
    with connected(engine) as connection:
        mark = tuple(connection.execute(marks).one())
    found = held(engine, ("runs", limit, mark), lambda: _runs(engine, limit), until="load")
    return found.copy(deep=False)


def _runs(engine: Engine, limit: int) -> pd.DataFrame:
    query = (
        select(
            run.c.run_id,
            run.c.started_at,
            run.c.finished_at,
            run.c.status,
            run.c.as_of,
            run.c.as_of_pinned,
            run.c.code_version,
            regulation.c.regulation_id,
            run.c.regulation_sha256,
            run.c.error,
            *(func.coalesce(func.sum(run_source.c[name]), 0).label(name) for name in _COUNTS),
        )
        .outerjoin_from(run, run_source)
        .outerjoin(regulation, regulation.c.sha256 == run.c.regulation_sha256)
        .group_by(run.c.run_id, regulation.c.sha256)
        .order_by(run.c.run_id.desc())
        .limit(limit)
    )
    with connected(engine) as connection:
        result = connection.execute(query)
        frame = pd.DataFrame(result.all(), columns=list(result.keys()))
    typed = frame.astype(
        {
            "started_at": "datetime64[us]",
            "finished_at": "datetime64[us]",
            "as_of": "datetime64[s]",
            **dict.fromkeys(_WORDS, "str"),
            **dict.fromkeys(("run_id", *_COUNTS), "int64"),
        }
    )
    spent = (typed["finished_at"] - typed["started_at"]).dt.total_seconds()
    return typed.assign(seconds=spent)


def loads(engine: Engine, *, runs: Collection[int]) -> list[Load]:
    """What those runs did, source by source; one that failed did nothing with any."""
    return _loads(engine, run_source.c.run_id.in_(runs))


def latest_loads(engine: Engine) -> list[Load]:
    """The newest load of each source that was ever loaded, by name."""
    newest = (
        select(run_source.c.source, func.max(run_source.c.run_id))
        .join_from(run_source, run)
        .where(SUCCEEDED)
        .group_by(run_source.c.source)
    )
    return _loads(engine, tuple_(run_source.c.source, run_source.c.run_id).in_(newest))


def _loads(engine: Engine, chosen: ColumnElement[bool]) -> list[Load]:
    query = select(run_source).where(chosen).order_by(run_source.c.run_id, run_source.c.source)
    with connected(engine) as connection:
        return [
            Load(
                run_id=row["run_id"],
                source=row["source"],
                counts={name: row[name] for name in _COUNTS},
                newest_event=row["newest_event"],
                seconds=row["seconds"],
                files=[{name: file[name] for name in _FILE} for file in row["files"]],
            )
            for row in connection.execute(query).mappings()
        ]


def ledger_rows(engine: Engine) -> pd.DataFrame:
    """Every run and source, with what became of the records read.

    Columns: run_id, source, read, inserted, updated, unchanged, duplicate, rejected.
    """
    names = ("run_id", "source", *_COUNTS)
    query = select(*(run_source.c[name] for name in names)).order_by(
        run_source.c.run_id, run_source.c.source
    )
    with connected(engine) as connection:
        return pd.DataFrame(connection.execute(query).all(), columns=list(names))

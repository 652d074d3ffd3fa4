"""Temporary tables beside the warehouse, on its own connection, filled in bulk.

A temporary table is seen by this connection alone and takes no lock of the warehouse, so sources
are staged while screens read and staff write. Why this way: docs/decisions/0002-staging.md.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table

from etl import warehouse
from etl.load import across
from etl.load.batch import Batch
from etl.load.entities import ANSWERS, ENTITIES, EVENTS
from etl.load.prepared import Marks, Prepared, prepared
from etl.load.records import OK, REJECTED, STATUSES, Records
from etl.load.rows import in_words
from etl.scratch import analyze, temporary

_AT_ONCE = 50_000  # rows handed to the driver in one go
_SESSION = {
    # Indexes are filled in memory rather than page by page.
    "sqlite": ("PRAGMA cache_size = -262144", "PRAGMA temp.cache_size = -65536"),
    # Joins and temporary tables stay in memory; a rough idea of a table is enough to plan with.
    "postgresql": (
        # A statement whose run was killed ends within the second, and with it the lock that it
        # holds; on servers that cannot notice, when it is done.
        """DO $$ BEGIN SET client_connection_check_interval = '1s';
        EXCEPTION WHEN OTHERS THEN NULL; END $$""",
        "SET work_mem = '64MB'",
        "SET temp_buffers = '64MB'",
        "SET default_statistics_target = 10",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Staged:
    """A source whose accepted records lie in temporary tables (``tables``, by frame name).

    Each table holds ``n`` (position), ``record``, what the record says and ``row_hash``, the
    answers no ``n`` and no hash. ``rejects`` and ``findings``: as `Prepared` has them, of the whole
    delivery. ``full``: everything that the source holds was read; else ``unread`` names the files
    that were not, all if None. ``snapshot``: what it does not list is gone.
    """

    number: int
    source: str
    whole_events: bool
    full: bool
    unread: frozenset[str] | None
    snapshot: bool
    records: Records
    rejects: pd.DataFrame
    findings: pd.DataFrame
    tables: Mapping[str, Table]
    newest_event: datetime | None


def stage(connection: Connection, batch: Batch, *, number: int, zone: ZoneInfo) -> Staged:
    """Put the accepted records of ``batch``, a delivery of one part, into temporary tables."""
    stager = Stager(
        connection,
        source=batch.source,
        number=number,
        whole_events=batch.whole_events,
        full=batch.full,
    )
    stager.add(prepared(batch, zone=zone))
    return stager.finish()


class Stager:
    """Puts a source into temporary tables named by ``number``, part by part.

    The tables live as long as the connection. Beside them, 9 bytes a record
    and 8 a row and an event are kept in memory.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        source: str,
        number: int,
        whole_events: bool = False,
        full: bool = True,
        unread: frozenset[str] | None = None,
        snapshot: bool = False,
    ) -> None:
        self._connection = connection
        self._source = source
        self._number = number
        self._whole_events = whole_events
        self._full = full
        self._unread = unread
        self._snapshot = snapshot
        self._records = Records()
        self._tables: dict[str, Table] = {}
        self._rejects: list[pd.DataFrame] = []
        self._findings: list[pd.DataFrame] = []
        self._marks: list[Marks] = []
        self._statuses: list[npt.NDArray[np.int8]] = []
        self._keys: dict[str, list[Marks]] = {}
        self._moments: list[Marks] = []
        self._newest: datetime | None = None

    def add(self, part: Prepared) -> None:
        """The next part, in the order in which the source gives them."""
        before = self._records.size
        for frame, rows in part.rows.items():
            self._write(frame, rows, before)
        for frame, keys in part.keys.items():
            self._keys.setdefault(frame, []).append(keys)
        self._moments.append(part.moments)
        self._marks.append(part.records["mark"].to_numpy())
        status = pc.index_in(part.records["status"], pa.array(STATUSES, pa.large_string()))
        self._statuses.append(status.to_numpy().astype("int8"))
        self._records.add(part.records)
        for kept, found in (self._rejects, part.rejects), (self._findings, part.findings):
            kept.append(found.assign(record=found["record"] + before))
        self._newest = max(filter(None, [self._newest, part.newest_event]), default=None)

    def finish(self) -> Staged:
        """All parts are there: settle what they say of the same things."""
        if len(self._marks) > 1:
            self._settle()
        for table in self._tables.values():
            analyze(self._connection, table)
        return Staged(
            number=self._number,
            source=self._source,
            whole_events=self._whole_events,
            full=self._full,
            unread=self._unread,
            snapshot=self._snapshot,
            records=self._records,
            rejects=self._left(self._rejects),
            findings=self._left(self._findings),
            tables=self._tables,
            newest_event=self._newest,
        )

    def discard(self) -> None:
        """Forget what was staged, for the source will be read anew."""
        for table in self._tables.values():
            table.drop(self._connection)

    def _write(self, frame: str, rows: pa.Table, before: int) -> None:
        first = sum(map(len, self._keys.get(frame, ()))) + 1
        shifted = pc.add(rows["record"], before)
        rows = rows.set_column(0, "record", shifted)
        if frame != ANSWERS:
            numbers = pa.array(np.arange(first, first + len(rows)))
            rows = rows.add_column(0, "n", numbers)
        if frame not in self._tables:
            self._tables[frame] = _staging_table(self._connection, frame, self._number)
        _write(self._connection, self._tables[frame], rows)

    def _settle(self) -> None:
        marks, status = np.concatenate(self._marks), np.concatenate(self._statuses)
        again = across.repeated(marks, status == STATUSES.index(OK), keep="last")
        self._records.supersede(again, OK)
        rejected = across.repeated(marks, status == STATUSES.index(REJECTED), keep="first")
        self._records.supersede(rejected, REJECTED)
        gone: list[int] = []
        for frame, table in self._tables.items():
            forgotten = across.forget(self._connection, table, again)
            gone += forgotten if frame == EVENTS.frame else []
        for entity in ENTITIES:
            if entity.frame in self._tables:
                keys = np.concatenate(self._keys[entity.frame])
                table = self._tables[entity.frame]
                dropped = across.drop_copies(self._connection, table, entity, keys)
                gone += dropped if entity is EVENTS else []
        if EVENTS.frame in self._tables:
            across.number_ties(
                self._connection,
                self._tables[EVENTS.frame],
                moments=np.concatenate(self._moments),
                sizes=[len(part) for part in self._moments],
                gone=gone,
                source=self._source,
            )

    def _left(self, remarks: list[pd.DataFrame]) -> pd.DataFrame:
        given = [some for some in remarks if len(some)] or remarks[:1]
        whole = pd.concat(given, ignore_index=True)
        return whole[~whole["record"].isin(self._records.superseded)].reset_index(drop=True)


def prepare(connection: Connection) -> None:
    """Give a connection of its own the memory that a load wants; until it is closed."""
    for setting in _SESSION[connection.dialect.name]:
        connection.exec_driver_sql(setting)


def _staging_table(connection: Connection, frame: str, number: int) -> Table:
    name = f"staged_{frame}_{number}"
    record = Column("record", BigInteger, nullable=False)
    if frame == ANSWERS:
        answers = [c for c in warehouse.survey_answers.columns if c.name != "since"]
        return temporary(connection, name, record, *(Column(c.name, c.type) for c in answers))
    entity = next(entity for entity in ENTITIES if entity.frame == frame)
    return temporary(
        connection,
        name,
        # SQLite reaches a row by it for nothing; PostgreSQL joins by hashing and needs no index.
        Column("n", Integer, primary_key=connection.dialect.name == "sqlite"),
        record,
        *(Column(name, entity.table.c[name].type) for name in entity.columns),
        Column("row_hash", String(32), nullable=False),
    )


def _write(connection: Connection, table: Table, rows: pa.Table) -> None:
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        _insert_many(connection, table, in_words(rows))


def _copy(connection: Connection, table: Table, rows: pa.Table) -> None:
    """PostgreSQL: COPY on the very connection of the transaction, from CSV that Arrow writes."""
    driver: psycopg.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    options = csv.WriteOptions(include_header=False)
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for batch in rows.to_batches(_AT_ONCE):
            sink = io.BytesIO()
            csv.write_csv(batch, sink, options)
            copy.write(sink.getbuffer())


def _insert_many(connection: Connection, table: Table, rows: pa.Table) -> None:
    """SQLite: one prepared statement over tuples that never become objects of ours."""
    marks = ", ".join("?" * rows.num_columns)
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 (our names)
    for batch in rows.to_batches(_AT_ONCE):
        tuples = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        connection.exec_driver_sql(statement, tuples)

"""A source's rows in tables of their own, part by part, while screens read and staff write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import BigInteger, Column, Connection, Integer, Table

from etl import warehouse
from etl.load import across
from etl.load.area import Area
from etl.load.batch import Batch
from etl.load.entities import ANSWERS, ENTITIES, EVENTS
from etl.load.first_events import StagedEvents, are_awaited
from etl.load.prepared import Prepared, prepared
from etl.load.records import OK, REJECTED, Records
from etl.load.spool import Int64s, Spool
from etl.scratch import analyze

_SESSION = {
    # Indexes are filled in memory rather than page by page.
    "sqlite": ("PRAGMA cache_size = -131072", "PRAGMA temp.cache_size = -65536"),
    # Joins and temporary tables stay in memory; a rough idea of a table is enough to plan with.
    "postgresql": (
        # A statement whose run was killed ends within the second, and with it the lock that it
        # holds; on servers that cannot notice, when it is done.
        """DO $$ BEGIN SET client_connection_check_interval = '1s';
        EXCEPTION WHEN OTHERS THEN NULL; END $$""",
        "SET work_mem = '64MB'",
        "SET temp_buffers = '64MB'",
        "SET maintenance_work_mem = '256MB'",  # indexes of a first load, by several workers at once
        "SET default_statistics_target = 10",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Staged:
    """A source whose accepted records lie in tables of their own (``tables``, by frame name).

    Each table holds ``n`` (position), ``record`` and what is staged of its entity, the answers no
    ``n``. ``rejects`` and ``findings``: as `Prepared` has them, of the whole delivery. ``full``:
    everything that the source holds was read; else ``unread`` names the files that were not, all if
    None. ``snapshot``: what it does not list is gone. ``row_each``: no record has two rows.
    ``events``: those staged, where the warehouse holds none and there are any.
    """

    number: int
    source: str
    whole_events: bool
    full: bool
    unread: frozenset[str] | None
    snapshot: bool
    row_each: bool
    records: Records
    rejects: pd.DataFrame
    findings: pd.DataFrame
    tables: Mapping[str, Table]
    events: StagedEvents | None
    newest_event: datetime | None


def stage(connection: Connection, batch: Batch, *, number: int, zone: ZoneInfo) -> Staged:
    """Put the accepted records of ``batch``, a delivery of one part, into temporary tables."""
    stager = Stager(
        Area(connection),
        source=batch.source,
        number=number,
        whole_events=batch.whole_events,
        full=batch.full,
    )
    stager.add(prepared(batch, zone=zone))
    return stager.finish()


class Stager:
    """Puts a source into tables of ``area`` named by ``number``, part by part.

    What has to be known of millions of rows meanwhile lies on disk: see `Spool` and `Records`.
    """

    def __init__(
        self,
        area: Area,
        *,
        source: str,
        number: int,
        whole_events: bool = False,
        full: bool = True,
        unread: frozenset[str] | None = None,
        snapshot: bool = False,
    ) -> None:
        self._area = area
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
        self._parts = 0
        self._marks = {OK: Spool(), REJECTED: Spool()}
        self._keys: defaultdict[str, Spool] = defaultdict(Spool)
        self._moments = Spool()
        self._events = StagedEvents() if are_awaited(area.connection) else None
        self._sizes: list[int] = []  # how many events each part has
        self._newest: datetime | None = None
        self._row_each = True

    def add(self, part: Prepared) -> None:
        """The next part, in the order in which the source gives them."""
        before = self._records.size
        for frame, rows in part.rows.items():
            self._write(frame, rows, before)
        for frame, keys in part.keys.items():
            self._keys[frame].add(keys, _numbers(keys, self._keys[frame].size + 1))
        self._moments.add(part.moments, _numbers(part.moments, self._moments.size + 1))
        self._sizes.append(len(part.moments))
        marks, status = part.records["mark"].to_numpy(), part.records["status"]
        for wanted, spool in self._marks.items():
            chosen = np.flatnonzero(pc.equal(status, wanted).to_numpy())
            spool.add(marks[chosen], before + chosen)
        self._records.add(part.records)
        self._parts += 1
        for kept, found in (self._rejects, part.rejects), (self._findings, part.findings):
            kept.append(found.assign(record=found["record"] + before))
        self._newest = max(filter(None, [self._newest, part.newest_event]), default=None)

    def finish(self) -> Staged:
        """All parts are there: settle what they say of the same things."""
        self._area.open()
        if self._parts > 1:
            self._settle()
        for table in self._tables.values():
            analyze(self._area.connection, table)
        return Staged(
            number=self._number,
            source=self._source,
            whole_events=self._whole_events,
            full=self._full,
            unread=self._unread,
            snapshot=self._snapshot,
            row_each=self._row_each and len(self._tables) == 1,
            records=self._records,
            rejects=self._left(self._rejects),
            findings=self._left(self._findings),
            tables=self._tables,
            events=self._events if EVENTS.frame in self._tables else None,
            newest_event=self._newest,
        )

    def discard(self) -> None:
        """Forget what was staged, for the source will be read anew."""
        self._area.open()
        for table in self._tables.values():
            table.drop(self._area.connection)

    def _write(self, frame: str, rows: pa.Table, before: int) -> None:
        self._row_each &= pc.count_distinct(rows["record"]).as_py() == len(rows)
        shifted = pc.add(rows["record"], before)
        rows = rows.set_column(0, "record", shifted)
        if frame != ANSWERS:
            numbers = _numbers(rows, self._keys[frame].size + 1)
            rows = rows.add_column(0, "n", pa.array(numbers))
        if frame not in self._tables:
            self._tables[frame] = _staging_table(self._area, frame, self._number)
        self._area.write(self._tables[frame], rows)
        if frame == EVENTS.frame and self._events is not None:
            self._events.add(rows)

    def _settle(self) -> None:
        again = self._superseded()
        gone: list[int] = []
        for frame, table in self._tables.items():
            forgotten = across.forget(self._area, table, again)
            gone += forgotten if frame == EVENTS.frame else []
        for entity in ENTITIES:
            if entity.frame in self._tables:
                table, keys = self._tables[entity.frame], self._keys[entity.frame]
                dropped = across.drop_copies(self._area, table, entity, keys)
                gone += dropped if entity is EVENTS else []
        if EVENTS.frame in self._tables:
            moved = across.number_ties(
                self._area,
                self._tables[EVENTS.frame],
                moments=self._moments,
                sizes=self._sizes,
                gone=gone,
            )
            if self._events is not None:
                self._events.settle(gone=gone, moved=moved)

    def _superseded(self) -> Int64s:
        """The accepted records that a later part says again; they and the rejected ones that do so
        are counted as duplicates from now on."""
        again = across.repeated(self._marks[OK], keep="last")
        self._records.supersede(again, OK)
        rejected = across.repeated(self._marks[REJECTED], keep="first")
        self._records.supersede(rejected, REJECTED)
        return again

    def _left(self, remarks: list[pd.DataFrame]) -> pd.DataFrame:
        given = [some for some in remarks if len(some)] or remarks[:1]
        whole = pd.concat(given, ignore_index=True)
        return whole[~whole["record"].isin(self._records.superseded)].reset_index(drop=True)


def _numbers(rows: Sized, first: int) -> Int64s:
    """A number for each row, from ``first``."""
    return np.arange(first, first + len(rows), dtype="int64")


def prepare(connection: Connection) -> None:
    """Give a connection of its own the memory that a load wants; until it is closed."""
    for setting in _SESSION[connection.dialect.name]:
        connection.exec_driver_sql(setting)


def _staging_table(area: Area, frame: str, number: int) -> Table:
    name = f"staged_{frame}_{number}"
    record = Column("record", BigInteger, nullable=False)
    if frame == ANSWERS:
        answers = [c for c in warehouse.survey_answers.columns if c.name != "since"]
        return area.table(name, record, *(Column(c.name, c.type) for c in answers))
    entity = next(entity for entity in ENTITIES if entity.frame == frame)
    return area.table(
        name,
        # SQLite reaches a row by it for nothing; PostgreSQL joins by hashing and needs no index.
        Column("n", Integer, primary_key=area.connection.dialect.name == "sqlite"),
        record,
        *(Column(name, entity.table.c[name].type) for name in entity.staged),
    )

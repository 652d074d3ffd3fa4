"""Temporary tables beside the warehouse, on its own connection, filled in bulk.

A temporary table is seen by this connection alone and takes no lock of the warehouse, so sources
are staged while screens read and staff write. Why this way: docs/decisions/0002-staging.md.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, String, Table

from etl import warehouse
from etl.contract.model import Checked
from etl.deadlines import local_dates
from etl.hashes import hash_rows
from etl.load.batch import Batch
from etl.load.rows import as_arrow, in_words

_AT_ONCE = 50_000  # rows handed to the driver in one go
_SESSION = {
    # Indexes are filled in memory rather than page by page.
    "sqlite": ("PRAGMA cache_size = -65536",),
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


@dataclass(frozen=True)
class Entity:
    """A frame of `Checked`, the table it goes to, that table's key and the columns it fills."""

    frame: str
    table: Table
    key: str
    columns: tuple[str, ...]


def _entity(frame: str, table: Table, *, without: tuple[str, ...]) -> Entity:
    left_out = {*without, "source", "row_hash", "run_id"}
    told = tuple(c.name for c in table.columns if c.name not in left_out)
    return Entity(frame, table, told[0], told)


CASES = _entity("cases", warehouse.cases, without=("outcome", "outcome_on"))
EVENTS = _entity("events", warehouse.events, without=())
MESSAGES = _entity("messages", warehouse.messages, without=())
QUEUE = _entity("queue", warehouse.queue_entries, without=("since",))
SURVEYS = _entity("surveys", warehouse.survey_responses, without=("entered_at",))
ENTITIES = (CASES, EVENTS, MESSAGES, QUEUE, SURVEYS)


@dataclass(frozen=True, kw_only=True)
class Staged:
    """A source whose accepted records lie in temporary tables (``tables``, by frame name).

    ``records``: record, file, row, key, record_hash, status.
    """

    number: int
    source: str
    whole_events: bool
    full: bool
    records: pd.DataFrame
    rejects: pd.DataFrame
    findings: pd.DataFrame
    tables: Mapping[str, Table]


def stage(connection: Connection, batch: Batch, *, number: int, zone: ZoneInfo) -> Staged:
    """Put the accepted records of ``batch`` into temporary tables named by ``number``.

    Each holds ``n`` (position), ``record``, what the record says and ``row_hash``. Of several rows
    with one key the last is staged. The tables live as long as the connection.
    """
    checked = batch.checked
    frames = {
        "cases": _with_local_dates(checked.cases, zone),
        "events": checked.events,
        "messages": checked.messages,
        "queue": checked.queue,
        "surveys": checked.surveys,
    }
    tables = {}
    for entity in ENTITIES:
        frame = frames[entity.frame]
        if len(frame):
            tables[entity.frame] = _stage(connection, entity, frame, batch, number)
    if len(checked.answers):
        tables["answers"] = _stage_answers(connection, checked, number)
    return Staged(
        number=number,
        source=batch.source,
        whole_events=batch.whole_events,
        full=batch.full,
        records=checked.records,
        rejects=checked.rejects,
        findings=checked.findings,
        tables=tables,
    )


def prepare(connection: Connection) -> None:
    """Give a connection of its own the memory that a load wants; until it is closed."""
    for setting in _SESSION[connection.dialect.name]:
        connection.exec_driver_sql(setting)


def temporary(connection: Connection, name: str, *columns: Column[Any]) -> Table:
    """A new temporary table of this connection."""
    table = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def analyze(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's planner know a table that was just filled; SQLite plans without."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def _with_local_dates(cases: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    return cases.assign(
        recorded_start_on=local_dates(cases["recorded_start_at"], zone),
        recorded_stop_on=local_dates(cases["recorded_stop_at"], zone),
    )


def _stage(
    connection: Connection, entity: Entity, frame: pd.DataFrame, batch: Batch, number: int
) -> Table:
    frame = frame.drop_duplicates(entity.key, keep="last")
    table = temporary(
        connection,
        f"staged_{entity.frame}_{number}",
        # SQLite reaches a row by it for nothing; PostgreSQL joins by hashing and needs no index.
        Column("n", Integer, primary_key=connection.dialect.name == "sqlite"),
        Column("record", BigInteger, nullable=False),
        *(Column(name, entity.table.c[name].type) for name in entity.columns),
        Column("row_hash", String(32), nullable=False),
    )
    told = frame[list(entity.columns)].assign(source=batch.source)
    if entity is SURVEYS:  # a response is another one when its answers are
        told["answers"] = told["response_id"].map(_in_one_word(batch.checked.answers))
    if entity is CASES and batch.whole_events:  # and a case when any event of its record is
        hashes = batch.checked.records.set_index("record")["record_hash"]
        told["record"] = hashes.reindex(frame["record"]).to_numpy()
    frame = frame.assign(n=range(1, len(frame) + 1), row_hash=hash_rows(told).to_numpy())
    _write(connection, table, as_arrow(frame, table))
    return table


def _in_one_word(answers: pd.DataFrame) -> pd.Series:
    ordered = answers.sort_values(["response_id", "question"])
    words = ordered["question"] + "=" + ordered["answer"].astype("str")
    return words.groupby(ordered["response_id"]).agg(" ".join)


def _stage_answers(connection: Connection, checked: Checked, number: int) -> Table:
    """The answers, each with the place and the day of its response."""
    responses = checked.surveys.drop_duplicates("response_id", keep="last")
    answers = checked.answers.merge(responses.drop(columns="record"), on="response_id")
    table = temporary(
        connection,
        f"staged_answers_{number}",
        *(Column(c.name, c.type) for c in warehouse.survey_answers.columns if c.name != "since"),
    )
    _write(connection, table, as_arrow(answers, table))
    return table


def _write(connection: Connection, table: Table, rows: pa.Table) -> None:
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        _insert_many(connection, table, in_words(rows))
    analyze(connection, table)


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

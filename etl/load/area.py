"""Where rows lie between reading and merging: beside the warehouse, and seen by one run alone.

Why so: docs/decisions/0002-staging.md.
"""

from __future__ import annotations

import io
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from adbc_driver_manager import Error as DriverError
from adbc_driver_sqlite import dbapi
from pyarrow import csv
from sqlalchemy import BigInteger, Column, Connection, Engine, Integer, MetaData, Table

from etl.errors import KezekError
from etl.load.rows import in_words
from etl.load.spool import Int64s
from etl.scratch import analyze, temporary

_AT_ONCE = 50_000  # rows handed to the driver in one go
_SUFFIX = "-staged"


class Area:
    """Temporary tables of the warehouse's own connection, which take no lock of the warehouse."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def table(self, name: str, *columns: Column[Any]) -> Table:
        """A new table, empty."""
        return temporary(self.connection, name, *columns)

    def write(self, table: Table, rows: pa.Table) -> None:
        """Add rows that are typed like the table and named like its columns."""
        if self.connection.dialect.name == "postgresql":
            _copy(self.connection, table, rows)
        else:
            _insert_many(self.connection, table, in_words(rows))

    def open(self) -> None:
        """Let the connection read what was written."""


class AttachedArea(Area):
    """SQLite: a file of its own beside the warehouse's, filled straight from Arrow's columns.

    Another copy of SQLite than the connection's fills it, and two copies that hold one file at a
    time break its locks: so it is attached to the connection only while nobody writes to it.
    """

    _SCHEMA = "staged"

    def __init__(self, connection: Connection, path: Path) -> None:
        super().__init__(connection)
        self._path = path
        self._is_attached = False

    def table(self, name: str, *columns: Column[Any]) -> Table:
        self.open()
        table = Table(name, MetaData(), *columns, schema=self._SCHEMA)
        table.create(self.connection)
        return table

    def write(self, table: Table, rows: pa.Table) -> None:
        self._detach()
        try:
            with (
                dbapi.connect(self._path.as_uri(), autocommit=True) as writer,
                writer.cursor() as cursor,
            ):
                for setting in ("journal_mode = OFF", "synchronous = OFF"):
                    cursor.execute(f"PRAGMA {setting}")
                # A transaction that the driver began by itself would hide why it failed.
                writer.adbc_connection.set_autocommit(False)
                cursor.adbc_ingest(table.name, in_words(rows), mode="append")
                writer.adbc_connection.commit()
        except DriverError as error:
            raise _cannot_be_written(self._path, _reason(error)) from None

    def open(self) -> None:
        if self._is_attached:
            return
        self.connection.commit()  # of nothing that is the warehouse's: a run writes that later
        self.connection.exec_driver_sql(f"ATTACH DATABASE ? AS {self._SCHEMA}", (str(self._path),))
        self._is_attached = True
        # The file does not outlive the run, but a merge that is undone must undo itself in it, too.
        for setting in ("journal_mode = MEMORY", "synchronous = OFF"):
            self.connection.exec_driver_sql(f"PRAGMA {self._SCHEMA}.{setting}")

    def _detach(self) -> None:
        if self._is_attached:
            self.connection.commit()
            self.connection.exec_driver_sql(f"DETACH DATABASE {self._SCHEMA}")
            self._is_attached = False


@contextmanager
def area(connection: Connection) -> Iterator[Area]:
    """Where the only run of this warehouse may lay what it reads, however much that is.

    A run that was killed leaves SQLite's file behind; the next one takes its place.
    """
    if connection.dialect.name != "sqlite":
        yield Area(connection)
        return
    with ExitStack() as stack:
        path = _beside(connection.engine)
        if path is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kezek-"))
            path = Path(folder) / "staged"
        _made_anew(path, connection)
        stack.callback(_taken_away, path)
        yield AttachedArea(connection, path)


@contextmanager
def as_table(area: Area, **columns: Int64s) -> Iterator[Table]:
    """The columns as a table to join; the values of the first are all different."""
    whole = BigInteger().with_variant(Integer, "sqlite")
    key = next(iter(columns)) if area.connection.dialect.name == "sqlite" else None
    kept = (Column(name, whole, primary_key=name == key) for name in columns)
    listed = area.table("listed", *kept)
    area.write(listed, pa.table(columns))
    area.open()
    analyze(area.connection, listed)
    yield listed
    listed.drop(area.connection)


def _made_anew(path: Path, connection: Connection) -> None:
    """An empty file that whoever may not read the warehouse may not read either."""
    database = Path(connection.engine.url.database or "")
    mode = stat.S_IMODE(database.stat().st_mode) if database.is_file() else 0o600
    try:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        path.chmod(mode)
    except OSError as error:
        raise _cannot_be_written(path, error.strerror) from None


def _taken_away(path: Path) -> None:
    """What a run has come to does not hang on it: the next one takes the file's place."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _cannot_be_written(path: Path, reason: str | None) -> KezekError:
    return KezekError(
        f"The warehouse's file {path}, in which a run collects what it reads, cannot be written "
        f"({reason}); nothing was changed, look at its disk and its rights."
    )


def take_leftover_away(engine: Engine) -> None:
    """Delete what a run that was killed left beside the warehouse; the caller holds the run's
    lock."""
    path = _beside(engine) if engine.dialect.name == "sqlite" else None
    if path is not None:
        _taken_away(path)


def _beside(engine: Engine) -> Path | None:
    """A file beside the warehouse's; None where that is kept in memory, or named by a URI."""
    database = engine.url.database
    if not database or database == ":memory:" or database.startswith("file:"):
        return None
    path = Path(database)
    return path.with_name(path.name + _SUFFIX).absolute()


def _reason(error: DriverError) -> str:
    """What SQLite said, without what the driver puts around it."""
    said = next(iter(str(error).splitlines()), "no reason given")
    return said.rpartition(": ")[2].strip().rstrip(".")


def _copy(connection: Connection, table: Table, rows: pa.Table) -> None:
    """PostgreSQL: COPY on the very connection of the transaction, from CSV that Arrow writes."""
    driver: psycopg.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    options = csv.WriteOptions(include_header=False)
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)") as copy,
    ):
        for batch in _in_digits(rows).to_batches(_AT_ONCE):
            sink = io.BytesIO()
            csv.write_csv(batch, sink, options)
            copy.write(sink.getbuffer())


def _in_digits(rows: pa.Table) -> pa.Table:
    """The same, bytes in the hexadecimal digits in which PostgreSQL reads them from text."""
    for index, column in enumerate(rows.columns):
        if pa.types.is_large_binary(column.type):
            digits = [f"\\x{some.hex()}" for some in column.to_pylist()]
            words = pa.array(digits, pa.large_string())
            rows = rows.set_column(index, rows.column_names[index], words)
    return rows


def _insert_many(connection: Connection, table: Table, rows: pa.Table) -> None:
    """SQLite: one prepared statement over tuples that never become objects of ours."""
    marks = ", ".join("?" * rows.num_columns)
    columns = ", ".join(f'"{name}"' for name in rows.column_names)
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608 (our names)
    for batch in rows.to_batches(_AT_ONCE):
        tuples = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
        if tuples:  # none would count as a statement without values
            connection.exec_driver_sql(statement, tuples)

"""Any database that SQLAlchemy reaches: a table, or what a query gives."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    column,
    create_engine,
    func,
    inspect,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from etl import connect, retry
from etl.errors import KezekError
from etl.extract import cells, watermark
from etl.extract.model import Extract, FileInfo, Fingerprint
from etl.identity import without_iin
from etl.sources.model import SourceSpec

_CONNECT_SECONDS = 15
_BUSY_SECONDS = 5.0
_AT_ONCE = 50_000  # rows
_BYTES_A_CELL = 12


@dataclass(frozen=True)
class Rows:
    """Some rows of a table as the driver gives them; ``before`` have been given of it already."""

    name: str
    columns: list[str]
    values: list[tuple[object, ...]]
    before: int

    @property
    def size(self) -> int:
        """About as many bytes as a file of these rows would have."""
        return len(self.values) * len(self.columns) * _BYTES_A_CELL


class Opened:
    """A table that is being read."""

    def __init__(
        self,
        spec: SourceSpec,
        url: URL,
        connection: Connection,
        *,
        since: str | None,
        until: date | None,
    ) -> None:
        self._spec, self._url, self._connection = spec, url, connection
        self._name = _name(spec, url)
        self._since, self._until = since, until
        self._sha256 = _sha256(url)
        self._read = 0
        self.watermark: str | None = None  # of the rows that parts() gives, once it has begun

    def parts(self) -> Iterator[Rows]:
        """The rows in the order given, some at a time; where there is none, one part without."""
        names, result = self._rows()
        with closing(result):
            while (values := [tuple(row) for row in result.fetchmany(_AT_ONCE)]) or not self._read:
                yield Rows(self._name, names, values, self._read)
                self._read += len(values)
                if len(values) < _AT_ONCE:
                    return

    def _rows(self) -> tuple[list[str], CursorResult[Any]]:
        streamed = self._connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
        if self._spec.query:
            result = streamed.exec_driver_sql(self._spec.query)
            return list(result.keys()), result
        names = _columns(self._spec, self._name, self._connection)
        schema, _, plain = self._spec.table.rpartition(".")
        source = table(plain, *(column(c) for c in names), schema=schema or None)
        query = select(source)
        if self._spec.watermark:  # asked first: what changes meanwhile is read again next time
            changed = source.c[self._spec.watermark]
            newest = self._connection.scalar(select(func.max(changed)))
            if newest is not None and self._until is not None:
                end = watermark.end(self._spec, self._until, newest)
                newest = self._connection.scalar(select(func.max(changed)).where(changed < end))
            self.watermark = self._since if newest is None else str(newest)
            if self._since is not None and newest is not None:
                start = watermark.start(self._spec, self._since, newest)
                query = query.where((changed >= start) | changed.is_(None))
        return names, streamed.execute(query)

    def described(self) -> FileInfo:
        """What the ledger keeps of the table, its rows aside."""
        name = without_iin(self._name)
        if self._sha256 is None or self._url.database is None:
            return FileInfo(name, None, None, 0)
        # What was written while it was read may be in it or not: then it is no known file.
        same = _sha256(self._url) == self._sha256
        size = Path(self._url.database).stat().st_size
        return FileInfo(name, size, self._sha256 if same else None, 0)


@contextmanager
def opened(
    spec: SourceSpec, *, since: str | None = None, until: date | None = None
) -> Iterator[Opened]:
    """The table or query of ``spec``, read-only, while the block lasts; of the table only what has
    changed about ``since``, the watermark of an earlier reading, or later. A change after the day
    ``until`` is a mistake, and moves no watermark.

    Raises KezekError, without the password, for a database that is not there, does not answer or
    is damaged, and for a table or column that it does not have; TransientError where it may answer
    in a moment.
    """
    url = _address(spec)
    try:
        engine = _engine(spec, url)
        try:
            with engine.connect() as connection:
                _require_whole(spec, _name(spec, url), connection)
                yield Opened(spec, url, connection, since=since, until=until)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise retry.kind_of(error, "reading")(
            f"Source {spec.name}: the database {url.render_as_string(hide_password=True)} "
            f"does not give its records ({_reason(error)}); check url, table and query in "
            f"{spec.declared_in} and that the database runs."
        ) from None


def read_rows(spec: SourceSpec, rows: Rows) -> Extract:
    """The records of some rows; ``row`` counts them from 1 in the order given."""
    wanted = cells.positions(rows.columns, spec.source_columns, place=rows.name, source=spec.name)
    by_column = list(zip(*rows.values, strict=True)) or [()] * len(rows.columns)
    columns = {
        c: cells.column(by_column[i]) for c, i in zip(spec.source_columns, wanted, strict=True)
    }
    count = len(rows.values)
    place = cells.placed(rows.name, range(rows.before + 1, rows.before + count + 1))
    return cells.assembled(columns, place, FileInfo(rows.name, None, None, count))


def fingerprints(spec: SourceSpec) -> list[Fingerprint] | None:
    """Of a SQLite file whose table is read; None where a server must be asked, a query may tell
    something else every day, or changes wait beside the file."""
    url = _address(spec)
    sha256 = None if spec.query else _sha256(url)
    return None if sha256 is None else [Fingerprint(without_iin(_name(spec, url)), sha256)]


def _sha256(url: URL) -> str | None:
    """Of a SQLite file; None of a server, and where changes wait beside the file."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    path, log = Path(url.database), Path(f"{url.database}-wal")
    if not path.is_file() or (log.exists() and log.stat().st_size):
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size(spec: SourceSpec) -> int | None:
    """The bytes of the SQLite file whose table is read, which may hold others too; None where only
    reading can tell."""
    url = _address(spec)
    if url.get_backend_name() != "sqlite" or url.database is None or spec.query:
        return None
    path = Path(url.database)
    return path.stat().st_size if path.is_file() else None


def _name(spec: SourceSpec, url: URL) -> str:
    return f"{Path(url.database or '').name} {spec.table or 'query'}".strip()


def _reason(error: SQLAlchemyError | ImportError) -> str:
    if isinstance(error, DBAPIError):
        return connect.reason(error)
    return str(error) if isinstance(error, ImportError) else type(error).__name__


def _address(spec: SourceSpec) -> URL:
    try:
        url = make_url(spec.url)
    except ArgumentError:
        raise KezekError(
            f"Source {spec.name}: url is no database address; write it like "
            "sqlite:///register.sqlite or postgresql://user@host/database."
        ) from None
    # the driver that comes with Kezek
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _engine(spec: SourceSpec, url: URL) -> Engine:
    """An engine that cannot write where the database lets itself be told so."""
    if url.get_backend_name() == "sqlite":
        if url.database is None or not Path(url.database).is_file():
            raise KezekError(
                f"Source {spec.name}: there is no database file {url.database}; "
                f"put it there or correct url in {spec.declared_in}."
            )
        return create_engine("sqlite://", creator=partial(_opened_file, url.database))
    try:
        if url.get_backend_name() == "postgresql":
            return create_engine(
                url,
                connect_args={"connect_timeout": _CONNECT_SECONDS},
                execution_options={"postgresql_readonly": True},
            )
        return create_engine(url)
    except NoSuchModuleError:
        raise KezekError(
            f"Source {spec.name}: Kezek has no driver for {url.drivername}; install one."
        ) from None


def _opened_file(path: str) -> sqlite3.Connection:
    """The SQLite file, read-only; also where its folder lets no side files be made.

    Side files that are there hold changes, made or to be undone, which a file that is taken to
    never change would not show; and who waits for a writer must not read what it is writing.
    """
    address = f"file:{quote(path)}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
    except sqlite3.OperationalError as error:
        connection.close()
        beside = (Path(f"{path}{side}") for side in ("-wal", "-journal"))
        if retry.is_busy(error) or any(file.exists() for file in beside):
            raise
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True)
    return connection


def _require_whole(spec: SourceSpec, name: str, connection: Connection) -> None:
    """Raise KezekError for a SQLite file that was cut short or damaged: of such a one a part can
    often be read as if it were all."""
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
        raise KezekError(
            f"Source {spec.name}: the file of {name} is damaged or incomplete; "
            "fetch it again, none of it was used."
        )


def _columns(spec: SourceSpec, name: str, connection: Connection) -> list[str]:
    """The names of the table's columns."""
    schema, _, plain = spec.table.rpartition(".")
    there = inspect(connection)
    if not there.has_table(plain, schema=schema or None):
        raise KezekError(
            f"Source {spec.name}: {name.rsplit(' ', 1)[0]} has no table {spec.table}; its tables "
            f"are {', '.join(there.get_table_names(schema=schema or None)) or 'none'}: "
            f"correct table in {spec.declared_in}."
        )
    names = [c["name"] for c in there.get_columns(plain, schema=schema or None)]
    wanted = (*spec.source_columns, *([spec.watermark] if spec.watermark else ()))
    cells.positions(names, wanted, place=name, source=spec.name)
    return names

"""Any database that SQLAlchemy reaches: a table, or what a query gives."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Row,
    column,
    create_engine,
    inspect,
    make_url,
    select,
    table,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from etl import connect, retry
from etl.errors import KezekError
from etl.extract import cells
from etl.extract.model import Extract, FileInfo
from etl.sources.model import SourceSpec

_CONNECT_SECONDS = 15
_BUSY_SECONDS = 5.0


def read(spec: SourceSpec) -> Extract:
    """The records; ``row`` counts them from 1 in the order given. Only reads, never writes.

    Raises KezekError, without the password, for a database that is not there or does not answer,
    and for a table or column that it does not have; TransientError where it may answer in a moment.
    """
    url = _address(spec)
    name = _name(spec, url)
    try:
        engine = _engine(spec, url)
        try:
            with engine.connect() as connection:
                names, rows = _rows(spec, name, connection)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise retry.kind_of(error, "reading")(
            f"Source {spec.name}: the database {url.render_as_string(hide_password=True)} "
            f"does not give its records ({_reason(error)}); check url, table and query in "
            f"{spec.declared_in} and that the database runs."
        ) from None
    wanted = cells.positions(names, spec.source_columns, place=name, source=spec.name)
    by_column = list(zip(*rows, strict=True)) or [()] * len(names)
    columns = {
        c: cells.column(by_column[i]) for c, i in zip(spec.source_columns, wanted, strict=True)
    }
    place = cells.placed(name, range(1, len(rows) + 1))
    return cells.assembled(columns, place, _described(url, name, len(rows)))


def fingerprints(spec: SourceSpec) -> list[tuple[str, str]] | None:
    """Name and sha256 of a SQLite file whose table is read; None where a server must be asked, a
    query may tell something else every day, or changes wait beside the file."""
    url = _address(spec)
    if url.get_backend_name() != "sqlite" or url.database is None or spec.query:
        return None
    path, log = Path(url.database), Path(f"{url.database}-wal")
    if not path.is_file() or (log.exists() and log.stat().st_size):
        return None
    with path.open("rb") as file:
        return [(_name(spec, url), hashlib.file_digest(file, "sha256").hexdigest())]


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


def _rows(
    spec: SourceSpec, name: str, connection: Connection
) -> tuple[list[str], Sequence[Row[tuple[object, ...]]]]:
    if spec.query:
        result = connection.exec_driver_sql(spec.query)
        return list(result.keys()), result.all()
    schema, _, plain = spec.table.rpartition(".")
    there = inspect(connection)
    if not there.has_table(plain, schema=schema or None):
        raise KezekError(
            f"Source {spec.name}: {name.rsplit(' ', 1)[0]} has no table {spec.table}; its tables "
            f"are {', '.join(there.get_table_names(schema=schema or None)) or 'none'}: "
            f"correct table in {spec.declared_in}."
        )
    names = [c["name"] for c in there.get_columns(plain, schema=schema or None)]
    cells.positions(names, spec.source_columns, place=name, source=spec.name)
    source = table(plain, *(column(c) for c in names), schema=schema or None)
    return names, connection.execute(select(source)).all()


def _described(url: URL, name: str, rows: int) -> FileInfo:
    if url.get_backend_name() != "sqlite" or url.database is None:
        return FileInfo(name, None, None, rows)
    data = Path(url.database).read_bytes()
    return FileInfo(name, len(data), hashlib.sha256(data).hexdigest(), rows)

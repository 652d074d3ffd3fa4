"""The warehouse that a reading command asks, or one sentence saying why it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from dashboard import queries
from dashboard.settings import read_settings
from etl import databases, warehouse
from etl.connect import begin, reason, where
from etl.errors import KezekError
from etl.migrate import require_current, upgrade


class NothingLoadedError(KezekError):
    """There is no warehouse at the address yet, or no run has filled it."""


def loaded_engine(url: str) -> Engine:
    """An engine on a warehouse that some run has filled; creates nothing.

    Raises NothingLoadedError where there is no warehouse, no table or no successful run, and
    KezekError where the warehouse cannot be reached or read.
    """
    engine = databases.open_engine(url)
    _must_exist(engine)
    try:
        with begin(engine, write=False) as connection:
            filled = inspect(connection).has_table(warehouse.run.name)
        if filled and queries.has_runs(engine):
            require_current(engine)
            return engine
    except DBAPIError as error:
        engine.dispose()
        raise KezekError(
            f"The warehouse {where(engine)} cannot be read ({reason(error)}); "
            "look at the address, or fill another with `kezek etl run`."
        ) from None
    engine.dispose()
    raise NothingLoadedError(
        f"The warehouse {where(engine)} is empty; fill it with `kezek etl run`."
    )


@contextmanager
def loaded(database: str | None) -> Iterator[Engine]:
    """The same for a block: of that address, or of the one that is set."""
    engine = loaded_engine(database or read_settings().database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def kept(database: str | None) -> Iterator[Engine]:
    """An engine for a block, on a warehouse that may be empty but has its tables.

    Raises NothingLoadedError where there is none, OldSchemaError where its tables are older.
    """
    engine = databases.open_engine(database or read_settings().database_url)
    try:
        _must_exist(engine)
        require_current(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def tables(database: str | None) -> Iterator[Engine]:
    """The same, but the warehouse and its tables are made where they are not there yet."""
    engine = databases.open_engine(database or read_settings().database_url)
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()


def _must_exist(engine: Engine) -> None:
    """Connecting would make the SQLite file that is missing."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or (path or "").startswith("file:"):
        return
    if not path or path == ":memory:" or not Path(path).is_file():
        raise NothingLoadedError(
            f"There is no warehouse at {path or 'an address without a file'}; "
            "make and fill it with `kezek etl run`."
        )

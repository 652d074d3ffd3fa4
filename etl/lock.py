"""One run at a time on a warehouse, without keeping screens and staff from it.

The lock ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from etl import connect
from etl.errors import KezekError

_TAKE = "SELECT pg_try_advisory_lock(hashtext('kezek run ' || current_schema()))"
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtext('kezek run ' || current_schema()))"


@contextlib.contextmanager
def only_run(engine: Engine) -> Iterator[None]:
    """Hold the warehouse's run lock. Raises KezekError at once where another run holds it."""
    holding = _on_server(engine) if engine.dialect.name == "postgresql" else _beside(engine)
    with holding as taken:
        if not taken:
            raise KezekError(
                f"Another run is at work on the warehouse {connect.where(engine)}; "
                "wait until it has ended and run again."
            )
        yield


@contextlib.contextmanager
def _on_server(engine: Engine) -> Iterator[bool]:
    """PostgreSQL: an advisory lock of a session of its own."""
    with connect.own(engine.execution_options(isolation_level="AUTOCOMMIT")) as connection:
        taken = bool(connection.scalar(text(_TAKE)))
        try:
            yield taken
        finally:
            if taken:  # the server ends a session when it comes to it: the next run may be there
                with contextlib.suppress(DBAPIError):
                    connection.execute(text(_GIVE_BACK))


@contextlib.contextmanager
def _beside(engine: Engine) -> Iterator[bool]:
    """SQLite: an exclusive lock on an empty database beside the warehouse's file.

    The warehouse's own lock would also do, but would keep the survey form waiting while files are
    being read.
    """
    connect.reach(engine).close()  # an unreachable warehouse is told as such
    if not engine.url.database or not Path(engine.url.database).is_file():
        yield True  # in memory: nobody else can reach it
        return
    beside = sqlite3.connect(f"{engine.url.database}-run", timeout=0)
    try:
        yield _take(beside)
    finally:
        beside.close()


def _take(beside: sqlite3.Connection) -> bool:
    try:
        beside.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return False
        raise KezekError(
            f"No file can be made beside the warehouse ({error}); look at the rights of its folder."
        ) from None
    return True

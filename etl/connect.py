"""Connections to the warehouse whose failures read as one sentence, without user or password."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from etl import databases, retry
from etl.errors import KezekError, TransientError

_OWN_FOLDER = Path("var")  # the default address's, made when first needed; any other must be there

_WRONG_VALUE = "22"  # the class of PostgreSQL's errors that repeat the value
_UNDECODED = " with text '"  # behind it SQLite repeats what it could not read

Witness = Callable[[Connection], None]
"""Tells of a change, last in its transaction, and only where something changed: what it raises
undoes the change."""

_TURN = {
    "sqlite": (),  # its one writer is the only one of every name
    "postgresql": (
        "SET LOCAL lock_timeout = '{seconds}s'",
        "SELECT pg_advisory_xact_lock(hashtext('kezek {writers} ' || current_schema()))",
        "SET LOCAL lock_timeout = 0",
    ),
}
_BEGIN_WRITING = {
    "sqlite": "BEGIN IMMEDIATE",
    # Whatever the database's default: what is seen must be no older than the lock.
    "postgresql": "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
}


@contextlib.contextmanager
def begin(engine: Engine, *, write: bool = True, writers: str = "write") -> Iterator[Connection]:
    """A connection in one transaction: committed at the end, rolled back on any exception.

    ``write`` takes SQLite's write lock at once, so that what is read cannot change before what
    follows from it is written. ``writers``: on PostgreSQL those of one name wait for one another;
    SQLite has one writer in all. Raises KezekError where the database cannot be reached or fails,
    TransientError where another attempt is worthwhile; so do all that give a connection here.
    """
    with reach(engine) as connection:
        if write:
            with writing(connection, writers):
                yield connection
        else:
            with _in_words(engine):
                yield connection


@contextlib.contextmanager
def own(engine: Engine) -> Iterator[Connection]:
    """A connection that ends when the block does, and with it every temporary table of it."""
    with reach(engine) as connection:
        connection.detach()
        with _in_words(engine):
            yield connection


@contextlib.contextmanager
def writing(connection: Connection, writers: str = "write") -> Iterator[None]:
    """One transaction that writes, on a connection that has none yet, and the only such one.

    A mart is recounted by deleting and inserting: two writers at once would count a day twice.
    PostgreSQL is told to wait for the other as long as SQLite's engine does.
    """
    with _in_words(connection.engine), connection.begin():
        connection.exec_driver_sql(_BEGIN_WRITING[connection.dialect.name])
        take_turn(connection, writers)
        yield


def take_turn(connection: Connection, writers: str) -> None:
    """Wait until no other writer of that name is at work, and keep them waiting to the end of the
    transaction. Raises DBAPIError where that lasts too long.

    Whoever writes as one and then as ``people`` asks in this order, so that no two wait for each
    other.
    """
    seconds = databases.SQLITE_BUSY_SECONDS
    for statement in _TURN[connection.dialect.name]:
        connection.exec_driver_sql(statement.format(seconds=seconds, writers=writers))


def reach(engine: Engine) -> Connection:
    """A connection; raises KezekError where there is no way to the database."""
    if engine.dialect.name == "sqlite" and Path(engine.url.database or "").parent == _OWN_FOLDER:
        _OWN_FOLDER.mkdir(exist_ok=True)
    try:
        return engine.connect()
    except DBAPIError as error:
        raise retry.kind_of(error, "connecting")(
            f"The warehouse {where(engine)} cannot be reached ({reason(error)}); "
            "look at the address, the rights and whether the server runs."
        ) from None


@contextlib.contextmanager
def _in_words(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        kind = retry.kind_of(error, "writing")
        raise kind(f"The warehouse {where(engine)} {_what_happened(error, kind)}.") from None


def _what_happened(error: DBAPIError, kind: type[KezekError]) -> str:
    said = reason(error)
    if kind is TransientError:
        return f"was used by others at the same time ({said}); nothing was changed, try again"
    if isinstance(error, OperationalError) and ("locked" in said or "lock timeout" in said):
        return "is being written by somebody else; wait until that has ended and try again"
    return f"failed ({said}); nothing was changed, look at its disk, its rights and its log"


def where(engine: Engine) -> str:
    """The place of the database, without user and password."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        return url.database or "in memory"
    host = url.host or url.query.get("host") or "this machine"
    return f"{url.database or ''} on {host}".strip()


def reason(error: DBAPIError) -> str:
    """What the driver said, in one line: never the statement, nor a value bound to it or read."""
    if str(getattr(error.orig, "sqlstate", None)).startswith(_WRONG_VALUE):
        return f"a value is not what its column or the query wants, {type(error.orig).__name__}"
    diagnosis = getattr(error.orig, "diag", None)
    said = getattr(diagnosis, "message_primary", None) or str(error.orig)
    said = said.partition(_UNDECODED)[0]
    return next(iter(said.strip().splitlines()), "no reason given").strip().rstrip(".")

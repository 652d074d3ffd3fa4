"""How a warehouse is reached: an engine on SQLite or PostgreSQL, each connection set up alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from psycopg.pq import Format
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from etl.errors import KezekError

SQLITE_BUSY_SECONDS = 30

# Execution options of a query that answers with bytes: PostgreSQL else writes each as two digits.
IN_BINARY: Mapping[str, bool] = MappingProxyType({"in_binary": True})


def open_engine(url: str) -> Engine:
    """An engine for the warehouse at ``url`` (SQLite or PostgreSQL).

    Raises KezekError for an address that SQLAlchemy cannot read or a database kind that Kezek
    does not keep its warehouse in. Connects to nothing yet. No failure, and so no log of one, lists
    the values that a statement was given.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise KezekError(
            "The database address is not a URL; write it like sqlite:///var/kezek.db "
            "or postgresql://user@host/kezek."
        ) from None
    if parsed.get_backend_name() == "postgresql":
        url_ = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(url_, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "connect", _write_days_as_iso)
        event.listen(engine, "before_cursor_execute", _answer_in_binary)
        return engine
    if parsed.get_backend_name() != "sqlite":
        raise KezekError(
            f"The warehouse is kept in SQLite or PostgreSQL, not in {parsed.get_backend_name()}."
        )
    busy = {"timeout": SQLITE_BUSY_SECONDS}
    engine = create_engine(parsed, connect_args=busy, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _write_days_as_iso(connection: Any, _record: Any) -> None:
    """Days cast to text are ISO, whatever the server, the database or the role is set to."""
    connection.execute("SET DateStyle = ISO")
    connection.commit()


def _answer_in_binary(
    _connection: Any, cursor: Any, _statement: Any, _parameters: Any, context: Any, _many: Any
) -> None:
    if context.execution_options.get("in_binary"):
        cursor.format = Format.BINARY


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()

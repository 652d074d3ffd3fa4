"""The indexes of the tables that a run alone writes: where many rows come into an empty one, they
are made behind the rows, in half the time that filling them row by row takes.

They are taken away before the run's transaction begins: on PostgreSQL whoever takes an index away
keeps readers waiting until that is committed, but making one does not. So a table may lack them for
as long as it is empty, be it because a run was killed, and never longer: what is inserted completes
them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, Table, exists, inspect, select
from sqlalchemy.exc import DBAPIError

from etl.warehouse import case_clocks, events

MANY = 50_000  # rows
_SORTED_AT_ONCE = -4096  # KiB of keys, as SQLite writes it

_LATE = (events, case_clocks)

# One transaction a table, all of its indexes or none; SQLite's driver would make one of each.
# PostgreSQL lets nobody begin to read a table while somebody waits to change it: not for long.
_BEGIN = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SET LOCAL lock_timeout = '250ms'",
}


def leave_out_indexes(connection: Connection, records: int) -> None:
    """Take the indexes of empty tables away where ``records`` that are about to be merged are many;
    a transaction a table.

    They stay where the database refuses: to a role that does not own the table, while somebody
    reads it (PostgreSQL) or writes (SQLite). Raises DBAPIError where the connection is lost.
    """
    if records <= MANY:
        return
    for table in _LATE:
        try:
            _leave_out(connection, table)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise


def _leave_out(connection: Connection, table: Table) -> None:
    with connection.begin():
        connection.exec_driver_sql(_BEGIN[connection.dialect.name])
        if not connection.scalar(select(exists().select_from(table))):
            for index in table.indexes:
                index.drop(connection, checkfirst=True)


def are_left_out(connection: Connection, table: Table) -> bool:
    """Whether ``table`` waits for any of its indexes."""
    return table in _LATE and len(inspect(connection).get_indexes(table.name)) < len(table.indexes)


def complete(connection: Connection, table: Table) -> None:
    """Make the indexes that ``table`` waits for."""
    if not are_left_out(connection, table):
        return
    with _sorting(connection):
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection, checkfirst=True)


@contextlib.contextmanager
def _sorting(connection: Connection) -> Iterator[None]:
    """SQLite sorts as many keys at once as its cache could hold, by a list: where that outgrows the
    processor's own cache, millions take half as long again as when few are sorted and merged."""
    if connection.dialect.name != "sqlite":
        yield
        return
    kept = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = {_SORTED_AT_ONCE}")
    yield
    connection.exec_driver_sql(f"PRAGMA cache_size = {kept}")

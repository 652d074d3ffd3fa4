"""The indexes of the tables that a run alone writes: where many rows come into an empty one, they
are made behind the rows, in half the time that filling them row by row takes.

They are taken away before the run's transaction begins: on PostgreSQL whoever takes an index away
keeps readers waiting until that is committed, but making one does not. So a table may lack them for
as long as it is empty, be it because a run was killed, and never longer: what is inserted completes
them.
"""

from __future__ import annotations

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Table, exists, inspect, select
from sqlalchemy.exc import OperationalError

from etl.warehouse import case_clocks, events

MANY = 50_000  # rows

_LATE = (events, case_clocks)


def leave_out_indexes(connection: Connection, records: int) -> None:
    """Take the indexes of empty tables away where ``records`` that are about to be merged are many;
    a transaction of its own. On PostgreSQL they stay where somebody is reading the table."""
    if records <= MANY:
        return
    try:
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            for table in _LATE:
                if not connection.scalar(select(exists().select_from(table))):
                    for index in table.indexes:
                        index.drop(connection, checkfirst=True)
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise


def are_left_out(connection: Connection, table: Table) -> bool:
    """Whether ``table`` waits for its indexes."""
    return table in _LATE and not inspect(connection).get_indexes(table.name)


def complete(connection: Connection, table: Table) -> None:
    """Make the indexes that ``table`` waits for."""
    if table in _LATE:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection, checkfirst=True)

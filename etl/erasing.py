"""What was deleted leaves the files of the database as well, as far as a program can see to it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Engine, Table
from sqlalchemy.exc import DBAPIError

from etl import connect
from etl.connect import reason, where
from etl.errors import KezekError


def rewrite(engine: Engine, tables: Collection[Table]) -> None:
    """Write anew the files that held what was deleted or overwritten in ``tables``.

    A database only marks such rows as free, and their words can still be read from its file. SQLite
    writes its whole file anew and empties the log beside it; PostgreSQL writes the tables anew, of
    which nobody may read one meanwhile, and leaves out those that the role does not own. What lies
    in PostgreSQL's log, in backups and in the free blocks of the disk is not reached. Raises
    KezekError where others use the database or it has no room.
    """
    try:
        with connect.own(engine.execution_options(isolation_level="AUTOCOMMIT")) as connection:
            if engine.dialect.name == "postgresql":
                names = ", ".join(sorted(table.name for table in tables))
                connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {names}")
                return
            connection.exec_driver_sql("VACUUM")
            is_busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    except DBAPIError as error:  # of giving the connection back
        raise _unfinished(engine, reason(error)) from None
    except KezekError as error:
        raise _unfinished(engine, str(error).rstrip(".")) from None
    if is_busy:
        raise _unfinished(engine, "somebody reads what was there before")


def _unfinished(engine: Engine, why: str) -> KezekError:
    return KezekError(
        f"The tables hold it no longer, but the files of the warehouse {where(engine)} still may "
        f"({why}); have them written anew with `kezek purge` when nobody uses it."
    )

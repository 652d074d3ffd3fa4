"""Temporary tables: seen by their connection alone, and gone with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table


def temporary(connection: Connection, name: str, *columns: Column[Any]) -> Table:
    """A new temporary table of this connection.

    SQLite keeps it in the order of its key, and looks rows up by it. PostgreSQL makes none: it
    joins such tables by hashing, and an index that nothing reads would take time to fill.
    """
    numbered = all(isinstance(c.type, Integer) for c in columns if c.primary_key)
    if connection.dialect.name == "postgresql":
        columns = tuple(Column(c.name, c.type, nullable=c.nullable) for c in columns)
    table = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], sqlite_with_rowid=numbered)
    table.create(connection)
    return table


def analyze(connection: Connection, table: Table) -> None:
    """Let the planner know how large a table is that was just filled: a few changes are looked up
    in a large table, and not the large table in them."""
    schema = "temp" if connection.dialect.name == "sqlite" else "pg_temp"
    connection.exec_driver_sql(f"ANALYZE {table.schema or schema}.{table.name}")

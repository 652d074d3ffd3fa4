"""Temporary tables: seen by their connection alone, and gone with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table


def temporary(connection: Connection, name: str, *columns: Column[Any]) -> Table:
    """A new temporary table of this connection."""
    table = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def analyze(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's planner know a table that was just filled; SQLite plans without."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table.name}")

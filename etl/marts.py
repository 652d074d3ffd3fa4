"""The small tables that the screens read, kept current for what changed.

A mart counts rows by whole days and dimensions, so every measure over days (shares, percentiles,
Kaplan-Meier) comes from it exactly, and its size does not follow the number of cases.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    func,
    insert,
    select,
    true,
)

from etl.warehouse import FACTS, Facts

_CHUNK = 500  # below every driver's limit of bound values


def refresh(connection: Connection, facts: Facts, days: Collection[date] | None = None) -> None:
    """Recount the mart for the days that its rows start on; all of it where ``days`` is None.

    The day is ``received_on``, ``registered_on`` or ``answered_on``. A change of a row's start
    must name both days, the old and the new. Runs in the caller's transaction.
    """
    day = facts.day
    wanted = None if days is None else sorted(days)
    for chunk in _chunks(wanted):
        connection.execute(delete(facts.mart).where(_among(facts.mart.c[day], chunk)))
        counted = recount(facts).where(_among(facts.kept.c[day], chunk))
        connection.execute(insert(facts.mart).from_select([*facts.names, "n"], counted))


def recount(facts: Facts) -> Select[Any]:
    """The rows that the mart should hold, in the order of its columns, counted anew."""
    columns = [facts.kept.c[name] for name in facts.names]
    return select(*columns, func.count().label("n")).group_by(*columns)


def rebuild(connection: Connection) -> None:
    """Recount every mart from the warehouse, in the caller's transaction."""
    for facts in FACTS:
        refresh(connection, facts)


def _chunks(days: list[date] | None) -> list[list[date]] | list[None]:
    if days is None:
        return [None]
    return [days[start : start + _CHUNK] for start in range(0, len(days), _CHUNK)]


def _among(column: ColumnElement[Any], days: list[date] | None) -> ColumnElement[bool]:
    return true() if days is None else column.in_(days)

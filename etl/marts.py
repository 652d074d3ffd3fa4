"""The small tables that the screens read, kept current for what changed.

A mart counts rows by whole days and dimensions, so every measure over days (shares, percentiles,
Kaplan-Meier) comes from it exactly, and its size does not follow the number of cases.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
    true,
    update,
)

from etl.warehouse import (
    case_clocks,
    cases,
    data_version,
    mart_cases,
    mart_queue,
    mart_survey,
    queue_entries,
    survey_answers,
    survey_responses,
)

_SOURCES = {
    mart_cases: (
        select(
            case_clocks.c.clock,
            cases.c.channel,
            cases.c.category,
            cases.c.service_point,
            case_clocks.c.received_on,
            case_clocks.c.due_on,
            case_clocks.c.stopped_on,
            cases.c.outcome,
            cases.c.outcome_on,
        ).join_from(case_clocks, cases),
        case_clocks.c.received_on,
    ),
    mart_queue: (
        select(
            queue_entries.c.category,
            queue_entries.c.registered_on,
            queue_entries.c.removed_on,
            queue_entries.c.reason,
        ),
        queue_entries.c.registered_on,
    ),
    mart_survey: (
        select(
            survey_responses.c.service_point,
            survey_responses.c.answered_on,
            survey_answers.c.question,
            survey_answers.c.answer,
        ).join_from(survey_responses, survey_answers),
        survey_responses.c.answered_on,
    ),
}

_CHUNK = 500  # below every driver's limit of bound values


def refresh(connection: Connection, mart: Table, days: Collection[date] | None = None) -> None:
    """Recount ``mart`` for the days that its rows start on; all of it where ``days`` is None.

    The day is ``received_on``, ``registered_on`` or ``answered_on``. A change of a case's start
    must name both days, the old and the new. Runs in the caller's transaction.
    """
    _, day = _SOURCES[mart]
    wanted = None if days is None else sorted(days)
    for chunk in _chunks(wanted):
        connection.execute(delete(mart).where(_among(mart.c[day.name], chunk)))
        counted = recount(mart).where(_among(day, chunk))
        connection.execute(insert(mart).from_select([c.name for c in mart.columns], counted))


def _chunks(days: list[date] | None) -> list[list[date]] | list[None]:
    if days is None:
        return [None]
    return [days[start : start + _CHUNK] for start in range(0, len(days), _CHUNK)]


def _among(column: Column[Any], days: list[date] | None) -> ColumnElement[bool]:
    return true() if days is None else column.in_(days)


def recount(mart: Table) -> Select[Any]:
    """The rows that ``mart`` should hold, in the order of its columns, counted anew."""
    source, _ = _SOURCES[mart]
    return source.add_columns(func.count().label("n")).group_by(*source.selected_columns)


def rebuild(connection: Connection) -> None:
    """Recount every mart from the warehouse, in the caller's transaction."""
    for mart in _SOURCES:
        refresh(connection, mart)
    bump_version(connection)


def bump_version(connection: Connection) -> None:
    """Tell readers that what they hold is old."""
    if not connection.execute(
        update(data_version).values(version=data_version.c.version + 1)
    ).rowcount:
        connection.execute(insert(data_version).values(version=1))

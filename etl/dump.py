"""The warehouse in words, the same for the same content: to compare two of them byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, String, Table, select

from etl import warehouse

# What the sources say, what follows from it, what stands outside. When it came, in which run and
# from which of two files that say the same is the ledger's business.
_TABLES = (
    warehouse.cases,
    warehouse.events,
    warehouse.messages,
    warehouse.case_clocks,
    warehouse.queue_entries,
    warehouse.survey_responses,
    warehouse.survey_answers,
    warehouse.quarantine,
    warehouse.findings,
    warehouse.mart_cases,
    warehouse.mart_queue,
    warehouse.mart_survey,
    warehouse.case_courses,
    warehouse.mart_courses,
    warehouse.mart_steps,
    warehouse.mart_step_times,
)
_OF_THE_LEDGER = {"remark_id", "run_id", "closed_run_id", "since", "file", "row"}
_AT_ONCE = 10_000  # rows in memory


def lines(connection: Connection) -> Iterator[str]:
    """A JSON array a row, the table's name first; for each table a line with its columns' names.

    Tables and columns stand in the order of the code, rows in the order of their values (texts by
    code point, nothing first), whatever the database. Entries that are settled are left out.
    """
    for table in _TABLES:
        columns = [column for column in table.columns if column.name not in _OF_THE_LEDGER]
        yield _line(table, [column.name for column in columns])
        query = select(*columns).order_by(*_order(columns, connection.dialect.name))
        if "closed_run_id" in table.c:
            query = query.where(table.c.closed_run_id.is_(None))
        rows = connection.execution_options(yield_per=_AT_ONCE).execute(query)
        for row in rows:
            yield _line(table, list(row))


def _order(columns: list[Column[Any]], dialect: str) -> Iterator[ColumnElement[Any]]:
    for column in columns:
        if isinstance(column.type, JSON):
            continue  # the hash beside it orders as well
        by_code_point = isinstance(column.type, String) and dialect == "postgresql"
        yield (column.collate("C") if by_code_point else column).nulls_first()


def _line(table: Table, values: list[Any]) -> str:
    return json.dumps([table.name, *values], ensure_ascii=False, sort_keys=True, default=_in_words)


def _in_words(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)

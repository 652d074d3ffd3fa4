"""Whole tables out of the database as typed frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import pyarrow as pa
from pyarrow import csv
from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Integer,
    String,
    func,
    literal,
    select,
)

DAY: Final = "datetime64[s]"

_BETWEEN_CELLS = "\x1f"  # the separators that no code of a regulation holds
_BETWEEN_ROWS = "\n"


def whole(
    connection: Connection,
    columns: Sequence[ColumnElement[Any]],
    *,
    where: ColumnElement[bool] | None = None,
) -> pd.DataFrame:
    """Columns of days, times, codes and counts of a whole table or subquery, in no order.

    Text becomes category dtype, dates datetime64[s] (NaT for null), times datetime64[us], whole
    numbers int64. The
    database joins its rows into one text and Arrow reads it back, so that no object is made for a
    cell: 100,000 rows took less than half the time of fetching them and typing their columns.
    """
    row = _row(connection, columns)
    query = select(func.aggregate_strings(row, _BETWEEN_ROWS))
    text = connection.execute(query if where is None else query.where(where)).scalar()
    return _frame(columns, text or "")


def _row(connection: Connection, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    """The columns as one text, empty where they are null. Each database has a function that joins
    them in half the time or less of a chain of ``||``."""
    if connection.dialect.name == "sqlite":
        form = _BETWEEN_CELLS.join("%s" for _ in columns)
        return func.printf(form, *columns, type_=String)
    first, *others = columns
    rest = (part for column in others for part in (literal(_BETWEEN_CELLS), column))
    return func.concat(first, *rest, type_=String)


def _frame(columns: Sequence[ColumnElement[Any]], text: str) -> pd.DataFrame:
    types = {column.name: _arrow_type(column) for column in columns}
    if not text:
        found = pa.schema(types.items()).empty_table()
    else:
        found = csv.read_csv(
            pa.BufferReader(text.encode()),
            read_options=csv.ReadOptions(column_names=list(types), use_threads=False),
            parse_options=csv.ParseOptions(delimiter=_BETWEEN_CELLS, quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types=types, null_values=[""], strings_can_be_null=True
            ),
        )
    frame: pd.DataFrame = found.to_pandas(date_as_object=False)
    days = [column.name for column in columns if isinstance(column.type, Date)]
    return frame.astype(dict.fromkeys(days, DAY))


def _arrow_type(column: ColumnElement[Any]) -> pa.DataType:
    if isinstance(column.type, Date):
        return pa.date32()
    if isinstance(column.type, DateTime):
        return pa.timestamp("us")
    if isinstance(column.type, Integer):
        return pa.int64()
    return pa.dictionary(pa.int32(), pa.string())

"""Judged frames as Arrow tables, typed like the staging table that takes them."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from sqlalchemy import Boolean, Date, DateTime, Integer, Table

_STRING = pa.large_string()
_KINDS = (  # the first that fits; everything else is text
    (DateTime, pa.timestamp("us")),
    (Date, pa.date32()),
    (Boolean, pa.bool_()),
    (Integer, pa.int64()),
)


def as_arrow(frame: pd.DataFrame, like: Table) -> pa.Table:
    """The columns of ``frame`` that the table ``like`` has, in its order and its types."""
    columns = [column for column in like.columns if column.name in frame.columns]
    return pa.table(
        {c.name: pa.chunked_array(frame[c.name]).cast(_arrow_type(c.type)) for c in columns}
    )


def in_words(table: pa.Table) -> pa.Table:
    """The same, times and dates in the words in which SQLAlchemy keeps them in SQLite."""
    for index, column in enumerate(table.columns):
        if pa.types.is_temporal(column.type):
            table = table.set_column(index, table.column_names[index], column.cast(_STRING))
    return table


def _arrow_type(column_type: object) -> pa.DataType:
    return next((arrow for sql, arrow in _KINDS if isinstance(column_type, sql)), _STRING)

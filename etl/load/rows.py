"""Judged frames and plain rows as Arrow tables, typed like the table that takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, LargeBinary
from sqlalchemy.types import TypeEngine

_STRING = pa.large_string()
_KINDS = (  # the first that fits; everything else is text
    (DateTime, pa.timestamp("us")),
    (Date, pa.date32()),
    (Boolean, pa.bool_()),
    (Integer, pa.int64()),
    (LargeBinary, pa.large_binary()),
)


def as_arrow(frame: pd.DataFrame, types: Mapping[str, TypeEngine[Any]]) -> pa.Table:
    """``record`` (int64) and the columns of ``types`` in their order, typed like them."""
    arrow = {"record": pa.int64()} | {name: _arrow_type(kind) for name, kind in types.items()}
    return pa.table(
        {name: pa.chunked_array(frame[name]).cast(kind) for name, kind in arrow.items()}
    )


def table_of(columns: Iterable[Column[Any]], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows of plain values, at least one, as a table typed like ``columns``."""
    values = zip(columns, zip(*rows, strict=True), strict=True)
    return pa.table({c.name: pa.array(own, _arrow_type(c.type)) for c, own in values})


def in_words(table: pa.Table) -> pa.Table:
    """The same, times and dates in the words in which SQLAlchemy keeps them in SQLite."""
    for index, column in enumerate(table.columns):
        if pa.types.is_temporal(column.type):
            table = table.set_column(index, table.column_names[index], column.cast(_STRING))
    return table


def _arrow_type(column_type: object) -> pa.DataType:
    return next((arrow for sql, arrow in _KINDS if isinstance(column_type, sql)), _STRING)

"""What a panel shows as rows and columns: one for its table on the screen and for its files.

Values keep their types, so that the table writes them as the reader does and a workbook counts
with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from dashboard.i18n import NOTHING, Translator, is_missing
from dashboard.kpi.small_numbers import Few

Kind = Literal[
    "text", "number", "signed", "share", "interval", "estimate", "day", "month", "moment"
]
"""``share``: 0..1; ``interval``: a pair of shares; ``estimate``: a number and the two between which
it lies; ``month``: any day of it; ``moment``: local."""


@dataclass(frozen=True)
class Column:
    """``name`` in the reader's language. A cell that holds a str is shown as it stands."""

    name: str
    kind: Kind = "text"
    digits: int = 0


class Stock(int):
    """A state among changes: shown without a sign."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The numbers behind one panel.

    ``key``: its name in addresses, one of its page's. ``rows``: a value a column, None where there
    is none. ``links``: for each row the address that its first cell leads to; empty for none.
    ``total``: whether the last row sums up the others.
    """

    key: str
    title: str
    subtitle: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    links: Sequence[str] = ()
    total: bool = False


def said(t: Translator, column: Column, value: Any) -> str:
    """A cell as it is read; "–" where there is no value."""
    if isinstance(value, str):
        return value
    if column.kind == "interval":
        low, high = value or (None, None)
        return t.interval(low, high, column.digits)
    if column.kind == "estimate" and value is not None:
        number, low, high = (t.number(part, column.digits) for part in value)
        return f"{number} ({low}–{high})"
    if is_missing(value):
        return NOTHING
    return str(_SAID[column.kind](t, value, column.digits))


_ENDS: Mapping[Kind, Kind] = {"interval": "share", "estimate": "number"}  # what their ends are

_SAID: Mapping[str, Any] = {
    "text": lambda _t, value, _digits: str(value),
    "number": lambda t, value, digits: t.number(value, digits),
    "signed": lambda t, value, digits: (
        t.number(value) if isinstance(value, Stock) else t.signed(value, digits)
    ),
    "share": lambda t, value, digits: t.percent(value, digits),
    "day": lambda t, value, _digits: t.date(value),
    "month": lambda t, value, _digits: t.month(value),
    "moment": lambda t, value, _digits: t.date_time(value),
}


def mark(value: Any) -> str:
    """What tells a row's first cell to a chart: its day as ISO, or its words."""
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def file_columns(t: Translator, sheet: Sheet) -> list[Column]:
    """The columns of a file: those of the sheet, the parts of a value apart."""
    found = []
    for column in sheet.columns:
        if end := _ENDS.get(column.kind):
            own = [column.name] if column.kind == "estimate" else []
            ends = (t("{name}: from", name=column.name), t("{name}: to", name=column.name))
            found += [Column(name, end, column.digits) for name in (*own, *ends)]
        else:
            found.append(column)
    return found


def file_rows(sheet: Sheet) -> Iterator[list[Any]]:
    """The rows of a file: str, int, float, date, datetime (naive, local) or None."""
    for row in sheet.rows:
        values: list[Any] = []
        for column, value in zip(sheet.columns, row, strict=True):
            if column.kind not in _ENDS:
                values.append(_plain(value))
            else:
                parts = 3 if column.kind == "estimate" else 2
                alike = isinstance(value, str) or value is None
                values += [value] * parts if alike else [_plain(part) for part in value]
        yield values


def _plain(value: Any) -> Any:
    """A value without pandas' and numpy's types; None for what is missing."""
    if isinstance(value, str):
        return value
    if is_missing(value):
        return None
    if isinstance(value, Few):
        return str(value)
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value

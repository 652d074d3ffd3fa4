"""Text that a spreadsheet opens as it is meant: CSV, and no formula in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

BOM = "\ufeff"  # Excel reads Cyrillic in a CSV only behind it

_FORMULA = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")  # the wide ones too, as OWASP says


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_lines(
    heading: Sequence[str], blocks: Iterable[Iterable[Sequence[Any]]], *, decimal: str = "."
) -> Iterator[str]:
    """The file a block of rows at a time: semicolons, a heading, days and moments as ISO, numbers
    with ``decimal`` as their sign, nothing for None."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe(name) for name in heading])
    yield BOM
    for rows in blocks:
        writer.writerows([_as_text(value, decimal) for value in row] for row in rows)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _as_text(value: Any, decimal: str) -> Any:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, float):
        return repr(value).replace(".", decimal)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")  # what a spreadsheet takes for a moment
    return value.isoformat() if isinstance(value, date) else value

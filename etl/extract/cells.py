"""Columns from cells: whatever a source's library gives, as stripped text and as real dates."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.errors import KezekError
from etl.extract.model import Extract, FileInfo

Column = tuple[pd.Series, pd.Series | None]  # the text, and real dates where there are some

_DATUM = re.compile("[0-9]{3}|[0-9][.:/][0-9]")  # of numbers, dates and times, not of headings
_DIGIT = re.compile("[0-9]")

UNREADABLE = ("file", "row", "rule", "value", "digest")


def stripped(texts: pa.Array | pa.ChunkedArray) -> pd.Series:
    """The texts as ``str`` without white space around them; blank ones become null."""
    trimmed = pc.utf8_trim_whitespace(texts)
    kept = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    return pd.Series(pd.array(kept, dtype="str"))


def column(values: Sequence[object]) -> Column:
    """One column of Python objects: numbers without a needless ``.0``, dates also as dates."""
    kinds = set(map(type, values)) - {str, type(None)}
    if any(issubclass(kind, date) for kind in kinds):
        return _dated(values)
    texts = values if not kinds else [v if type(v) is str else as_text(v) for v in values]
    array = pa.array(texts, pa.large_string())
    if pc.any(pc.match_substring(array, "\0")).as_py():
        array = pc.replace_substring(array, "\0", "")  # PostgreSQL refuses it in any text
    return stripped(array), None


def _dated(values: Sequence[object]) -> Column:
    """A column with real dates: as ``datetime64[us]`` and as texts. They are in UTC where one of
    them has an offset; a time without one among those stays a text."""
    times = [v if isinstance(v, datetime) else None for v in values]
    aware = any(v.tzinfo is not None for v in times if v is not None)
    if aware:
        times = [v if v is not None and v.tzinfo is not None else None for v in times]
        native = pa.array(times, pa.timestamp("us", tz="UTC"))
    else:
        days = [v if type(v) is date else None for v in values]
        native = pc.coalesce(
            pa.array(times, pa.timestamp("us")),
            pa.array(days, pa.date32()).cast(pa.timestamp("us")),
        )
    given = native.is_valid().to_numpy(zero_copy_only=False)
    rest = [None if known else as_text(v) for v, known in zip(values, given, strict=True)]
    written = pc.coalesce(_written(native), pa.array(rest, pa.large_string()))
    return stripped(written), pd.Series(native.to_pandas())


def _written(times: pa.TimestampArray) -> pa.LargeStringArray:
    """ISO 8601: a day alone for a midnight, and no more of a second than the column needs."""
    zone = times.type.tz
    seconds = pc.floor_temporal(times, unit="second")
    unit = "s" if pc.all(pc.equal(seconds, times)).as_py() else "us"
    whole = times.cast(pa.timestamp(unit, tz=zone), safe=False).cast(pa.large_string())
    if zone is not None:
        return whole
    days = times.cast(pa.date32(), safe=False)
    midnight = pc.equal(days.cast(pa.timestamp("us")), times)
    return pc.if_else(midnight, days.cast(pa.large_string()), whole)


def as_text(value: object) -> str | None:
    """A cell in words, as a clerk would read it; None for an empty one."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float() | Decimal():
            return _number(value)
        case date() | time():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).decode("utf-8", errors="replace")
    return str(value)


def _number(value: float | Decimal) -> str | None:
    """Whole numbers without a fraction; what is no number, an empty cell to some, is none."""
    if not math.isfinite(value):
        return None
    return str(int(value)) if value == int(value) else str(value)


def folded(text: str) -> str:
    """A heading as it is compared: one form of every letter, one space between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def headings(lines: Sequence[Sequence[str]]) -> list[str]:
    """One name a column from the lines of a header: its parts from the top down, joined by " / ".

    Of merged cells only the first has the heading. So a blank cell with something below it takes
    the heading on its left, where that stands above something too and in the same group.
    """
    if len(lines) == 1:
        return list(lines[0])
    width = max(map(len, lines), default=0)
    grid = [[*map(folded, line), *[""] * (width - len(line))] for line in lines]
    columns = [list(parts) for parts in zip(*grid, strict=True)]
    for left, right in pairwise(columns):
        for i in range(len(lines) - 1):
            both_above_something = any(left[i + 1 :]) and any(right[i + 1 :])
            if not right[i] and both_above_something and left[:i] == right[:i]:
                right[i] = left[i]
    return [" / ".join(filter(None, parts)) for parts in columns]


def positions(
    header: Sequence[str], wanted: Iterable[str], *, place: str, source: str
) -> list[int]:
    """Where in ``header`` each wanted column stands.

    Raises KezekError naming ``place``, the column and the columns there are, where one is missing
    or stands there twice. What looks like a record, read as the header, is not repeated.
    """
    names = [folded(h) for h in header]
    sought = [folded(name) for name in wanted]
    for name in sought:
        count = names.count(name)
        if count != 1:
            what = "has no column" if count == 0 else f"has {count} columns named"
            raise KezekError(
                f"{place} {what} {name!r}; {_told(names, sought)}: "
                f"correct [sources.{source}] or its header_row."
            )
    return [names.index(name) for name in sought]


def _told(names: Sequence[str], sought: Sequence[str]) -> str:
    looks = any(map(_DATUM.search, names))
    if looks or (not set(names) & set(sought) and any(map(_DIGIT.search, names))):
        return "the row that was read as its header looks like a record"  # of somebody
    return f"its columns are {', '.join(repr(n) for n in names if n) or 'none'}"


def any_given(columns: Iterable[pd.Series], size: int) -> np.ndarray:
    """Which rows hold anything at all: the others are the blank lines of a table."""
    given = np.zeros(size, dtype=bool)
    for column in columns:
        given |= column.notna().to_numpy()
        if given.all():
            break
    return given


def assembled(
    columns: Mapping[str, Column],
    place: pd.DataFrame,
    file: FileInfo,
    unreadable: pd.DataFrame | None = None,
    nested: pd.DataFrame | None = None,
) -> Extract:
    """The extract of one file from its columns."""
    return Extract(
        records=pd.DataFrame(
            {name: text for name, (text, _) in columns.items()}, index=pd.RangeIndex(len(place))
        ),
        place=place,
        files=(file,),
        unreadable=faulty() if unreadable is None else unreadable,
        native={name: dates for name, (_, dates) in columns.items() if dates is not None},
        nested=nested,
    )


def placed(file: str, rows: Sequence[int] | np.ndarray | range) -> pd.DataFrame:
    """``place`` of records that stand in one file."""
    numbers = np.asarray(rows, dtype="int64")
    names = pd.Series([file], dtype="str").repeat(len(numbers)).reset_index(drop=True)
    return pd.DataFrame({"file": names, "row": numbers})


def faulty(rows: Iterable[tuple[str, int, str, str, str]] = ()) -> pd.DataFrame:
    """``unreadable`` with its columns and types."""
    frame = pd.DataFrame(list(rows), columns=list(UNREADABLE))
    return frame.astype({n: "int64" if n == "row" else "str" for n in UNREADABLE})


def named(files: Sequence[FileInfo]) -> str:
    """The files as a message calls them: the first, and how many more."""
    more = len(files) - 1
    return f"{files[0].name}{f' and {more} more' if more else ''}" if files else "no file"


def concatenated(parts: Sequence[Extract]) -> Extract:
    """The parts one after another, as one extract."""
    if len(parts) == 1:
        return parts[0]
    sizes = [len(p.place) for p in parts]
    starts = np.cumsum([0, *sizes[:-1]])
    dated = dict.fromkeys(name for p in parts for name in p.native)
    nested = [
        p.nested.assign(record=p.nested["record"] + start)
        for p, start in zip(parts, starts, strict=True)
        if p.nested is not None
    ]
    return Extract(
        records=pd.concat([p.records for p in parts], ignore_index=True),
        place=pd.concat([p.place for p in parts], ignore_index=True),
        files=tuple(file for p in parts for file in p.files),
        unreadable=pd.concat([p.unreadable for p in parts], ignore_index=True),
        native={name: _joined([p.native.get(name) for p in parts], sizes) for name in dated},
        nested=pd.concat(nested, ignore_index=True) if nested else None,
    )


def _joined(parts: Sequence[pd.Series | None], sizes: Sequence[int]) -> pd.Series:
    given = next(p for p in parts if p is not None)
    whole = [
        pd.Series(pd.NaT, index=range(size), dtype=given.dtype) if part is None else part
        for part, size in zip(parts, sizes, strict=True)
    ]
    return pd.concat(whole, ignore_index=True)

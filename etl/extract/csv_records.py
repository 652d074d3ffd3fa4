"""CSV record by record: for line ends inside fields, quotes that nobody closed, bytes that are no
text. Slower than whole files at once, and sure of the line that each record begins on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.extract.model import BAD_ENCODING, RAGGED_ROW

UNDECODED = re.compile("[\udc80-\udcff]")  # what "surrogateescape" makes of a byte it cannot read
END = "\0"  # a last line that no file can have: NULs are taken out

Fault = tuple[int, str, str, str]  # line, rule, value, the text of the record


@dataclass
class Rows:
    """Parsed records as columns, the line (from 0, below the header) that each begins on, and the
    records that fell out: line, rule, value, the text itself."""

    columns: list[pa.ChunkedArray | pa.Array]
    lines: npt.NDArray[np.int64]
    faults: list[Fault]


def records(body: str, delimiter: str, width: int) -> Rows:
    """The records of the text below a header of ``width`` fields."""
    rows: list[list[str]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for row, line, start, end in _parsed(body, delimiter, width):
        text = body[start:end].rstrip("\r\n")
        if len(row) == width and not UNDECODED.search(text):
            rows.append(row)
            lines.append(line)
        elif text.strip():
            faults.append(fault(line, text, len(row), width))
    columns = list(zip(*rows, strict=True)) or [()] * width
    return Rows(
        [pa.array(column, pa.large_string()) for column in columns],
        np.array(lines, dtype="int64"),
        faults,
    )


def _parsed(body: str, delimiter: str, width: int) -> Iterator[tuple[list[str], int, int, int]]:
    """Each record's fields, its first line, and where its text starts and ends.

    An unclosed quote makes one uneven record of many lines: only its first line is given up, and
    the lines after it are read anew.
    """
    at = line = 0
    while at < len(body):
        feed = Feed(body, at=at, line=line)
        for row in csv.reader(feed, delimiter=delimiter):
            if row == [END]:
                return
            start, first = at, line
            at, line = feed.at, feed.line
            swallowed = line - first > 1 and (
                len(row) != width or not well_quoted(body[start:at], delimiter)
            )
            if swallowed or any(END in value for value in row[-1:]):
                one = Feed(body, at=start, line=first)
                next(one)
                at, line = one.at, one.line
                yield [], first, start, at  # no fields: a quote that is not closed
                break
            yield row, first, start, at


def well_quoted(text: str, delimiter: str) -> bool:
    """Whether every closing quote ends its field; else it was the opening one of a later field,
    and an unclosed quote swallowed what lies between."""
    try:
        lines = io.StringIO(text, newline="")
        return bool(list(csv.reader(lines, delimiter=delimiter, strict=True)))
    except csv.Error:
        return False


def fault(line: int, text: str, fields: int, width: int) -> tuple[int, str, str, str]:
    if undecoded := UNDECODED.search(text):
        return line, BAD_ENCODING, f"0x{ord(undecoded[0]) - 0xDC00:02X}", text
    return line, RAGGED_ROW, f"{fields} ≠ {width}" if fields else '"', text


class Feed:
    """The lines of a text from a place on, and the place reached; at the end a line of its own."""

    def __init__(self, text: str, *, at: int, line: int = 0) -> None:
        self._lines = io.StringIO(text, newline="")  # ends of lines as they are, lone CRs too
        self._lines.seek(at)
        self._ended = False
        self.at = at
        self.line = line

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.readline()
        if line:
            self.at += len(line)
            self.line += 1
        elif self._ended:
            raise StopIteration
        else:
            self._ended = True
            line = END
        return line

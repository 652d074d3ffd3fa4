"""CSV a whole file at once, where it is sure which lines each record has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from etl.extract.csv_records import UNDECODED, Fault, Rows, fault, well_quoted

_BLOCK = 16 * 2**20  # bytes that Arrow parses at a time; a longer record takes the slow way
_MARK = "\ufdd0"  # stands for undecoded bytes where lone surrogates cannot go; no character

Int64s = npt.NDArray[np.int64]


def whole(body: str, delimiter: str, width: int, *, clean: bool) -> Rows | None:
    """All records of the text below a header of ``width`` fields; None where ``csv_records`` must
    do it. ``clean``: no byte of it was undecodable."""
    odd_quotes = body.count('"') % 2 == 1  # one that nobody closes would swallow the rest
    lone_return = "\r" in body and body.count("\r") != body.count("\r\n")
    if odd_quotes or lone_return or (not clean and _MARK in body):
        return None
    data = (body if clean else UNDECODED.sub(_MARK, body)).encode()
    ragged: list[arrow_csv.InvalidRow] = []
    try:
        table = _parsed(data, delimiter, width, ragged)
    except pa.ArrowInvalid:
        return None
    uneven = np.array([row.number - 1 for row in ragged], dtype="int64")
    sound = np.delete(np.arange(table.num_rows + len(ragged)), uneven)
    spans = _spans(data, table, sound, ragged)
    if spans is None:
        return None
    lines, sizes = spans
    if not _all_well_quoted(body, delimiter, lines[sizes > 1], sizes[sizes > 1]):
        return None
    undecoded = np.zeros(len(sound), dtype=bool) if clean else _holding_mark(table)
    faulty = np.sort(np.concatenate([sound[undecoded], uneven]))
    fields = {row.number - 1: row.actual_columns for row in ragged}
    faults = _faults(
        body, [(int(lines[i]), int(sizes[i]), fields.get(i, width)) for i in faulty], width
    )
    if undecoded.any():
        table = table.filter(pa.array(~undecoded))
    return Rows(list(table.columns), lines[sound[~undecoded]], faults)


def _parsed(
    data: bytes, delimiter: str, width: int, ragged: list[arrow_csv.InvalidRow]
) -> pa.Table:
    def set_aside(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    names = [str(i) for i in range(width)]
    return arrow_csv.read_csv(
        pa.BufferReader(data),
        # one thread: only then are uneven rows numbered
        read_options=arrow_csv.ReadOptions(
            column_names=names, block_size=_BLOCK, use_threads=False
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=b'"' in data, invalid_row_handler=set_aside
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False
        ),
    )


def _spans(
    data: bytes, table: pa.Table, sound: Int64s, ragged: list[arrow_csv.InvalidRow]
) -> tuple[Int64s, Int64s] | None:
    """The first line and the number of lines of every record, ``sound`` and ``ragged`` together.

    None where that is not sure: records of many lines beside empty lines, which Arrow does not
    report, or uneven records that swallowed a line.
    """
    total = len(sound) + len(ragged)
    with_text, all_lines = _lines(data)
    if len(with_text) == total:
        return with_text, np.ones(total, dtype="int64")
    sizes = np.ones(total, dtype="int64")
    for column in table.columns:
        sizes[sound] += pc.count_substring(column, "\n").to_numpy()
    if len(with_text) != all_lines or sizes.sum() != all_lines:
        return None
    return np.cumsum(sizes) - sizes, sizes


def _lines(data: bytes) -> tuple[Int64s, int]:
    """The numbers, from 0, of the lines that are not empty, and how many lines there are."""
    octets = np.frombuffer(data, dtype="uint8")
    ends = np.flatnonzero(octets == ord("\n"))
    if octets.size and octets[-1] != ord("\n"):
        ends = np.append(ends, octets.size)
    starts = np.concatenate([[0], ends[:-1] + 1])[: ends.size]
    lengths = ends - starts
    only_return = (lengths == 1) & (octets[np.minimum(starts, octets.size - 1)] == ord("\r"))
    return np.flatnonzero((lengths > 0) & ~only_return), ends.size


def _all_well_quoted(body: str, delimiter: str, lines: Int64s, sizes: Int64s) -> bool:
    """Whether the records of many lines are such, and not the work of a quote left open."""
    if not lines.size:
        return True
    texts = body.split("\n")
    return all(
        well_quoted("\n".join(texts[line : line + size]), delimiter)
        for line, size in zip(lines.tolist(), sizes.tolist(), strict=True)
    )


def _holding_mark(table: pa.Table) -> npt.NDArray[np.bool_]:
    found = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        found |= pc.match_substring(column, _MARK).to_numpy()
    return found


def _faults(body: str, records: list[tuple[int, int, int]], width: int) -> list[Fault]:
    """The faults of records given as first line, number of lines, number of fields."""
    if not records:
        return []
    lines = body.split("\n")
    texts = ["\n".join(lines[line : line + size]) for line, size, _ in records]
    return [
        fault(line, text, fields, width)
        for (line, _, fields), text in zip(records, texts, strict=True)
        if text.strip()
    ]

"""CSV files: what they are written in, where their header is, and what their records are."""

from __future__ import annotations

import codecs
import csv
import hashlib

from etl.errors import KezekError
from etl.extract import cells
from etl.extract.csv_records import END, UNDECODED, Feed, records
from etl.extract.csv_whole import whole
from etl.extract.files import RawFile
from etl.extract.model import Extract
from etl.sources.model import SourceSpec

_LONGEST_FIELD = 2**31 - 1  # characters; the library stops at far fewer by itself


def read(spec: SourceSpec, file: RawFile) -> Extract:
    """The records of one CSV file; ``row`` is the line that the record begins on.

    A record with bytes that are no text in the declared encoding becomes ``bad_encoding``, one
    with more or fewer fields than the header ``ragged_row``. Blank lines and rows of empty fields
    are no records. A file that begins with UTF-8's mark is UTF-8, whatever is declared.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    text, clean = _decoded(spec, file)
    header, body, first_line = _split(spec, file, text.replace("\0", ""))
    wanted = cells.positions(header, spec.source_columns, place=file.name, source=spec.name)
    width = len(header)
    rows = whole(body, spec.delimiter, width, clean=clean) or records(body, spec.delimiter, width)
    texts = [cells.stripped(column) for column in rows.columns]
    kept = cells.any_given(texts, len(rows.lines))
    columns = {
        name: (texts[i][kept].reset_index(drop=True), None)
        for name, i in zip(spec.source_columns, wanted, strict=True)
    }
    place = cells.placed(file.name, rows.lines[kept] + first_line)
    unreadable = cells.faulty(
        (file.name, line + first_line, rule, value, _digest(text))
        for line, rule, value, text in rows.faults
    )
    return cells.assembled(columns, place, file.info(len(place) + len(unreadable)), unreadable)


def _digest(text: str) -> str:
    data = text.encode("utf-8", errors="surrogateescape")
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _decoded(spec: SourceSpec, file: RawFile) -> tuple[str, bool]:
    """The text, and whether all of it could be read; other bytes become lone surrogates."""
    marked = file.data.startswith(codecs.BOM_UTF8)
    encoding = "utf-8-sig" if marked else spec.encoding
    try:
        return file.data.decode(encoding), True
    except UnicodeDecodeError:
        pass
    try:
        return file.data.decode(encoding, errors="surrogateescape"), False
    except UnicodeDecodeError as error:
        raise KezekError(
            f"{file.name} is not {encoding} text (byte {error.start}); "
            f"correct encoding in [sources.{spec.name}]."
        ) from None


def _split(spec: SourceSpec, file: RawFile, text: str) -> tuple[list[str], str, int]:
    """The header's names, the text below it, and the number of the line that it begins on."""
    feed = Feed(text, at=0)
    for _ in range(spec.header_row - 1):
        next(feed, None)
    header = next(csv.reader(feed, delimiter=spec.delimiter), [])
    if not any(name.strip() for name in header) or any(END in name for name in header):
        raise KezekError(
            f"{file.name} has no header in row {spec.header_row}; "
            f"correct header_row in [sources.{spec.name}], or fetch the file again."
        )
    if UNDECODED.search("".join(header)):
        raise KezekError(
            f"The header of {file.name} is not {spec.encoding} text; "
            f"correct encoding in [sources.{spec.name}]."
        )
    return header, text[feed.at :], feed.line + 1

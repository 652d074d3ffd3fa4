"""CSV files: what they are written in, where their header is, and what their records are."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from etl.errors import KezekError
from etl.extract import cells
from etl.extract.csv_records import END, UNDECODED, Feed, records
from etl.extract.csv_whole import whole
from etl.extract.files import RawFile, Stream
from etl.extract.model import Extract
from etl.sources.model import SourceSpec

_PART, _LINES = 8 * 2**20, 150_000  # bytes or lines: taken apart within a second or two
_HEAD = 2**16  # bytes that tell an encoding from another
_LONGEST_FIELD = 2**31 - 1  # characters; the library stops at far fewer by itself


@dataclass(frozen=True)
class Below:
    """What stands above a part that is not a file's first: the header's names, the number of lines,
    and what the file is written in."""

    header: tuple[str, ...]
    lines: int
    encoding: str


def parts(spec: SourceSpec, stream: Stream) -> Iterator[tuple[bytes, Below | None]]:
    """The file in parts that end where a record does, and what stands above each.

    A small file is one part, and so is one whose records' ends cannot be seen in its bytes. Raises
    KezekError as ``Stream.blocks`` does, and for a header that cannot be read.
    """
    first, lines = b"", 0
    above: Below | None = None
    for data in _cut(spec, stream):
        if first and above is None:
            above = _above(spec, stream.name, first)
        yield data, replace(above, lines=lines) if above else None
        first = first or data
        lines += data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _cut(spec: SourceSpec, stream: Stream) -> Iterator[bytes]:
    waiting, lines, begun, sure = bytearray(), 0, False, True
    enough, many = _PART, _LINES
    for block in stream.blocks(_PART // 8):
        waiting += block
        lines += block.count(b"\n")
        if len(waiting) >= enough or lines >= many:
            sure = sure and (begun or _shows_its_ends(spec, waiting))
            end = _end_of_records(waiting, spec.delimiter) if sure else 0
            sure = sure and end is not None
            if end:
                yield bytes(waiting[:end])
                del waiting[:end]
                lines, begun = waiting.count(b"\n"), True
            enough, many = _PART, _LINES
            if not end:  # looked for again in twice as much
                enough, many = max(enough, 2 * len(waiting)), max(many, 2 * lines)
    if waiting or not begun:
        yield bytes(waiting)


def _shows_its_ends(spec: SourceSpec, data: bytes | bytearray) -> bool:
    """Whether the bytes of a line's end and of a quote mean these and nothing else."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    name = codecs.lookup(spec.encoding).name
    shifted = name.startswith(("utf-16", "utf-32", "utf-7", "iso2022", "hz"))
    return not shifted and '\n"'.encode(name).endswith(b'\n"')


def _end_of_records(data: bytearray, delimiter: str) -> int | None:
    """Where the last line ends that does not end inside quotes; 0 where there is none, and None
    where a quote stands inside a field, so that nobody knows by counting which are open."""
    if b'"' not in data:
        return data.rfind(b"\n") + 1
    octets = np.frombuffer(bytes(data), dtype="uint8")
    quotes = np.flatnonzero(octets == ord('"'))
    if not _open_and_close_fields(octets, quotes, delimiter):
        return None
    end = data.rfind(b"\n")
    while end >= 0 and np.searchsorted(quotes, end) % 2:
        end = data.rfind(b"\n", 0, end)
    return end + 1


def _open_and_close_fields(
    octets: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], delimiter: str
) -> bool:
    """Whether every quote begins or ends a field, or is one of two that stand for one."""
    is_beside = np.zeros(256, dtype=bool)
    is_beside[list(f'{delimiter}\r\n"'.encode())] = True
    opening, closing = quotes[::2], quotes[1::2]
    before = octets[opening[opening > 0] - 1]
    behind = octets[closing[closing < octets.size - 1] + 1]
    return bool(is_beside[before].all() and is_beside[behind].all())


def _above(spec: SourceSpec, name: str, first: bytes) -> Below:
    _require_declared_encoding(spec, name, first)
    text, _, encoding = _decoded(spec, name, first)
    header, _, _ = _split(spec, name, text.replace("\0", ""))
    return Below(tuple(header), 0, encoding.removesuffix("-sig"))


def read(spec: SourceSpec, file: RawFile, above: Below | None = None) -> Extract:
    """The records of one CSV file, or of the part of it below ``above``; ``row`` is the line that
    the record begins on.

    A record with bytes that are no text in the declared encoding becomes ``bad_encoding``, one
    with more or fewer fields than the header ``ragged_row``. Blank lines and rows of empty fields
    are no records. A file that begins with UTF-8's mark is UTF-8, whatever is declared.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    header, body, first_line, clean = _opened(spec, file, above)
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


def _opened(
    spec: SourceSpec, file: RawFile, above: Below | None
) -> tuple[Sequence[str], str, int, bool]:
    """The header's names, the text of the records, the number of its first line, and whether all
    of it could be read; other bytes become lone surrogates."""
    if above is None:
        _require_declared_encoding(spec, file.name, file.data)
    text, clean, _ = _decoded(spec, file.name, file.data, above.encoding if above else None)
    text = text.replace("\0", "")
    if above:
        return above.header, text, above.lines + 1, clean
    return *_split(spec, file.name, text), clean


def _digest(text: str) -> str:
    data = text.encode("utf-8", errors="surrogateescape")
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _require_declared_encoding(spec: SourceSpec, name: str, data: bytes) -> None:
    """Raise KezekError where the file is UTF-8 or UTF-16 and something else is declared: every
    byte of it would mean some letter, but not the one that was written."""
    head = data[:_HEAD]
    declared = codecs.lookup(spec.encoding).name
    if head.startswith(codecs.BOM_UTF8) or declared.startswith(("utf-16", "utf-32")):
        return
    found = "utf-16" if b"\0" in head.split(b"\n", 1)[0] else _as_utf_8(head)
    if found and not declared.startswith(found):
        raise KezekError(
            f"{name} is not {spec.encoding} text, it looks like {found}; "
            f"correct encoding in [sources.{spec.name}], or fetch the file again."
        )


def _as_utf_8(head: bytes) -> str | None:
    """``utf-8`` where the bytes hold letters beyond ASCII and are all of that encoding."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return None if head.isascii() else "utf-8"


def _decoded(
    spec: SourceSpec, name: str, data: bytes, known: str | None = None
) -> tuple[str, bool, str]:
    """The text, whether all of it could be read, and what it is written in."""
    marked = data.startswith(codecs.BOM_UTF8)
    encoding = known or ("utf-8-sig" if marked else spec.encoding)
    try:
        return data.decode(encoding), True, encoding
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(encoding, errors="surrogateescape"), False, encoding
    except UnicodeDecodeError as error:
        raise KezekError(
            f"{name} is not {encoding} text (byte {error.start}); "
            f"correct encoding in [sources.{spec.name}]."
        ) from None


def _split(spec: SourceSpec, name: str, text: str) -> tuple[list[str], str, int]:
    """The header's names, the text below it, and the number of the line that it begins on."""
    feed = Feed(text, at=0)
    for _ in range(spec.header_row - 1):
        next(feed, None)
    lines = csv.reader(feed, delimiter=spec.delimiter)
    header = cells.headings(list(islice(lines, spec.header_rows)) or [[]])
    if not any(title.strip() for title in header) or any(END in title for title in header):
        raise KezekError(
            f"{name} has no header in row {spec.header_row}; "
            f"correct header_row in [sources.{spec.name}], or fetch the file again."
        )
    if UNDECODED.search("".join(header)):
        raise KezekError(
            f"The header of {name} is not {spec.encoding} text; "
            f"correct encoding in [sources.{spec.name}]."
        )
    return header, text[feed.at :], feed.line + 1

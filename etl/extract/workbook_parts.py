"""What lies in an XLSX file, looked at before anything is taken from it.

The reader of workbooks makes room for what a sheet claims to be, and a process that asks for more
than there is ends without a word. So the claims are read first: how much is packed into the file,
how far its cells reach, and that it declares no entities.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from etl.errors import KezekError
from etl.extract.files import RawFile, too_much
from etl.sources.model import SourceSpec

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 2**20
_OVERLAP = 256  # bytes of the chunk before that a name or a number may begin in
_MOST_CELLS = 2**26  # of a sheet, with those between: two gigabytes in memory
# Patterns that begin with a plain letter are sought many times as fast as others.
_PLACE = re.compile(rb"""r\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_FAR = re.compile(
    rb"""r\s*=\s*["'](?:[A-Za-z]{3,}[0-9]|[A-Za-z]*[0-9]{6})"""
)  # from AAA or 100,000 on
_FILLED = re.compile(_PLACE.pattern + rb"""(?!(?:\s+[st]="[a-z0-9]*")*\s*/>)""")
_COUNT = re.compile(rb"""ount\s*=\s*["']([0-9]+)["']""")  # count or uniqueCount
_FROM_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true)["']""")
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, IndexError
)  # fmt: skip


@dataclass
class Claims:
    """What the parts say of themselves. ``size``: bytes unpacked; ``reach``: the last row and the
    last column of the largest sheet that reaches far."""

    size: int = 0
    reach: tuple[int, int] = (0, 0)
    count: int = 0
    from_1904: bool = False
    has_document_type: bool = False


def require_sound(spec: SourceSpec, file: RawFile) -> None:
    """Raise KezekError for what is no XLSX, is locked, damaged, or claims more than is reasonable,
    and where days are counted from another year than the source's date formats say."""
    if file.data.startswith(_OLE):
        locked = _ENCRYPTED in file.data
        raise _locked(file) if locked else _no_workbook(file, "a workbook of Excel 97-2003")
    claims = _claims(spec, file)
    if claims.has_document_type:
        raise KezekError(
            f"{file.name} has a document type (DOCTYPE), which no workbook needs; "
            "nothing of it was used: remove the file or ask who sent it."
        )
    rows, columns = claims.reach
    if rows * columns > _MOST_CELLS:
        raise KezekError(
            f"A sheet of {file.name} reaches to row {rows} and column {columns}, "
            "further than a table does; delete what stands there by itself, none of it was used."
        )
    if claims.count > claims.size:
        raise _no_whole_workbook(file, "it counts more than it holds")
    _require_epoch(spec, file, from_1904=claims.from_1904)


def _require_epoch(spec: SourceSpec, file: RawFile, *, from_1904: bool) -> None:
    """Numbers that stand for days mean other days where a workbook counts from 1904."""
    right, wrong = ("excel_1904", "excel") if from_1904 else ("excel", "excel_1904")
    if wrong in spec.date_formats and right not in spec.date_formats:
        raise KezekError(
            f"{file.name} counts days from {1904 if from_1904 else 1900}; "
            f"write {right!r} for {wrong!r} in date_formats of [sources.{spec.name}]."
        )


def _claims(spec: SourceSpec, file: RawFile) -> Claims:
    claims = Claims()
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as book:
            parts = book.infolist()
            names = [part.filename.replace("\\", "/").lower() for part in parts]
            if "xl/workbook.xml" not in names or len(set(names)) < len(names):
                raise _no_workbook(file, "something else in an archive")
            if any(part.flag_bits & 1 for part in parts):
                raise _locked(file)
            for part in parts:
                is_far = _look_into(book, part, claims, spec.max_unpacked)
                if claims.size > spec.max_unpacked:
                    raise too_much(spec, file.name)
                if is_far:
                    claims.reach = max(claims.reach, _reach(book, part), key=prod)
    except _DAMAGED as error:
        reason = "it is cut short" if isinstance(error, zipfile.BadZipFile) else "it is damaged"
        raise _no_whole_workbook(file, reason) from None
    return claims


def _look_into(book: zipfile.ZipFile, part: zipfile.ZipInfo, claims: Claims, limit: int) -> bool:
    """Add what one part says, no further than its first bytes too many; whether its cells may
    reach far."""
    is_far = False
    for text, new in _texts(book, part):
        claims.size += new
        claims.count = max(claims.count, *map(int, _COUNT.findall(text)), 0)
        claims.from_1904 |= _FROM_1904.search(text) is not None
        claims.has_document_type |= b"<!DOCTYPE" in text
        is_far = is_far or _FAR.search(text) is not None
        if claims.size > limit:
            break
    return is_far


def _reach(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[int, int]:
    """The last row and column of a sheet; those of its blank cells, which take no room, only
    where that is little all the same."""
    rows = columns = 0
    for pattern in (_PLACE, _FILLED):
        rows = columns = 0
        for text, _ in _texts(book, part):
            places = set(pattern.findall(text))
            rows = max(rows, *(int(row) for _, row in places), 0)
            columns = max(columns, *map(_number, {column for column, _ in places}), 0)
        if rows * columns <= _MOST_CELLS:
            break
    return rows, columns


def _texts(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """The part's bytes, each time with the end of those before, and how many of them are new."""
    before = b""
    with book.open(part) as content:
        while new := content.read(_CHUNK):
            yield before + new, len(new)
            before = new[-_OVERLAP:]


def _number(letters: bytes) -> int:
    """``AB`` -> 28; more letters than any column has are one beyond all."""
    if len(letters) > 3:
        return _MOST_CELLS + 1
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _locked(file: RawFile) -> KezekError:
    return KezekError(
        f"{file.name} is locked by a password; save it without one, none of it was used."
    )


def _no_workbook(file: RawFile, what: str) -> KezekError:
    return KezekError(
        f"{file.name} is no XLSX workbook but {what}; save it as .xlsx, none of it was used."
    )


def _no_whole_workbook(file: RawFile, reason: str) -> KezekError:
    return KezekError(
        f"{file.name} is no whole workbook ({reason}); fetch it again, none of it was used."
    )

"""Files that nobody should have to expect: workbooks with parts of our choosing, containers."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
WORKBOOK = "xl/workbook.xml"

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def workbook(*rows: Iterable[object], epoch_1904: bool = False) -> bytes:
    """A sound workbook of one sheet, its dates as dates."""
    data = io.BytesIO()
    options = {"default_date_format": "dd.mm.yyyy", "date_1904": epoch_1904}
    with xlsxwriter.Workbook(data, options) as book:
        sheet = book.add_worksheet("Кіріс")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return data.getvalue()


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts another; that part must not stay as it was."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            text = old.read(part)
            other = change(text) if part == name else text
            assert part != name or other != text
            new.writestr(part, other)
    return changed.getvalue()


def container(*streams: str) -> bytes:
    """An OLE container with (empty) streams of those names, as locked and old workbooks are."""
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 0x1000, _END, 0, _END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    fat = struct.pack("<128I", _FAT, _END, *[_FREE] * 126)
    entries = [_entry("Root Entry", 5, child=1), *(_entry(name, 2) for name in streams)]
    return header + fat + b"".join(entries).ljust(_SECTOR, b"\0")


def _entry(name: str, kind: int, child: int = _FREE) -> bytes:
    told = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI8x8xIQ", told, len(told) + 2, kind, 1, _FREE, _FREE, child, 0, _END, 0
    )

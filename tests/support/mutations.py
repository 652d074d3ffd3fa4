"""Small exports of every kind, and what a broken line, disk or program may make of their bytes."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from tests.support import hostile

PERSON, IIN = "Ахметова-Сағынтаева", "500101100000"
SOURCES = """\
as_of = 2013-12-31

[templates.cases]
entity = "cases"
constants = { channel = "desk" }
date_formats = ["%d.%m.%Y %H:%M", "iso"]
max_rejected = 1.0

[templates.cases.columns]
case_id = "id"
category = "who"
service_point = "where"
outcome = "result"
iin = "iin"
executor = "by"

[templates.wide]
extends = "cases"

[templates.wide.steps]
"desk-start" = "came"
"desk-review" = "review"
"desk-end" = "done"

[templates.inside]
extends = "cases"
events = { path = "log", step = "step", at = "at" }

[sources.csv]
extends = "wide"
kind = "csv"
path = "export.csv*"
delimiter = ";"

[sources.kazakh]
extends = "wide"
kind = "csv"
path = "kazakh.csv*"
encoding = "kz1048"
delimiter = ";"

[sources.wide]
extends = "wide"
kind = "csv"
path = "wide.csv*"
encoding = "utf-16"
delimiter = ";"

[sources.xlsx]
extends = "wide"
kind = "xlsx"
path = "export.xlsx*"

[sources.json]
extends = "inside"
kind = "json"
path = "export.json*"
records = "page/items"

[sources.lines]
extends = "inside"
kind = "json"
path = "lines.jsonl*"

[sources.xml]
extends = "inside"
kind = "xml"
path = "export.xml*"
records = "export/application"

[sources.gateway]
extends = "inside"
kind = "gateway"
path = "messages.xml*"
records = "application"

[sources.database]
extends = "wide"
kind = "database"
url = "sqlite:///export.sqlite"
table = "office"
"""
FILES = {
    "csv": "export.csv", "kazakh": "kazakh.csv", "wide": "wide.csv", "xlsx": "export.xlsx",
    "json": "export.json", "lines": "lines.jsonl", "xml": "export.xml",
    "gateway": "messages.xml", "database": "export.sqlite",
}  # fmt: skip

_COLUMNS = ("id", "who", "where", "result", "iin", "by", "came", "review", "done")
_STEPS = {"came": "desk-start", "review": "desk-review", "done": "desk-end"}
_ROWS = [
    (
        f"2013-{n}",
        "families" if n % 3 else "veterans",
        "hall" if n % 2 else "mall",
        "registered" if n % 4 else "",
        IIN,
        PERSON,
        f"{n + 1:02}.03.2013 10:00",
        f"{n + 2:02}.03.2013 11:30" if n % 2 else "",
        f"{n + 3:02}.04.2013 09:00" if n % 4 else "",
    )
    for n in range(8)
]

# What programs, people and wires leave in files, and what is put there to do harm.
FRAGMENTS = [
    b"", b"\0", b'"', b'""', b";", b"\n", b"\r", b"\r\n\r\n", b"\xff", b"\x98", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\\ud83c", b"\x1f\x8b\x08", b"PK\x03\x04", b"\x1a",
    b"<", b">", b"&", b"&amp;", b"&i;", b"&#0;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"</",
    b"<!DOCTYPE x [<!ENTITY i SYSTEM 'file:///etc/passwd'>]>",
    b"<?xml version='1.0' encoding='kz1048'?>", b"<?xml version='1.0' encoding='shift_jis'?>",
    b"<?xml version='1.0' encoding='utf-7'?>", b"<a>" * 3000, b"[" * 3000, b'{"a":' * 500,
    b"{", b"}", b"[", b"]", b",", b":", b'{"id":1,"id":2}', b"null", b"true", b"NaN", b"1e999",
    b"-0", b"9" * 30, b"9" * 5000, b"0x1p3", b"\\u0000", b"\\", b"\xe2\x80\xa8", b"\xc2\xa0",
    b"2013-02-30", b"0001-01-01", b"9999-12-31", b"31.12.9999 23:59", b"1900-02-29", b"=1+1",
    b' r="XFD1048576"', b' r="A4294967295"', b' uniqueCount="99999999999"', b' t="s"', b' t="d"',
    b'<c r="ZZZ9"><v>1</v></c>', b"<v>-1</v>", b"<v>1e9</v>", b"<mergeCell ref='A1:XFD9'/>",
    IIN.encode(), PERSON.encode(), b"id", b"id;who;where", b"soap:Envelope", b"application",
]  # fmt: skip


def exports() -> dict[str, bytes]:
    """The bytes of every source's file, by the source's name."""
    table = "\n".join(";".join(row) for row in (_COLUMNS, *_ROWS)) + "\n"
    items = [_inside(row) for row in _ROWS]
    return {
        "csv": table.encode("utf-8-sig"),
        "kazakh": table.encode("kz1048"),
        "wide": table.encode("utf-16"),
        "xlsx": hostile.workbook(_COLUMNS, *_ROWS),
        "json": json.dumps({"page": {"items": items}}, ensure_ascii=False, indent=1).encode(),
        "lines": "\n".join(json.dumps(item, ensure_ascii=False) for item in items).encode(),
        "xml": f"<export>\n{''.join(_element(row) for row in _ROWS)}</export>".encode(),
        "gateway": f"<log>\n{''.join(map(_message, range(8), _ROWS))}</log>".encode(),
        "database": _database(),
    }


def _inside(row: tuple[str, ...]) -> dict[str, object]:
    said = dict(zip(_COLUMNS, row, strict=True))
    log = [{"step": code, "at": said.pop(name)} for name, code in _STEPS.items()]
    return {**said, "log": [event for event in log if event["at"]]}


def _element(row: tuple[str, ...]) -> str:
    said = zip(_COLUMNS[:6], row[:6], strict=True)
    fields = "".join(f"<{name}>{text}</{name}>" for name, text in said)
    events = zip(_STEPS.values(), row[6:], strict=True)
    log = "".join(f"<log><step>{code}</step><at>{at}</at></log>" for code, at in events if at)
    return f"<application>{fields}{log}</application>\n"


def _message(number: int, row: tuple[str, ...]) -> str:
    return (
        "<soap:Envelope xmlns:soap='urn:s'><soap:Body><request><messageInfo>"
        f"<messageId>m{number}</messageId><messageType>REQUEST</messageType>"
        "<messageDate>2013-07-15T10:00:00+06:00</messageDate></messageInfo><messageData><data>"
        f"{_element(row)}</data></messageData></request></soap:Body></soap:Envelope>\n"
    )


def _database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA page_size = 512")
        names = ", ".join(f"[{name}]" for name in _COLUMNS)
        connection.execute(f"CREATE TABLE office ({names})")
        connection.executemany(f"INSERT INTO office VALUES ({'?, ' * 8}?)", _ROWS)  # noqa: S608
        connection.commit()
        return connection.serialize()


@dataclass(frozen=True)
class Change:
    """One thing done to bytes; the numbers are taken as far as there are bytes."""

    what: str
    at: int
    size: int
    to: int
    fragment: bytes

    def apply(self, data: bytes) -> bytes:
        """The bytes after it."""
        if self.what == "swap lines" and data:
            return self._with_lines_swapped(data)
        at, other = self.at % (len(data) + 1), self.to % (len(data) + 1)
        span = 1 + self.size % 400
        put, until = {
            "flip": (bytes([(data[at : at + 1] or b"\0")[0] ^ 1 << self.size % 8]), at + 1),
            "delete": (b"", at + span),
            "insert": (self.fragment, at),
            "replace": (self.fragment, at + len(self.fragment)),
            "truncate": (b"", len(data)),
            "double": (data[other : other + span], at),
        }.get(self.what, (b"", at))
        return data[:at] + put + data[until:]

    def _with_lines_swapped(self, data: bytes) -> bytes:
        lines = data.splitlines(keepends=True)
        one, other = self.at % len(lines), self.to % len(lines)
        lines[one], lines[other] = lines[other], lines[one]
        return b"".join(lines)


_positions = st.integers(0, 2**14)
changes = st.lists(
    st.builds(
        Change,
        what=st.sampled_from(
            ["flip", "delete", "insert", "replace", "truncate", "double", "swap lines"]
        ),
        at=_positions,
        size=_positions,
        to=_positions,
        fragment=st.sampled_from(FRAGMENTS) | st.binary(max_size=6),
    ),
    min_size=1,
    max_size=5,
)


def changed(data: bytes, doings: Iterable[Change]) -> bytes:
    """The bytes after all that was done to them."""
    for change in doings:
        data = change.apply(data)
    return data


def changed_inside(data: bytes, part: int, doings: Iterable[Change]) -> bytes:
    """The workbook with one of its parts changed, and packed again as it should be."""
    told = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = old.namelist()
        for name in names:
            text = old.read(name)
            new.writestr(name, changed(text, doings) if name == names[part % len(names)] else text)
    return told.getvalue()


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files of those sources, and the mapping; returns the mapping's path."""
    for name, data in files.items():
        (folder / FILES[name]).write_bytes(data)
    path = folder / "sources.toml"
    path.write_text(SOURCES, "utf-8")
    return path


def packed(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)

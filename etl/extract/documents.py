"""JSON: a list of records somewhere in a document, or one record a line."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from etl.errors import KezekError
from etl.extract import cells
from etl.extract.files import RawFile
from etl.extract.model import BAD_ENCODING, RAGGED_ROW, REPEATED_NAME, Extract, FileInfo
from etl.sources.fields import required_of
from etl.sources.model import NestedEvents, SourceSpec

_Fault = tuple[str, int, str, str, str]
_Numbered = list[tuple[int, dict[str, Any]]]

_NAMED = 20  # so many names at the top of a document a message repeats
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, or a byte that was none
_WRITTEN_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read(spec: SourceSpec, file: RawFile) -> Extract:
    """The records of one file; ``row`` counts them from 1, in JSON lines it is the line.

    A member that is no object becomes ``ragged_row``, a line that is no text ``bad_encoding``, a
    member in which a name stands twice and says two things ``repeated_name``; a document that is
    no whole JSON, or has such names around its records, is refused with a KezekError.
    """
    try:
        return _read(spec, file)
    except RecursionError:
        raise KezekError(f"{file.name} is nested too deeply to be a list of records.") from None


def _read(spec: SourceSpec, file: RawFile) -> Extract:
    text = _decoded(spec, file)
    parser = _Parser()
    members: Sequence[tuple[int, object]]
    try:
        members = _listed(spec, file, parser.parsed(text))
    except ValueError as error:
        if spec.records != "." or not _looks_like_lines(text):
            raise KezekError(
                f"{file.name} is no whole JSON ({error}); fetch it again, none of it was used."
            ) from None
        members = _parsed_lines(text, parser)
    if _WRITTEN_SURROGATE.search(text):
        members = [(row, m if _is_text(m) else _in_words(m)) for row, m in members]
    records: _Numbered = []
    faults: list[_Fault] = []
    for row, member in members:
        contradicts = parser.has_contradictions and _contradicts(member)
        if isinstance(member, dict) and not contradicts:
            records.append((row, member))
        else:
            faults.append(_fault(file, row, member))
    return _assembled(spec, file, records, faults)


class _Contradictory(dict[str, Any]):
    """An object in which a name stood twice with two values; each name has all that it had."""


class _Parser:
    """Parses texts, and knows whether in one of them an object contradicted itself."""

    def __init__(self) -> None:
        self.has_contradictions = False

    def parsed(self, text: str) -> Any:
        """The document. Raises ValueError or RecursionError."""
        return json.loads(text, object_pairs_hook=self._joined)

    def _joined(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        told = dict(pairs)
        if len(told) == len(pairs) or all(told[name] == value for name, value in pairs):
            return told
        self.has_contradictions = True
        values = _Contradictory()
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        return values


def _contradicts(member: object) -> bool:
    """Whether it is, or holds, an object that says two things under one name."""
    waiting = [member]
    while waiting:
        value = waiting.pop()
        if isinstance(value, _Contradictory):
            return True
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return False


def _is_text(member: object) -> bool:
    """Whether no half of a character was written anywhere in it."""
    return _SURROGATE.search(_in_words(member)) is None


def _in_words(member: object) -> str:
    return json.dumps(member, ensure_ascii=False)


def _decoded(spec: SourceSpec, file: RawFile) -> str:
    """The text; bytes that are none in the encoding become lone surrogates."""
    wide = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding = "utf-16" if file.data.startswith(wide) else spec.encoding
    if file.data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    try:
        text = file.data.decode(encoding, errors="surrogateescape")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start}"
    else:
        found = _SURROGATE.search(text)
        if found is None or _looks_like_lines(text):
            return text
        reason = f"character {found.start()}"
    raise KezekError(
        f"{file.name} is not {encoding} text ({reason}); correct encoding in [sources.{spec.name}]."
    )


def _looks_like_lines(text: str) -> bool:
    """Whether the first line that holds anything is an object by itself."""
    first = next((line for line in text.split("\n", 1000) if line.strip()), "")
    return isinstance(_object(first, _Parser()), dict)


def _object(line: str, parser: _Parser) -> object:
    """The line's JSON; the line itself where it is none."""
    if _SURROGATE.search(line):
        return line
    try:
        return parser.parsed(line)
    except (ValueError, RecursionError):
        return line


def _parsed_lines(text: str, parser: _Parser) -> list[tuple[int, object]]:
    lines = enumerate(text.split("\n"), start=1)
    return [(number, _object(line, parser)) for number, line in lines if line.strip()]


def _listed(spec: SourceSpec, file: RawFile, document: object) -> list[tuple[int, object]]:
    """The members of the list at ``records``; a lone object at the top is a list of one."""
    found = document if spec.records == "." else _around(spec, file, document)
    if spec.records == "." and isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        names = list(document) if isinstance(document, dict) else []
        many = len(names) > _NAMED  # as a document has whose names are somebody's numbers
        there = f"{len(names)} names" if many else ", ".join(map(repr, names)) or "no names"
        raise KezekError(
            f"{file.name} has no list of records at {spec.records!r}; it has {there} at the top: "
            f"correct records in [sources.{spec.name}]."
        )
    return list(enumerate(found, start=1))


def _around(spec: SourceSpec, file: RawFile, document: object) -> Any:
    """What stands at ``records``."""
    value: Any = document
    for name in spec.records.split("/"):
        if isinstance(value, _Contradictory):
            raise KezekError(
                f"{file.name} is not clear: around its records a name stands twice; "
                "none of it was used, ask who made it."
            )
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _at(value: object, path: Sequence[str]) -> Any:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _scalar(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _fault(file: RawFile, row: int, member: object) -> _Fault:
    text = member if isinstance(member, str) else _in_words(member)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    if odd := _SURROGATE.search(text):
        code = ord(odd[0])
        value = f"0x{code - 0xDC00:02X}" if 0xDC80 <= code <= 0xDCFF else f"U+{code:04X}"
        return file.name, row, BAD_ENCODING, value, digest
    if isinstance(member, dict):
        return file.name, row, REPEATED_NAME, "{…} × 2", digest
    return file.name, row, RAGGED_ROW, "{…} ≠ " + type(member).__name__, digest


def _assembled(
    spec: SourceSpec, file: RawFile, records: _Numbered, faults: list[_Fault]
) -> Extract:
    columns = {}
    for name in spec.source_columns:
        path = name.split("/")
        columns[name] = cells.column([_scalar(_at(record, path)) for _, record in records])
    place = cells.placed(file.name, [row for row, _ in records])
    info = file.info(len(records) + len(faults))
    nested = _nested(spec.events, records) if spec.events else None
    return cells.assembled(columns, place, info, cells.faulty(faults), nested)


def _nested(events: NestedEvents, records: _Numbered) -> pd.DataFrame:
    found: list[tuple[int, object]] = []
    for position, (_, record) in enumerate(records):
        inside = _at(record, events.path.split("/"))
        members = inside if isinstance(inside, list) else [] if inside is None else [inside]
        found += [(position, member) for member in members]
    paths = {
        "step": events.step, "at": events.at, "event_id": events.event_id, "actor": events.actor
    }  # fmt: skip
    frame = pd.DataFrame({"record": pd.Series([r for r, _ in found], dtype="int64")})
    for name, path in paths.items():
        values = [None if path is None else _scalar(_at(m, path.split("/"))) for _, m in found]
        frame[name] = cells.column(values)[0]
    return frame


def require_fields(spec: SourceSpec, blank: Collection[str], read: Sequence[FileInfo]) -> None:
    """Raise KezekError where a required field's name is among ``blank``, the names that occur in no
    record of the files that were ``read``.

    Unlike a table, JSON and XML may leave out what is empty, so an optional field may be absent.
    """
    required = required_of(spec.entity)
    missing = [name for field, name in spec.columns.items() if field in required and name in blank]
    if missing:
        raise KezekError(
            f"Source {spec.name}: no record of {cells.named(read)} has "
            f"{', '.join(map(repr, missing))}; "
            f"correct [sources.{spec.name}.columns] in {spec.declared_in}."
        )

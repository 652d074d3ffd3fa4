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
from etl.extract.model import BAD_ENCODING, RAGGED_ROW, Extract
from etl.sources.fields import required_of
from etl.sources.model import NestedEvents, SourceSpec

_Fault = tuple[str, int, str, str, str]
_Numbered = list[tuple[int, dict[str, Any]]]

_NAMED = 20  # so many names at the top of a document a message repeats
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, or a byte that was none
_WRITTEN_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read(spec: SourceSpec, file: RawFile) -> Extract:
    """The records of one file; ``row`` counts them from 1, in JSON lines it is the line.

    A member that is no object becomes ``ragged_row``, a line that is no text ``bad_encoding``; a
    document that is no whole JSON is refused with a KezekError.
    """
    text = _decoded(spec, file)
    members: Sequence[tuple[int, object]]
    try:
        members = _listed(spec, file, json.loads(text))
    except RecursionError:
        raise KezekError(f"{file.name} is nested too deeply to be a list of records.") from None
    except ValueError as error:
        if spec.records != "." or not _looks_like_lines(text):
            raise KezekError(
                f"{file.name} is no whole JSON ({error}); fetch it again, none of it was used."
            ) from None
        members = _parsed_lines(text)
    if _WRITTEN_SURROGATE.search(text):
        members = [(row, m if _is_text(m) else _in_words(m)) for row, m in members]
    records = [(row, m) for row, m in members if isinstance(m, dict)]
    faults = [_fault(file, row, m) for row, m in members if not isinstance(m, dict)]
    return _assembled(spec, file, records, faults)


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
    return isinstance(_object(first), dict)


def _object(line: str) -> object:
    """The line's JSON; the line itself where it is none."""
    if _SURROGATE.search(line):
        return line
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line


def _parsed_lines(text: str) -> list[tuple[int, object]]:
    lines = enumerate(text.split("\n"), start=1)
    return [(number, _object(line)) for number, line in lines if line.strip()]


def _listed(spec: SourceSpec, file: RawFile, document: object) -> list[tuple[int, object]]:
    """The members of the list at ``records``; a lone object at the top is a list of one."""
    found = document if spec.records == "." else _at(document, spec.records.split("/"))
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


def require_fields(spec: SourceSpec, blank: Collection[str]) -> None:
    """Raise KezekError where a required field's name is among ``blank``, the names that occur in no
    record of the delivery.

    Unlike a table, JSON may leave out what is empty, so an optional field may be absent.
    """
    required = required_of(spec.entity)
    missing = [name for field, name in spec.columns.items() if field in required and name in blank]
    if missing:
        raise KezekError(
            f"Source {spec.name}: no record has {', '.join(map(repr, missing))}; "
            f"correct [sources.{spec.name}.columns] in {spec.declared_in}."
        )

"""Every way in which one source's table can be wrong, each said with its key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from etl.regulation.model import Regulation
from etl.sources.mapping_checks import mapping_faults
from etl.sources.model import ENTITIES, KINDS
from etl.times import NAMED_FORMATS

Table = dict[str, Any]

_NAMED = ", ".join(NAMED_FORMATS)
_ELEMENTS = {
    "xml": "the path to the elements that are records, such as export/application",
    "gateway": "the name of the element inside data",
}
_DIRECTIVE = re.compile(r"%(.)")
_TEXTS = (
    "entity", "kind", "path", "sheet", "encoding", "delimiter", "url", "table", "query",
    "timezone", "key_prefix", "records", "extends", "watermark",
)  # fmt: skip
_TABLES = ("columns", "constants", "values", "steps", "events", "where")
_KEYS = frozenset(
    {
        *_TEXTS,
        *_TABLES,
        "header_row",
        "header_rows",
        "date_formats",
        "max_unpacked_mb",
        "max_rejected",
        "overlap_hours",
        "snapshot",
    }
)


def faults(table: Table, regulation: Regulation) -> list[str]:
    """What is wrong with a source's merged table, as ``key: what, and what to do``; empty if sound.

    The mapping is looked at only where the table's own shape is sound.
    """
    found = list(_shape(table))
    if not found:
        found = [*_origin(table), *_changes(table), *_reading(table), *_where(table)]
        found += mapping_faults(table, regulation)
    return found


def _shape(table: Table) -> Iterator[str]:
    unknown = [key for key in table if key not in _KEYS]
    yield from (f"{key}: unknown key; known are {', '.join(sorted(_KEYS))}" for key in unknown)
    yield from _types(table)
    for key, known in (("entity", ENTITIES), ("kind", KINDS)):
        if key not in table:
            yield f"{key}: is missing; it is one of {', '.join(known)}"
        elif table[key] not in known:
            yield f"{key}: {table[key]!r} is unknown; it is one of {', '.join(known)}"


def _types(table: Table) -> Iterator[str]:
    for key in _TEXTS:
        if key in table and not isinstance(table[key], str):
            yield f"{key}: must be a text"
    for key in _TABLES:
        if key in table and not isinstance(table[key], dict):
            yield f"{key}: must be a table"
    for key in ("header_row", "header_rows", "max_unpacked_mb"):
        row = table.get(key, 1)
        if not isinstance(row, int) or isinstance(row, bool) or row < 1:
            yield f"{key}: must be a whole number from 1"
    formats = table.get("date_formats", ["iso"])
    if not isinstance(formats, list) or not formats or not all(isinstance(f, str) for f in formats):
        yield "date_formats: must be a list of formats such as ['%d.%m.%Y', 'iso']"
    share = table.get("max_rejected", 0)
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        yield "max_rejected: must be a share from 0 to 1, such as 0.2"


def _where(table: Table) -> Iterator[str]:
    for column, words in table.get("where", {}).items():
        several = words if isinstance(words, list) else [words]
        if not several or not all(isinstance(w, str | int) for w in several):
            yield f"where.{column!r}: must be a text, or a list of texts"


def _origin(table: Table) -> Iterator[str]:
    if table["kind"] != "database":
        if not table.get("path"):
            yield "path: is missing; it names the files"
    else:
        if not table.get("url"):
            yield "url: is missing; it names the database"
        if bool(table.get("table")) == bool(table.get("query")):
            yield "table: give a table or a query, one of the two"
    if table["kind"] in _ELEMENTS and table.get("records", ".").strip("/") in {"", "."}:
        yield f"records: is missing; it is {_ELEMENTS[table['kind']]}"


def _changes(table: Table) -> Iterator[str]:
    if table.get("watermark") and not table.get("table"):
        yield "watermark: only rows of a database's table can be asked for since a time"
    if table.get("watermark") and table.get("snapshot"):
        yield "snapshot: what is read since a watermark does not list all; give one of the two"
    if table.get("snapshot") and table["entity"] != "queue":
        yield "snapshot: only a register of the queue (entity queue) may take entries back"
    hours = table.get("overlap_hours", 0)
    if not isinstance(hours, int) or isinstance(hours, bool) or hours < 0:
        yield "overlap_hours: must be a whole number from 0"
    if not isinstance(table.get("snapshot", False), bool):
        yield "snapshot: must be true or false"


def _reading(table: Table) -> Iterator[str]:
    if not _works(lambda: bytes(4).decode(table.get("encoding", "utf-8"))):
        yield f"encoding: {table['encoding']!r} is unknown; write one such as utf-8 or cp1251"
    if not _works(lambda: ZoneInfo(table.get("timezone", "UTC"))):
        yield f"timezone: {table['timezone']!r} is unknown; write one such as Asia/Almaty"
    delimiter = table.get("delimiter", ",")
    if not re.fullmatch(r"[\t -~]", delimiter) or delimiter == '"':
        yield "delimiter: must be one character, such as ';'"
    yield from (
        f"date_formats: {text!r} is unknown; write {_NAMED}, or day, month and year such as "
        "%d.%m.%Y, with %H, %M, %S, %f, %z if needed"
        for text in table.get("date_formats", ())
        if text not in NAMED_FORMATS and not _readable(text)
    )


def _readable(form: str) -> bool:
    directives = set(_DIRECTIVE.findall(form))
    whole = {"d", "m"} <= directives and bool(directives & {"Y", "y"})
    return whole and directives <= set("dmYyHMSfz%")


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (LookupError, ValueError, OSError, TypeError):
        return False
    return True

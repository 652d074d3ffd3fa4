"""``sources.toml``: read, resolved and validated before anything is extracted."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from etl.errors import KezekError
from etl.regulation.model import Regulation
from etl.sources import resolve
from etl.sources.checks import faults
from etl.sources.model import ENTITIES, KINDS, NestedEvents, Sources, SourceSpec

__all__ = ["ENTITIES", "KINDS", "NestedEvents", "SourceSpec", "Sources", "names", "read_sources"]

_TOP = {"as_of", "templates", "sources"}


def read_sources(
    path: Path,
    *,
    regulation: Regulation,
    only: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Sources:
    """The sources of the file at ``path``, in the order to load them.

    Where ``only`` names some, the others are checked but need neither their files nor their
    variables. Raises KezekError listing every fault with its source and key.
    """
    environ = os.environ if environ is None else environ
    document = resolve.read_toml(path)
    wrong = [f"{key}: unknown key" for key in document if key not in _TOP]
    as_of = _as_of(document, wrong)
    named = _tables(document, "sources", wrong)
    if not named and not wrong:
        wrong.append("sources: there is none; describe at least one as [sources.NAME]")
    templates = _tables(document, "templates", wrong)
    specs = []
    for name, table in named.items():
        try:
            whole = resolve.merged(name, table, templates)
            if own := faults(whole, regulation):
                wrong += [f"[sources.{name}] {fault}" for fault in own]
            elif not only or name in only:
                specs.append(_spec(name, whole, path, regulation, environ))
        except KezekError as error:
            wrong.append(f"[sources.{name}] {error}")
    if wrong:
        raise KezekError(f"The sources file {path} is wrong: {'; '.join(wrong)}.")
    _all_known(only, named, path)
    entities = sorted(
        ((name, resolve.merged(name, table, templates)["entity"]) for name, table in named.items()),
        key=lambda source: ENTITIES.index(source[1]),
    )
    chosen = tuple(sorted(specs, key=lambda s: ENTITIES.index(s.entity)))
    return Sources(as_of, chosen, dict(entities))


def names(path: Path) -> list[str]:
    """What the sources of the file at ``path`` are called, whether they are sound or not.

    Raises KezekError where it cannot be read as TOML.
    """
    return list(_tables(resolve.read_toml(path), "sources", []))


def _as_of(document: dict[str, Any], wrong: list[str]) -> date | None:
    value = document.get("as_of")
    if isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    wrong.append("as_of: must be a date such as 2013-12-31")
    return None


def _tables(document: dict[str, Any], key: str, wrong: list[str]) -> dict[str, dict[str, Any]]:
    tables = document.get(key, {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        wrong.append(f"{key}: must hold tables such as [{key}.NAME]")
        return {}
    return tables


_PROGRESS = ("watermark", "overlap_hours", "snapshot")


def _spec(
    name: str,
    table: dict[str, Any],
    path: Path,
    regulation: Regulation,
    environ: Mapping[str, str],
) -> SourceSpec:
    folder = path.parent
    simple = ("entity", "kind", "sheet", "header_row", "header_rows", "encoding", "delimiter")
    more = ("table", "query", "key_prefix", "max_rejected", *_PROGRESS)
    given = {k: table[k] for k in (*simple, *more) if k in table}
    if "max_unpacked_mb" in table:
        given["max_unpacked"] = table["max_unpacked_mb"] * 2**20
    if table["kind"] == "database":
        given["url"] = resolve.database_url(table["url"], folder, environ)
    else:
        given["path"] = resolve.absolute(table["path"], folder, environ)
    return SourceSpec(
        name=name,
        declared_in=path,
        records=table.get("records", ".").strip("/") or ".",
        timezone=table.get("timezone", regulation.timezone),
        date_formats=tuple(table.get("date_formats", ["iso"])),
        columns=dict(table.get("columns", {})),
        constants={k: str(v) for k, v in table.get("constants", {}).items()},
        values={
            field: {word: str(code) for word, code in words.items()}
            for field, words in table.get("values", {}).items()
        },
        steps=dict(table.get("steps", {})),
        where={
            column: tuple(str(word) for word in (words if isinstance(words, list) else [words]))
            for column, words in table.get("where", {}).items()
        },
        events=NestedEvents(**table["events"]) if table.get("events") else None,
        **given,
    )


def _all_known(only: Sequence[str], named: Mapping[str, object], path: Path) -> None:
    unknown = [name for name in only if name not in named]
    if unknown:
        raise KezekError(
            f"There is no source {', '.join(unknown)} in {path}; there are {', '.join(named)}."
        )

"""``sources.toml``: where each export lies and how its columns and words map."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from etl.sample.authority import LAYOUT as BASE
from etl.sample.authority import SUFFIX
from etl.sample.centres import LAYOUT as JOURNAL
from etl.sample.centres import PLACE as CENTRE_PLACE
from etl.sample.envelope import PAYLOAD_ELEMENT
from etl.sample.folder import REGISTER
from etl.sample.parameters import CENTRES, STEPS
from etl.sample.register import CATEGORY_NUMBERS, COLUMNS, REASON_NUMBERS, TABLE
from etl.sample.words import (
    AUTHORITY_HEADER,
    AUTHORITY_SHEET,
    CENTRE_HEADER,
    RESULTS,
    SPELLINGS,
    SURVEY_HEADERS,
    SURVEY_SHEET,
    Spellings,
    all_place_names,
)

Value = str | int | list[str]
Table = Mapping[str, "Value | Table"]

_HEAD: Final = """\
# Where the records of each channel come from and how their columns and words map to codes.
# Paths are relative to this file. Made by `kezek sample` for the exports of a synthetic city;
# a real city describes its own systems in the same way.

as_of = {as_of}  # the day on which these exports were made

"""


def sources_toml(directory: Path, file: Path, as_of: date) -> str:
    """The text of the sources file that lies at ``file`` and tells of ``directory``."""
    relative = Path(os.path.relpath(directory, file.parent)).as_posix()
    folder = "" if relative == "." else f"{relative}/"
    document: dict[str, Table] = {
        "templates.centre": _centre(),
        "sources.authority": _authority(folder),
        **{
            f"sources.{centre.source}": {
                "extends": "centre",
                "path": f"{folder}centres/{centre.code}/*.csv",
                "encoding": centre.encoding,
                "key_prefix": centre.prefix,
            }
            for centre in CENTRES
        },
        "sources.portal": _portal(folder),
        "sources.register": _register(folder),
        "sources.surveys_csv": _surveys("csv", folder),
        "sources.surveys_xlsx": _surveys("xlsx", folder),
    }
    tables = (line for name, table in document.items() for line in _toml(name, table))
    return _HEAD.format(as_of=as_of.isoformat()) + "\n".join(tables)


def _authority(folder: str) -> Table:
    head = AUTHORITY_HEADER
    return {
        "entity": "cases",
        "kind": "xlsx",
        "path": f"{folder}authority/*.xlsx",
        "sheet": AUTHORITY_SHEET,
        "header_row": 3,
        "date_formats": ["%d.%m.%Y", f"%d.%m.%Y{SUFFIX}"],
        "columns": {
            "case_id": head[BASE.key],
            "iin": head[BASE.iin],
            "category": head[BASE.category],
            "executor": head[BASE.executor],
            "outcome": head[BASE.outcome],
            "queue_number": head[BASE.outcome + 1],
        },
        "constants": {"channel": "direct", "service_point": "authority"},
        "values": {
            "category": _spellings(SPELLINGS["kk"]),
            "outcome": _spellings(RESULTS["kk"]),
        },
        "steps": dict(zip(STEPS["direct"], head[BASE.steps], strict=True)),
    }


def _centre() -> Table:
    head = CENTRE_HEADER
    return {
        "entity": "cases",
        "kind": "csv",
        "delimiter": ";",
        "date_formats": ["%d.%m.%Y %H:%M"],
        "columns": {
            "case_id": head[JOURNAL.key],
            "iin": head[JOURNAL.iin],
            "category": head[JOURNAL.category],
            "service_point": head[CENTRE_PLACE],
            "executor": head[JOURNAL.executor],
            "outcome": head[JOURNAL.outcome],
            "queue_number": head[JOURNAL.outcome + 1],
        },
        "constants": {"channel": "psc"},
        "values": {
            "category": _spellings(SPELLINGS["ru"]) | _spellings(SPELLINGS["kk"]),
            "service_point": all_place_names(),
            "outcome": _spellings(RESULTS["ru"]) | _spellings(RESULTS["kk"]),
        },
        "steps": dict(zip(STEPS["psc"], head[JOURNAL.steps], strict=True)),
    }


def _portal(folder: str) -> Table:
    return {
        "entity": "cases",
        "kind": "gateway",
        "path": f"{folder}portal/*.xml",
        "records": PAYLOAD_ELEMENT,
        "columns": {
            "case_id": "message/correlationId",
            "iin": "iin",
            "category": "category",
            "outcome": "outcome",
            "queue_number": "queueNumber",
        },
        "constants": {"channel": "portal", "service_point": "portal"},
        "events": {"path": "event", "step": "@step", "at": "@at"},
    }


def _register(folder: str) -> Table:
    names = ("entry_id", "number", "category", "registered_on", "removed_on", "reason", "iin")
    return {
        "entity": "queue",
        "kind": "database",
        "url": f"sqlite:///{folder}{REGISTER}",
        "table": TABLE,
        "columns": dict(zip(names, COLUMNS, strict=True)),
        "values": {"category": CATEGORY_NUMBERS, "reason": REASON_NUMBERS},
    }


def _surveys(kind: str, folder: str) -> Table:
    form: Table = (
        {"delimiter": ";", "encoding": "utf-8-sig"}
        if kind == "csv"
        else {"sheet": SURVEY_SHEET, "header_row": 2}
    )
    names = ("response_id", "service_point", "answered_on", "q1", "q2")
    return {
        "entity": "surveys",
        "kind": kind,
        "path": f"{folder}surveys/{kind}/*.{kind}",
        **form,
        "date_formats": ["%d.%m.%Y"],
        "columns": dict(zip(names, SURVEY_HEADERS[kind], strict=True)),
        "values": {"service_point": all_place_names()},
    }


def _spellings(words: Spellings) -> dict[str, str]:
    return {word: code for code, spelt in words.items() for word in spelt}


def _toml(name: str, table: Table) -> Iterator[str]:
    """A table and those inside it; names of columns and spellings are quoted."""
    own = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if own:
        yield f"[{name}]"
        for key, value in own.items():
            yield f"{_key(key)} = {json.dumps(value, ensure_ascii=False)}"
        yield ""
    for key, inner in table.items():
        if isinstance(inner, Mapping):
            yield from _toml(f"{name}.{_key(key)}", inner)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)

"""Sources for tests: described in code, read, mapped and judged in one go."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from etl import contract, extract, mapping
from etl.contract import Checked
from etl.extract.files import RawFile
from etl.regulation.model import Regulation
from etl.sources import SourceSpec
from tests.support.regulations import small_town

FOLDER = Path("exports")
AS_OF = date(2013, 12, 31)


def spec(**given: Any) -> SourceSpec:
    """A source of cases in CSV, in Almaty's time; ``given`` overrides."""
    default = {
        "name": "desk",
        "entity": "cases",
        "kind": "csv",
        "declared_in": FOLDER / "sources.toml",
        "timezone": "Asia/Almaty",
        "columns": {"case_id": "id"},
    }
    return SourceSpec(**{**default, **given})


def raw_file(data: bytes, name: str = "export") -> RawFile:
    """A file that nobody had to write to a disk."""
    return RawFile(name, data, len(data), hashlib.sha256(data).hexdigest())


def judged(
    source: SourceSpec,
    regulation: Regulation,
    *,
    as_of: date = AS_OF,
    pseudonym_key: str | None = None,
) -> Checked:
    """The source read from its files, mapped and judged."""
    mapped = mapping.apply(source, extract.read(source), regulation=regulation)
    return contract.check(mapped, regulation=regulation, as_of=as_of, pseudonym_key=pseudonym_key)


def judged_text(folder: Path, text: str, source: SourceSpec, **given: Any) -> Checked:
    """A CSV file of that text, judged by the rules of the small town."""
    path = folder / "export.csv"
    path.write_text(text, "utf-8")
    return judged(replace(source, path=path), small_town(), **given)


def values(column: pd.Series) -> list[object]:
    """What a column holds, null as None."""
    return column.astype(object).where(column.notna(), None).tolist()


def rejects(checked: Checked) -> list[tuple[object, ...]]:
    """record, rule, column and value of everything that stays out."""
    columns = [values(checked.rejects[c]) for c in ("record", "rule", "column", "value")]
    return list(zip(*columns, strict=True))

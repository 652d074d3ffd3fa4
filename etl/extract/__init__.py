"""From files, databases and gateway messages to columns: one module for each kind of source."""

from __future__ import annotations

from etl.extract import (
    cells,
    database,
    delimited,
    documents,
    files,
    gateway,
    personal,
    workbook,
)
from etl.extract.model import Extract, FileInfo
from etl.sources.model import SourceSpec

__all__ = ["Extract", "FileInfo", "fingerprints", "read"]

_ONE_FILE = {"csv": delimited.read, "xlsx": workbook.read, "json": documents.read}


def fingerprints(spec: SourceSpec) -> list[tuple[str, str]] | None:
    """Name and sha256 of each file that ``read`` would read; None where only reading can tell.

    Raises KezekError as ``read`` does for files that are not there or cannot be read.
    """
    if spec.kind == "database":
        return database.fingerprints(spec)
    return [files.fingerprint(spec, path) for path in files.found(spec)]


def read(spec: SourceSpec) -> Extract:
    """Everything that ``spec`` names: all of it, or a KezekError. IINs stand in the column that the
    mapping has for them and nowhere else."""
    return personal.masked(spec, _as_given(spec))


def _as_given(spec: SourceSpec) -> Extract:
    if spec.kind == "database":
        return database.read(spec)
    opened = (files.opened(spec, path) for path in files.found(spec))
    if spec.kind == "gateway":
        return gateway.read(spec, opened)
    extract = cells.concatenated([_ONE_FILE[spec.kind](spec, file) for file in opened])
    if spec.kind == "json":
        documents.require_fields(spec, extract)
    return extract

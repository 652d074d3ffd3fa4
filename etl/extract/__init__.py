"""From files, databases and gateway messages to columns: one module for each kind of source."""

from __future__ import annotations

from dataclasses import replace

from etl.extract import cells, database, files, personal
from etl.extract.model import Extract, FileInfo, Part
from etl.extract.reading import Reading
from etl.identity import without_iin
from etl.sources.model import SourceSpec

__all__ = ["Extract", "FileInfo", "Part", "Reading", "fingerprints", "read", "read_part", "size"]


def fingerprints(spec: SourceSpec) -> list[tuple[str, str]] | None:
    """Name and sha256 of each file that ``read`` would read; None where only reading can tell.

    Raises KezekError as ``read`` does for files that are not there or cannot be read.
    """
    if spec.kind == "database":
        told = database.fingerprints(spec)
    else:
        told = [files.fingerprint(spec, path) for path in files.found(spec)]
    return told and [(without_iin(name), sha256) for name, sha256 in told]


def size(spec: SourceSpec) -> int | None:
    """How many bytes the source's files have; None where only reading can tell how much there is:
    of a server's table, of a query, and where a file is packed with gzip.

    Raises KezekError as ``read`` does for files that are not there or cannot be read.
    """
    return database.size(spec) if spec.kind == "database" else files.size(spec)


def read_part(spec: SourceSpec, part: Part) -> Extract:
    """The records of one part. IINs stand in the column that the mapping has for them and nowhere
    else. Raises KezekError for a file that is damaged or has other columns."""
    return personal.masked(spec, part.read(spec))


def read(spec: SourceSpec) -> Extract:
    """Everything that ``spec`` names, as one: all of it, or a KezekError."""
    reading = Reading(spec)
    extracts = []
    for part in reading.parts():
        extract = read_part(spec, part)
        reading.note(part, extract.files, extract.blank)
        extracts.append(extract)
    return replace(cells.concatenated(extracts), files=reading.files())

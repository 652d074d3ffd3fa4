"""From files, databases and gateway messages to columns: one module for each kind of source."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from etl.extract import cells, database, files, personal
from etl.extract.chosen import chosen
from etl.extract.model import Extract, FileInfo, Fingerprint, Part
from etl.extract.reading import Reading
from etl.sources.model import SourceSpec

__all__ = [
    "Extract",
    "FileInfo",
    "Fingerprint",
    "Part",
    "Reading",
    "fingerprints",
    "read",
    "read_part",
    "size",
]


def fingerprints(spec: SourceSpec, known: Mapping[str, str]) -> list[Fingerprint] | None:
    """Of each file that ``read`` would read; None where only reading can tell. ``known``: the
    sha256 of files that need not be read for it, by their stamp.

    Raises KezekError as ``read`` does for files that are not there or cannot be read.
    """
    if spec.kind == "database":
        return database.fingerprints(spec)
    return [files.fingerprint(spec, path, known) for path in files.found(spec)]


def size(spec: SourceSpec, *, known: Collection[str] = (), since: str | None = None) -> int | None:
    """How many bytes of the source's files are to be read, ``known`` and ``since`` as `Reading` has
    them; None where only reading can tell: of a server's table, of a query or what changed in a
    table, and where a file is packed with gzip.

    Raises KezekError as ``read`` does for files that are not there or cannot be read.
    """
    if spec.kind != "database":
        return files.size(spec, known)
    return database.size(spec) if since is None else None


def read_part(spec: SourceSpec, part: Part) -> Extract:
    """The records of one part that are asked for. IINs stand in the column that the mapping has for
    them and nowhere else. Raises KezekError for a file that is damaged or has other columns."""
    return personal.masked(spec, chosen(spec, part.read(spec)))


def read(spec: SourceSpec) -> Extract:
    """Everything that ``spec`` names, as one: all of it, or a KezekError."""
    reading = Reading(spec)
    extracts = []
    for part in reading.parts():
        extract = read_part(spec, part)
        reading.note(part, extract.files, extract.blank)
        extracts.append(extract)
    return replace(cells.concatenated(extracts), files=reading.files())

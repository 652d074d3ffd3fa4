"""XML files of records: elements that repeat at a path below the outermost one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from etl.errors import KezekError
from etl.extract import cells
from etl.extract.files import RawFile
from etl.extract.model import REPEATED_NAME, Extract
from etl.extract.payloads import (
    DocumentTypeError,
    Fields,
    NotXMLError,
    Payload,
    PayloadReader,
    Wanted,
)
from etl.sources.model import SourceSpec

_CHUNK = 2**20
_NAMED = 20  # so many names a message repeats


def read(spec: SourceSpec, file: RawFile) -> Extract:
    """The records of one file; ``row`` counts them from 1.

    A record in which a mapped element stands twice with different texts becomes
    ``repeated_name``. Raises KezekError for a file that is no whole XML or has a document type,
    and for one that has no such elements but others in their place.
    """
    numbered = list(enumerate(_payloads(spec, file), start=1))
    sound = [(row, payload) for row, payload in numbered if not payload.contradictory]
    records = [payload.fields for _, payload in sound]
    columns = {name: _column(name, records) for name in spec.source_columns}
    place = cells.placed(file.name, [row for row, _ in sound])
    faults = cells.faulty(
        (file.name, row, REPEATED_NAME, "<…> × 2", _digest(file, payload))
        for row, payload in numbered
        if payload.contradictory
    )
    nested = _nested(spec, [payload for _, payload in sound]) if spec.events else None
    return cells.assembled(columns, place, file.info(len(numbered)), faults, nested)


def _payloads(spec: SourceSpec, file: RawFile) -> list[Payload]:
    reader = _Reader(_wanted(spec), spec.records.lower().split("/"))
    try:
        reader.read(file.data)
    except DocumentTypeError:
        raise KezekError(
            f"{file.name} has a document type (DOCTYPE), which an export needs not have; "
            "nothing of it was used: remove the file or ask who sent it."
        ) from None
    except NotXMLError as error:
        raise KezekError(
            f"{file.name} is no whole XML ({error}); fetch it again, none of it was used."
        ) from None
    if not reader.found and reader.beside:
        there = ", ".join(map(repr, list(reader.beside)[:_NAMED]))
        raise KezekError(
            f"{file.name} has no element {spec.records!r}, in its place is {there}; "
            f"correct records in [sources.{spec.name}]."
        )
    return reader.found


def _wanted(spec: SourceSpec) -> Wanted:
    events = spec.events
    inner = (events.step, events.at, events.event_id, events.actor) if events else ()
    return Wanted(
        payload=spec.records.lower().rpartition("/")[2],
        paths=frozenset(path.lower() for path in spec.source_columns),
        repeated=events.path.lower() if events else None,
        inner=frozenset(path.lower() for path in inner if path),
    )


class _Reader(PayloadReader):
    """Follows a path of names from the outermost element down to each record."""

    def __init__(self, wanted: Wanted, path: Sequence[str]) -> None:
        super().__init__(wanted)
        self._path = path
        self._depth = 0  # elements that are open
        self._followed = 0  # how many of them, from the outermost on, are those of the path
        self.found: list[Payload] = []
        self.beside: dict[str, None] = {}  # where the path was left: paths, once each
        self._read_outside()

    def read(self, data: bytes) -> None:
        """All records of the document. Raises as ``_parse`` does."""
        for start in range(0, len(data), _CHUNK):
            self._parse(data[start : start + _CHUNK], last=False)
        self._parse(b"", last=True)

    def _read_outside(self) -> None:
        self._parser.StartElementHandler = self._start_outside
        self._parser.EndElementHandler = self._end_outside

    def _start_outside(self, name: str, attributes: Fields) -> None:
        tag = self._local[name]
        if self._followed == self._depth:
            if tag != self._path[self._depth]:
                self.beside["/".join([*self._path[: self._depth], tag])] = None
            elif self._depth == len(self._path) - 1:
                self.found.append(self._read_payload(attributes))
                return
            else:
                self._followed += 1
        self._depth += 1

    def _end_outside(self, _name: str) -> None:
        self._depth -= 1
        self._followed = min(self._followed, self._depth)

    def _payload_ended(self) -> None:
        self._read_outside()


def _column(path: str | None, records: Sequence[Fields]) -> cells.Column:
    return cells.column([None if path is None else record.get(path.lower()) for record in records])


def _nested(spec: SourceSpec, payloads: Sequence[Payload]) -> pd.DataFrame:
    counts = [len(payload.events) for payload in payloads]
    events = [event for payload in payloads for event in payload.events]
    names = ("step", "at", "event_id", "actor")
    told = {name: _column(getattr(spec.events, name), events)[0] for name in names}
    return pd.DataFrame({"record": np.repeat(np.arange(len(counts)), counts), **told})


def _digest(file: RawFile, payload: Payload) -> str:
    start, end = payload.span
    return hashlib.blake2b(file.data[start:end], digest_size=16).hexdigest()

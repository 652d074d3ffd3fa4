"""What an extractor hands on: the records of one source, still in the source's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import pandas as pd

from etl.sources.model import SourceSpec

BAD_ENCODING, RAGGED_ROW, REPEATED_NAME = UNREADABLE_RULES = (
    "bad_encoding",
    "ragged_row",
    "repeated_name",
)


@dataclass(frozen=True)
class FileInfo:
    """One file (or table) that was read. ``size`` and ``sha256`` are null for a server's table,
    ``stamp`` wherever `Fingerprint` has none."""

    name: str
    size: int | None
    sha256: str | None
    rows: int
    stamp: str | None = None

    def as_json(self) -> dict[str, str | int | None]:
        """As the ledger keeps it."""
        return asdict(self)


class Fingerprint(NamedTuple):
    """By what a file is known. A file that has the ``stamp`` of before is the same to the byte;
    None where that could not be relied on."""

    name: str
    sha256: str
    stamp: str | None = None


@dataclass(frozen=True)
class Extract:
    """The records of one source.

    ``records``: one row a record (RangeIndex), the source's columns as ``str``, stripped, blank =
    null. ``native``: for columns where the source holds real dates, the same rows as
    ``datetime64[us]``, naive (local) or in UTC; the text of such a cell is its ISO form.
    ``place``: ``file`` (str), ``row`` (int64, as an editor or a spreadsheet counts). ``nested``:
    ``record`` (int64), ``step``, ``at``, ``event_id``, ``actor`` (str), in the source's order.
    ``unreadable``: records that could not be taken apart: ``file``, ``row``, ``rule`` (one of
    ``UNREADABLE_RULES``), ``value`` (none of the record's own), ``digest`` (32 hex of the bytes).
    """

    records: pd.DataFrame
    place: pd.DataFrame
    files: tuple[FileInfo, ...]
    unreadable: pd.DataFrame
    native: Mapping[str, pd.Series] = field(default_factory=dict)
    nested: pd.DataFrame | None = None

    @property
    def blank(self) -> frozenset[str] | None:
        """The columns in which no record holds anything; None where there is no record."""
        if self.records.empty:
            return None
        return frozenset(str(name) for name in self.records if self.records[name].isna().all())


@dataclass(frozen=True)
class Part:
    """A part of a source that can be read by itself: by this process, another one, or another
    machine, for it brings its bytes along.

    ``file``: the position of its file among those of the source. ``size``: of the bytes.
    """

    read: Callable[[SourceSpec], Extract]
    file: int
    size: int

"""What a ``sources.toml`` says, as frozen data: where records come from and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

Entity = Literal["cases", "events", "queue", "surveys"]
Kind = Literal["csv", "xlsx", "json", "xml", "gateway", "database"]

ENTITIES: tuple[Entity, ...] = ("cases", "events", "queue", "surveys")  # the order of loading
MAX_REJECTED = (
    0.2  # a fifth: what clerks mistype is a few in a hundred, a changed format nearly all
)
MAX_UNPACKED = 4 * 2**30  # the exports of many years; what is packed to do harm gives more
KINDS: tuple[Kind, ...] = ("csv", "xlsx", "json", "xml", "gateway", "database")


@dataclass(frozen=True)
class NestedEvents:
    """Events that stand inside a record: paths from the record (``path``) and from each event."""

    path: str
    step: str
    at: str
    event_id: str | None = None
    actor: str | None = None


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """One source, validated. Paths are still patterns: files are looked for when it is read."""

    name: str
    entity: Entity
    kind: Kind
    declared_in: Path  # the sources.toml, for messages
    path: Path = Path()  # absolute, may be a pattern; of no use to a database
    sheet: str | None = None
    header_row: int = 1
    header_rows: int = 1  # lines of the header, from header_row on
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    url: str = field(default="", repr=False)  # may hold a password
    table: str = ""
    query: str = ""
    watermark: str = ""  # the column that says when a row of the table was last changed
    overlap_hours: int = 24  # by how much earlier than the last watermark the next run asks
    snapshot: bool = False  # it lists all that there is: what it lists no longer is gone
    timezone: str
    date_formats: tuple[str, ...] = ("iso",)
    key_prefix: str = ""
    max_unpacked: int = MAX_UNPACKED  # bytes that come of a packed file, or of a workbook
    max_rejected: float = MAX_REJECTED  # the share, 0..1, of its records above which a run stops
    records: str = "."
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # words of records asked for
    events: NestedEvents | None = None

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Every column that the mapping reads, once each, in the order of the mapping."""
        return tuple(dict.fromkeys((*self.columns.values(), *self.steps.values(), *self.where)))

    def gives(self, canonical: str) -> bool:
        """Whether the mapping says where that canonical field comes from."""
        return canonical in self.columns or canonical in self.constants


@dataclass(frozen=True)
class Sources:
    """The chosen sources in the order to load them: cases, events, queue, surveys.

    ``declared``: every source of the file, chosen or not, in that order, and what it tells of.
    """

    as_of: date | None
    sources: tuple[SourceSpec, ...]
    declared: Mapping[str, Entity] = field(default_factory=dict)

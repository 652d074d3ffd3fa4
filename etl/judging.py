"""A part of a source from its bytes to rows for the database: here, or wherever it is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date

from etl import contract, extract, load, mapping
from etl.extract import FileInfo, Part
from etl.regulation.model import Regulation
from etl.sources import SourceSpec


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the judging of a source needs beside its parts; ``known`` and ``since`` as `Reading`
    has them."""

    spec: SourceSpec
    regulation: Regulation
    as_of: date
    pseudonym_key: str | None = field(repr=False)  # a scheduler logs what fails, by its repr
    known: frozenset[str] = frozenset()
    since: str | None = None

    @property
    def full(self) -> bool:
        """Whether everything that the source holds is read."""
        return not self.known and self.since is None

    @property
    def whole_events(self) -> bool:
        """Whether a record tells the whole course of its case; a gateway's message tells a part."""
        spec = self.spec
        return bool(spec.steps) or (spec.events is not None and spec.kind != "gateway")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A part, read and judged. ``blank``: the columns in which no record of it holds anything, None
    where there is no record; ``seconds``: what it took."""

    files: tuple[FileInfo, ...]
    blank: frozenset[str] | None
    prepared: load.Prepared
    seconds: float


def judge(task: Task, part: Part) -> Judged:
    """Read, map and judge one part; says nothing to anybody and touches no database.

    Raises KezekError for a file that is damaged or has other columns than the mapping.
    """
    began = time.perf_counter()
    read = extract.read_part(task.spec, part)
    mapped = mapping.apply(task.spec, read, regulation=task.regulation)
    checked = contract.check(
        mapped, regulation=task.regulation, as_of=task.as_of, pseudonym_key=task.pseudonym_key
    )
    batch = load.Batch(source=task.spec.name, checked=checked, whole_events=task.whole_events)
    return Judged(
        files=read.files,
        blank=read.blank,
        prepared=load.prepared(batch, zone=task.regulation.zone),
        seconds=time.perf_counter() - began,
    )

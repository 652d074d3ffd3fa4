"""SQLite warehouses of the present schema, made once a process and copied."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from etl.databases import open_engine
from etl.migrate import upgrade


def migrated(path: Path) -> str:
    """The address of an empty one that is written to ``path``."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@functools.cache
def _migrated() -> bytes:
    return made(upgrade)


def made(make: Callable[[Engine], object]) -> bytes:
    """The file of a warehouse that ``make`` makes of an empty database."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kezek.db"
        engine = open_engine(f"sqlite:///{path}")
        make(engine)
        engine.dispose()  # which brings its log into the file
        return path.read_bytes()

"""Empty SQLite warehouses of the present schema, migrated once a process and copied."""

from __future__ import annotations

import functools
from pathlib import Path
from tempfile import TemporaryDirectory

from etl.databases import open_engine
from etl.migrate import upgrade


def migrated(path: Path) -> str:
    """The address of one that is written to ``path``."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@functools.cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kezek.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        engine.dispose()  # which brings its log into the file
        return path.read_bytes()

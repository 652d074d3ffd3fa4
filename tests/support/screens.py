"""An application over a warehouse, without a server: for tests that need no browser."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient

from dashboard.access import Reader, Role
from dashboard.app import KezekDash, create_app
from dashboard.settings import Settings
from etl.databases import open_engine
from etl.regulation.model import Regulation
from tests.support.city import AS_OF, fill, random_city
from tests.support.migrated import migrated
from tests.support.serving import SECRET


def database(folder: Path, regulation: Regulation | None = None, **size: int) -> str:
    """The address of a migrated SQLite warehouse in ``folder``; with a city, where one is asked."""
    url = migrated(folder / "kezek.db")
    if regulation is not None:
        engine = open_engine(url)
        fill(engine, random_city(regulation, **size))
        engine.dispose()
    return url


AKIM = Reader(login="akim", role=Role.AKIM)
"""Who asks where a test does not say who."""

HEAD = Reader(login="head", role=Role.HEAD, service_points=frozenset({"medeu"}))
OPERATOR = Reader(login="operator", role=Role.OPERATOR, service_points=frozenset({"medeu"}))
ANALYST = Reader(login="analyst", role=Role.ANALYST)
ADMIN = Reader(login="admin", role=Role.ADMIN)
READERS = (AKIM, HEAD, OPERATOR, ANALYST, ADMIN)


def application(url: str, reader: Reader | None = AKIM) -> KezekDash:
    """The application over the warehouse at ``url``, on the day that the cities end."""
    return create_app(Settings(database_url=url, today=AS_OF, secret=SECRET), reader=reader)


def client(url: str, reader: Reader | None = AKIM) -> FlaskClient:
    """Somebody who asks that application."""
    asking: FlaskClient = application(url, reader).server.test_client()
    return asking

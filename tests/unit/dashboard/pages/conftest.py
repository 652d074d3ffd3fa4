"""A request to the application over a small city, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from dashboard import access, context
from dashboard.access import Reader
from dashboard.app import create_app
from dashboard.context import Context
from dashboard.settings import Settings
from tests.support import screens
from tests.support.city import City, Filling, random_city
from tests.support.regulations import almaty

MakeContext = Callable[..., Context]


_CITY = Filling(lambda: random_city(almaty(), seed=3, cases=300, entries=20, responses=40))


@pytest.fixture
def filling() -> Filling:
    return _CITY


@pytest.fixture
def town(filling: object) -> City:
    """The rows of the city that lies in ``engine``."""
    return _CITY.city


@pytest.fixture
def request_for(town: City, database_url: str) -> Iterator[MakeContext]:
    """``request_for("/overdue", "?show=both")``: what a page is given for an address."""
    app = create_app(
        Settings(database_url=database_url, today=date(2013, 12, 31), language="en"),
        reader=screens.AKIM,
    )
    with app.server.test_request_context():

        def make(
            path: str = "/overdue", search: str = "", reader: Reader = screens.AKIM
        ) -> Context:
            access.admit(reader)
            found = context.current(path, search)
            assert found is not None
            return found

        yield make
    app.house.engine.dispose()

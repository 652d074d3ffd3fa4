"""An application as each reader has it over one city; one that people sign in at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.app import KezekDash
from tests.support import screens
from tests.support.desk import Town, Visitor
from tests.support.doors import EVERYBODY, name_of
from tests.support.regulations import almaty


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=300, responses=60)


@pytest.fixture(scope="module")
def houses(url: str) -> Iterator[dict[str, KezekDash]]:
    """The application as each reader has it; the warehouse behind is one."""
    made = {name_of(reader): screens.application(url, reader) for reader in EVERYBODY}
    yield made
    for app in made.values():
        app.house.engine.dispose()


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    """An application that people sign in at, over an empty warehouse."""
    made = Town(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def visitor(town: Town) -> Visitor:
    """Somebody who comes to it, and whose account is aigul's."""
    town.account()
    return town.visitor()

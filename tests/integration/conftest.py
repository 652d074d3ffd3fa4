"""An application as each reader has it, over one city: for tests of who is told what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.app import KezekDash
from tests.support import screens
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

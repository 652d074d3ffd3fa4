"""Pages are ready before they are asked for: what they read was read beforehand, and is read again
when something has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event

from dashboard import readiness
from dashboard.app import KezekDash
from tests.support import drawing, screens
from tests.support.city import new_version
from tests.support.regulations import almaty

PATHS = ("/", "/queue", "/times", "/satisfaction")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[KezekDash]:
    app = screens.application(screens.database(tmp_path, almaty()))
    yield app
    app.house.engine.dispose()


@pytest.fixture
def said(app: KezekDash) -> list[str]:
    """Every statement that the application gives to the warehouse from now on."""
    said: list[str] = []

    @event.listens_for(app.house.engine, "before_cursor_execute")
    def note(*told: object) -> None:
        said.append(str(told[2]))

    return said


def reads_of_marts(said: list[str]) -> list[str]:
    """Of the marts that are kept; the times of steps are asked of anew for every question."""
    return [
        statement for statement in said if " mart_" in statement and "mart_step" not in statement
    ]


def draw(app: KezekDash) -> None:
    client = app.server.test_client()
    for path in PATHS:
        assert drawing.ask(client, path, "?lang=ru").status_code == 200


class Turns:
    """Lets so many more looks at the warehouse pass; before each of them something happens."""

    def __init__(self, *happens: Callable[[], None]) -> None:
        self._happens = list(happens)

    def is_over(self, _seconds: float) -> bool:
        if not self._happens:
            return True
        self._happens.pop(0)()
        return False


def nothing() -> None:
    """Happens."""


def test_who_comes_first_reads_no_mart(app: KezekDash, said: list[str]) -> None:
    # When
    readiness.get_ready(app)
    beforehand = reads_of_marts(said)
    said.clear()
    draw(app)
    # Then
    assert beforehand
    assert reads_of_marts(said) == []


def test_nothing_is_written(app: KezekDash, said: list[str]) -> None:
    readiness.get_ready(app)
    assert {statement.split()[0] for statement in said} <= {"BEGIN", "SELECT"}


def test_it_is_done_again_after_a_change_and_not_without_one(
    app: KezekDash, said: list[str]
) -> None:
    # Given
    numbers: list[int] = []

    def count() -> None:
        numbers.append(len(reads_of_marts(said)))

    def change() -> None:
        count()
        with app.house.engine.begin() as connection:
            new_version(connection)

    # When
    readiness.keep(app, is_over=Turns(count, change, count).is_over)
    # Then
    first, unchanged, changed = numbers
    assert first == unchanged > 0
    assert changed == 2 * first


def test_a_fault_ends_nothing(app: KezekDash, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a warehouse that does not answer at first
    drawn: list[date] = []
    states = iter([OSError("gone"), (1, date(2014, 1, 1)), (1, date(2014, 1, 2))])

    def state(_app: KezekDash) -> tuple[int, date]:
        found = next(states)
        if isinstance(found, Exception):
            raise found
        drawn.append(found[1])
        return found

    ready: list[int] = []
    monkeypatch.setattr(readiness, "_state", state)
    monkeypatch.setattr(readiness, "get_ready", lambda _app: ready.append(len(drawn)))
    # When
    readiness.keep(app, is_over=Turns(nothing, nothing).is_over)
    # Then it was looked at again, and made ready for either day
    assert ready == [1, 2]


def test_an_empty_warehouse_is_waited_for(tmp_path: Path) -> None:
    app = screens.application(screens.database(tmp_path))
    readiness.keep(app, is_over=Turns(nothing).is_over)
    app.house.engine.dispose()

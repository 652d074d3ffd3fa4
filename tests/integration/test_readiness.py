"""Pages are ready before they are asked for: what they read was read beforehand, and is read again
when something has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from dashboard import readiness
from dashboard.app import KezekDash
from dashboard.pages import overview
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


def test_it_is_done_again_once_a_change_has_come_to_rest(app: KezekDash, said: list[str]) -> None:
    # Given
    numbers: list[int] = []

    def count() -> None:
        numbers.append(len(reads_of_marts(said)))

    def change() -> None:
        count()
        with app.house.engine.begin() as connection:
            new_version(connection)

    # When
    readiness.keep(app, is_over=Turns(count, change, change, count, count).is_over)
    # Then
    first, unchanged, changing, changed, at_rest = numbers
    assert first == unchanged == changing == changed > 0
    assert at_rest == 2 * first


def test_a_page_that_fails_keeps_no_other_from_being_ready(
    app: KezekDash, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    def fail(*_given: object, **_more: object) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr(overview, "layout", fail)
    # When
    readiness.get_ready(app)
    said.clear()
    client = app.server.test_client()
    assert drawing.ask(client, "/queue", "?lang=ru").status_code == 200
    # Then
    assert reads_of_marts(said) == []


def test_a_warehouse_that_does_not_answer_is_looked_at_again(
    app: KezekDash, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given one that is gone for a while
    def gone(_engine: object) -> int:
        raise OSError("gone")

    monkeypatch.setattr("dashboard.queries.data_version", gone)
    seen: list[int] = []

    def comes_back() -> None:
        seen.append(len(reads_of_marts(said)))
        monkeypatch.undo()

    # When
    readiness.keep(app, is_over=Turns(comes_back).is_over)
    # Then
    assert seen == [0]
    assert reads_of_marts(said)


def test_an_empty_warehouse_has_nothing_to_get_ready(tmp_path: Path) -> None:
    app = screens.application(screens.database(tmp_path))
    drawn: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview, "layout", lambda *_given, **_more: drawn.append("overview"))
        readiness.get_ready(app)
    app.house.engine.dispose()
    assert drawn == []

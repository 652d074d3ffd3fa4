"""What was read is kept while it holds, and asked for once while a page is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import count
from threading import Event

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import DBAPIError

from dashboard import pages, queries
from dashboard.components import comparison
from dashboard.queries import keeping
from dashboard.queries.reading import connected
from etl import versions
from etl.warehouse import version
from tests.support import drawing, screens
from tests.support.regulations import almaty

MOST = 11
"""Statements of a page or a file; none asks for a measure, a month or an office by itself."""


def change(engine: Engine, number: int, *, run_id: int | None = 1) -> None:
    """What every load does, and without a run every form."""
    with engine.begin() as connection:
        versions.publish(connection, number, run_id=run_id, made_at=datetime(2014, 1, 1))


def test_a_value_holds_until_the_warehouse_changes(engine: Engine) -> None:
    # Given
    made = count()
    before = [queries.held(engine, "n", lambda: next(made)) for _ in range(2)]
    # When
    change(engine, 1)
    # Then
    assert before == [0, 0]
    assert queries.held(engine, "n", lambda: next(made)) == 1


def test_what_no_form_can_change_holds_until_the_next_load(engine: Engine) -> None:
    made = {"load": count(), "change": count()}

    def ask() -> list[int]:
        return [
            queries.held(engine, until, partial(next, made[until]), until=until)
            for until in ("load", "change")
        ]

    change(engine, 1)
    assert ask() == ask() == [0, 0]
    change(engine, 2, run_id=None)
    assert ask() == ask() == [0, 1]
    with queries.reading():
        assert ask() == [0, 1]
    change(engine, 3)
    assert ask() == ask() == [1, 2]


def test_who_asks_meanwhile_waits_for_what_is_being_read(engine: Engine) -> None:
    # Given somebody who reads for as long as it takes another to begin the same, if one does
    made, started, intruded = count(), Event(), Event()

    def make() -> int:
        started.set()
        intruded.wait(timeout=0.5)
        return next(made)

    def intrude() -> int:
        intruded.set()
        return next(made)

    # When
    with ThreadPoolExecutor(2) as people:
        first = people.submit(queries.held, engine, "n", make)
        assert started.wait(timeout=60)
        other = people.submit(queries.held, engine, "n", intrude)
        found = [one.result(timeout=60) for one in (first, other)]
    # Then
    assert found == [0, 0]
    assert not intruded.is_set()


def test_a_reading_that_fails_holds_nobody_up(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError):
        queries.held(engine, "n", lambda: 1 // 0)
    assert queries.held(engine, "n", lambda: 7) == 7


def test_one_page_is_drawn_of_one_version(engine: Engine) -> None:
    # Given
    made = count()
    with queries.reading():
        first = queries.held(engine, "n", lambda: next(made))
        # When
        change(engine, 1)
        # Then
        with queries.reading():
            assert queries.held(engine, "n", lambda: next(made)) == first
    assert queries.held(engine, "n", lambda: next(made)) == first + 1


def test_a_reading_goes_over_one_connection_and_gives_it_back(engine: Engine) -> None:
    opened: list[object] = []
    event.listen(engine, "checkout", lambda *_: opened.append(_))
    with queries.reading():
        for number in (1, 2):
            with connected(engine) as connection:
                connection.execute(select(version.c.version)).all()
            if number == 1:
                change(engine, 1)  # with a connection of its own
        found = queries.data_version(engine)
    # Then the second statement saw what was committed before it
    assert found == 1
    assert len(opened) == 2
    assert engine.pool.status().split("Checked out connections: ")[1] == "0"


def test_a_statement_that_fails_leaves_the_reading_its_connection(engine: Engine) -> None:
    with queries.reading():
        with pytest.raises(DBAPIError), connected(engine) as connection:
            connection.execute(text("SELECT nothing FROM nowhere"))
        assert queries.data_version(engine) == 0


def test_a_reading_keeps_nothing_for_the_next() -> None:
    made = count()
    for expected in range(2):
        with queries.reading():
            told = [queries.once("n", lambda: next(made)) for _ in range(3)]
        assert told == [expected] * 3


def test_what_is_kept_does_not_grow_without_end(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    monkeypatch.setitem(keeping._MOST, "small", 3)
    made: list[int] = []

    def ask(key: int) -> None:
        queries.held(engine, key, lambda: made.append(key))

    # When
    for key in (1, 2, 3, 1, 4, 1, 2):
        ask(key)
    # Then: the one that was not asked for longest went
    assert made == [1, 2, 3, 4, 2]


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FlaskClient, list[str]]]:
    """A client of a filled warehouse, and what was asked of it so far."""
    url = screens.database(tmp_path_factory.mktemp("held"), almaty(), cases=300)
    app = screens.application(url)
    asked: list[str] = []
    event.listen(
        app.house.engine, "before_cursor_execute", lambda *args: asked.append(str(args[2]))
    )
    yield app.server.test_client(), asked
    app.house.engine.dispose()


@pytest.mark.parametrize("path", [page.PATH for page in (*pages.load(), *pages.papers())])
def test_a_page_asks_the_warehouse_few_times(
    statements: tuple[FlaskClient, list[str]], path: str
) -> None:
    # Given
    client, asked = statements
    drawing.ask(client, path)
    asked.clear()
    # When
    drawing.ask(client, path)
    # Then
    assert len(asked) <= MOST, asked
    assert len(set(asked)) >= len(asked) - 1, "hardly anything is asked twice"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_panels_file_asks_the_warehouse_few_times(
    statements: tuple[FlaskClient, list[str]], ending: str
) -> None:
    # Given
    client, asked = statements
    address = f"/export/chart/overview/{comparison.KEY}.{ending}"
    client.get(address)
    asked.clear()
    # When
    answer = client.get(address)
    # Then
    assert answer.status_code == 200
    assert len(asked) <= MOST, asked

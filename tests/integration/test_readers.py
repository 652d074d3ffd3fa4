"""While a run writes: readers see the old state and wait for nothing, writers wait or are told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from etl import databases, identities
from etl.databases import open_engine
from etl.errors import KezekError
from etl.intake import record_survey
from tests.support.apart import DEADLINE, run_apart, run_town, wait_until
from tests.support.dump import dump
from tests.support.regulations import small_town
from tests.support.town_files import exports, write_town

TOWN = small_town()
NOW = datetime(2014, 6, 30, 12, tzinfo=UTC)
MAY_DAY = date(2013, 5, 1)
WAITS = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
ASKS_TO_WRITE = ("BEGIN IMMEDIATE", "SELECT pg_advisory_xact_lock")


@pytest.fixture
def sources(engine: Engine, tmp_path: Path) -> Path:
    """Exports that change much of what the warehouse holds."""
    run_town(engine, write_town(tmp_path / "town", **exports(40)))
    return write_town(tmp_path / "town", **exports(40, corrected=True))


@contextmanager
def _impatient(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine that waits a second for its turn to write."""
    monkeypatch.setattr(databases, "SQLITE_BUSY_SECONDS", 1)
    engine = open_engine(url)
    yield engine
    engine.dispose()


def _never_waits(engine: Engine) -> None:
    """Let a statement fail on PostgreSQL that would have to wait for a lock."""

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.execute("SET lock_timeout = '1s'")
        connection.commit()


def _enter(engine: Engine, form: str, answer: int = 1, day: date = MAY_DAY) -> None:
    record_survey(
        engine,
        TOWN,
        response_id=form,
        service_point="hall",
        answered_on=day,
        answers={"q1": answer, "q2": 1},
        now=NOW,
    )


def _forms(engine: Engine) -> set[str]:
    return {row[0] for row in dump(engine)["survey_responses"]}


def _broken(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return identities.broken(connection, regulation=TOWN)


@pytest.mark.parametrize("place", ["marts", "commit"])
def test_readers_of_a_run_that_writes_see_the_old_state_and_do_not_wait(
    engine: Engine, database_url: str, sources: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(engine)
    with (
        run_apart(database_url, sources, waits_at=place) as run,
        _impatient(database_url, monkeypatch) as reader,
    ):
        run.wait_until_there()
        if reader.dialect.name == "postgresql":
            _never_waits(reader)
        assert dump(reader) == before
        run.go_on()
        assert run.outcome() == 0
        after = dump(reader)
    assert after["run"][-1][3] == "succeeded"
    for table in ("cases", "case_clocks", "queue_entries", "survey_answers", "mart_cases"):
        assert after[table] != before[table], table


def test_a_form_entered_while_files_are_read_does_not_wait(
    engine: Engine, database_url: str, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        run_apart(database_url, sources, waits_at="read surveys") as run,
        _impatient(database_url, monkeypatch) as staff,
    ):
        run.wait_until_there()
        _enter(staff, "screen-1")
        run.go_on()
        assert run.outcome() == 0
    assert "screen-1" in _forms(engine)
    assert _broken(engine) == []


def test_a_form_that_waited_too_long_for_a_run_is_told_so_and_not_kept(
    engine: Engine, database_url: str, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        run_apart(database_url, sources, waits_at="check") as run,
        _impatient(database_url, monkeypatch) as staff,
    ):
        run.wait_until_there()
        with pytest.raises(KezekError, match="is being written by somebody else") as told:
            _enter(staff, "screen-1")
        assert "\n" not in str(told.value)
        run.go_on()
        assert run.outcome() == 0
        assert "screen-1" not in _forms(engine)
        _enter(staff, "screen-1")
    assert "screen-1" in _forms(engine)
    assert _broken(engine) == []


def test_a_form_that_waits_for_a_run_is_kept_beside_what_the_run_wrote(
    engine: Engine, database_url: str, sources: Path
) -> None:
    asked = _when_it_asks_to_write(engine)
    with (
        run_apart(database_url, sources, waits_at="done") as run,
        ThreadPoolExecutor() as staff,
    ):
        run.wait_until_there()
        entered = staff.submit(_enter, engine, "screen-1")
        assert asked.wait(DEADLINE)
        assert not entered.done()
        run.go_on()
        assert run.outcome() == 0
        entered.result(DEADLINE)
    assert {"screen-1", "s49"} <= _forms(engine)
    assert _broken(engine) == []


@pytest.mark.parametrize("default", ["read committed", "repeatable read"])
def test_two_forms_of_a_day_entered_at_once_are_both_counted_once(
    engine: Engine, database_url: str, default: str
) -> None:
    if engine.dialect.name == "postgresql":
        _isolate(engine, default)
    counts, go_on = threading.Event(), threading.Event()
    first, second = open_engine(database_url), open_engine(database_url)
    second_asks = _when_it_asks_to_write(second)

    @event.listens_for(first, "before_cursor_execute")
    def _hold(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("INSERT INTO mart_survey"):
            counts.set()
            assert go_on.wait(DEADLINE)

    with ThreadPoolExecutor() as staff:
        one = staff.submit(_enter, first, "screen-1")
        assert counts.wait(DEADLINE)
        two = staff.submit(_enter, second, "screen-2")
        two.add_done_callback(lambda _: second_asks.set())
        assert second_asks.wait(DEADLINE)
        if engine.dialect.name == "postgresql" and not two.done():
            wait_until(engine, WAITS)
        go_on.set()
        one.result(DEADLINE)
        two.result(DEADLINE)
    first.dispose()
    second.dispose()
    held = dump(engine)
    assert len(held["survey_responses"]) == 2
    assert held["mart_survey"] == [("hall", MAY_DAY, q, 1, 2) for q in ("q1", "q2")]
    assert [row[0] for row in held["version"]] == [1, 2]


def test_many_forms_entered_at_once_are_all_counted_once(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as staff:
        forms = [
            staff.submit(_enter, engine, f"screen-{n}", 1 + n % 3, date(2013, 5, 1 + n % 2))
            for n in range(12)
        ]
    for form in forms:
        form.result()
    counted = {tuple(row[1:4]): row[4] for row in dump(engine)["mart_survey"] if row[2] == "q1"}
    assert counted == {
        (date(2013, 5, 1 + day), "q1", 1 + answer): 2 for day in range(2) for answer in range(3)
    }
    assert sorted(row[0] for row in dump(engine)["version"]) == [*range(1, 13)]


def _when_it_asks_to_write(engine: Engine) -> threading.Event:
    asked = threading.Event()

    @event.listens_for(engine, "before_cursor_execute")
    def _(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith(ASKS_TO_WRITE):
            asked.set()

    return asked


def _isolate(engine: Engine, level: str) -> None:
    """Let every new connection to the database begin with that isolation."""
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(
            text(f"ALTER DATABASE {name} SET default_transaction_isolation = '{level}'")
        )
    engine.dispose()

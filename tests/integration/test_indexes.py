"""Indexes that a first load makes behind its rows: there when it has ended, and in nobody's way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from etl import connect, databases, identities, marts, warehouse
from etl.databases import open_engine
from etl.load import indexes, leave_out_indexes
from tests.support.deliveries import case_row, delivery, event_row
from tests.support.loading import load_deliveries
from tests.support.regulations import small_town

TOWN = small_town()
DELIVERIES = {
    "office": delivery(
        cases=[case_row("a"), case_row("b")],
        events=[event_row("a", "desk-start", "2013-02-03")],
    ),
    "journal": delivery(events=[event_row("b", "desk-start", "2013-02-04")]),
}
LATE = ("events", "case_clocks")


@pytest.fixture(autouse=True)
def _one_row_is_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "MANY", 0)


def _indexes(engine: Engine) -> Mapping[str, list[Any]]:
    names = inspect(engine)
    return {name: names.get_indexes(name) for name in warehouse.metadata.tables}


def _leave_out(engine: Engine, records: int = 1) -> None:
    with connect.own(engine) as connection:
        leave_out_indexes(connection, records)


def _require_sound(engine: Engine, *, events: int) -> None:
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(warehouse.events)) == events
        assert identities.broken(connection, regulation=TOWN) == []


def test_they_are_there_again_when_the_load_has_ended(engine: Engine) -> None:
    before = _indexes(engine)
    _leave_out(engine)
    without = _indexes(engine)
    assert {name for name in before if before[name] != without[name]} == set(LATE)
    assert [without[name] for name in LATE] == [[], []]
    load_deliveries(engine, TOWN, DELIVERIES)
    assert _indexes(engine) == before
    _require_sound(engine, events=2)


def test_a_small_load_after_a_run_that_was_killed_completes_them(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _indexes(engine)
    _leave_out(engine)
    monkeypatch.setattr(indexes, "MANY", 1_000)
    load_deliveries(engine, TOWN, DELIVERIES)
    load_deliveries(engine, TOWN, DELIVERIES)
    assert _indexes(engine) == before
    _require_sound(engine, events=2)


def test_a_load_that_is_undone_leaves_an_empty_table_to_the_next(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _indexes(engine)
    _leave_out(engine)
    with monkeypatch.context() as broken:
        broken.setattr(marts, "shift", None)
        with pytest.raises(TypeError):
            load_deliveries(engine, TOWN, DELIVERIES)
    load_deliveries(engine, TOWN, DELIVERIES)
    assert _indexes(engine) == before
    _require_sound(engine, events=2)


def test_a_table_that_holds_rows_keeps_its_indexes(engine: Engine) -> None:
    load_deliveries(engine, TOWN, DELIVERIES)
    before = _indexes(engine)
    _leave_out(engine)
    assert _indexes(engine) == before


def test_few_records_leave_them_as_they_are(engine: Engine) -> None:
    before = _indexes(engine)
    _leave_out(engine, records=0)
    assert _indexes(engine) == before


def test_they_stay_while_somebody_reads_the_table(engine: Engine) -> None:
    before = _indexes(engine)
    with engine.connect() as reader:
        reader.execute(select(warehouse.events)).all()
        _leave_out(engine)
        if engine.dialect.name == "postgresql":  # SQLite's reader keeps the state that it saw
            assert _indexes(engine)["events"] == before["events"]
            assert _indexes(engine)["case_clocks"] == []  # which nobody reads
    load_deliveries(engine, TOWN, DELIVERIES)
    assert _indexes(engine) == before
    _require_sound(engine, events=2)


def test_a_run_that_is_killed_between_two_of_them_is_healed(engine: Engine) -> None:
    before = _indexes(engine)
    dropped = []

    @event.listens_for(engine, "before_cursor_execute")
    def _kill(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.strip().startswith("DROP INDEX"):
            dropped.append(statement)
            if len(dropped) == 2:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        _leave_out(engine)
    event.remove(engine, "before_cursor_execute", _kill)
    assert _indexes(engine) == before


def test_a_table_that_lacks_one_of_them_waits_for_it(engine: Engine) -> None:
    before = _indexes(engine)
    with engine.begin() as connection:
        next(iter(warehouse.events.indexes)).drop(connection)
        assert indexes.are_left_out(connection, warehouse.events)
        assert not indexes.are_left_out(connection, warehouse.case_clocks)
    load_deliveries(engine, TOWN, DELIVERIES)
    assert _indexes(engine) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_they_stay_while_somebody_writes(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _indexes(engine)
    monkeypatch.setattr(databases, "SQLITE_BUSY_SECONDS", 0)
    impatient = open_engine(database_url)
    with connect.begin(engine):
        _leave_out(impatient)
    assert _indexes(engine) == before
    load_deliveries(impatient, TOWN, DELIVERIES)
    impatient.dispose()
    _require_sound(engine, events=2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_cache_is_as_large_behind_them_as_before(engine: Engine) -> None:
    _leave_out(engine)
    with connect.own(engine) as connection, connect.writing(connection):
        connection.exec_driver_sql("PRAGMA cache_size = -77")
        indexes.complete(connection, warehouse.events)
        assert not indexes.are_left_out(connection, warehouse.events)
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -77


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_is_lost_is_no_refusal(engine: Engine) -> None:
    with connect.reach(engine) as lost:
        pid = lost.scalar(text("SELECT pg_backend_pid()"))
        lost.rollback()
        with engine.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(DBAPIError):
            leave_out_indexes(lost, 1)


def test_nobody_waits_for_a_load_that_makes_them(engine: Engine, database_url: str) -> None:
    """A reader that would wait a second for a lock fails."""
    reader = open_engine(database_url)
    if reader.dialect.name == "postgresql":

        @event.listens_for(reader, "connect")
        def _(connection: Any, _record: Any) -> None:
            connection.execute("SET lock_timeout = '1s'")
            connection.commit()

    seen = []

    @event.listens_for(engine, "after_cursor_execute")
    def _read(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "ix_events_event_id" in statement and statement.startswith("CREATE"):
            with reader.connect() as connection:
                seen.extend(connection.scalars(select(func.count()).select_from(warehouse.events)))

    _leave_out(engine)
    load_deliveries(engine, TOWN, DELIVERIES)
    reader.dispose()
    assert seen == [0]

"""The migrations make exactly the tables that the code speaks of, and take them away again."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, select, text, update

from dashboard import audit
from dashboard.access import Role
from dashboard.accounts import sessions, store
from dashboard.accounts.sessions import Limits
from dashboard.accounts.store import Account
from etl import courses, load, marts, migrate, warehouse
from etl.courses.month import SPANS
from etl.errors import KezekError
from etl.people import account
from tests.support.city import fill, random_city
from tests.support.dump import dump
from tests.support.regulations import almaty, small_town

LIMITS = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=12))
COURSES = (
    "case_courses",
    "former_case_courses",
    "mart_courses",
    "mart_steps",
    "mart_step_times",
)


def test_the_migrated_schema_is_the_one_that_the_code_knows(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, warehouse.metadata) == []


def test_upgrading_again_keeps_every_row(engine: Engine) -> None:
    fill(engine, random_city(small_town(), cases=20))
    before = dump(engine)
    migrate.upgrade(engine)
    assert dump(engine) == before


def test_a_filled_warehouse_goes_back_to_nothing_and_forward_again(engine: Engine) -> None:
    fill(engine, random_city(small_town(), cases=20))
    migrate.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(engine)
    assert set(dump(engine)) == set(warehouse.metadata.tables)


def test_a_filled_warehouse_of_the_first_schema_keeps_its_rows(engine: Engine) -> None:
    fill(engine, random_city(almaty(), cases=40, entries=20, responses=20))
    before = dump(engine, columns_out=["made_at"])
    migrate.downgrade(engine, "0001")
    assert "former_case_clocks" not in inspect(engine).get_table_names()
    with pytest.raises(migrate.OldSchemaError, match="older Kezek"):
        migrate.require_current(engine)
    migrate.upgrade(engine)
    told = dump(engine, columns_out=["made_at"])
    assert {name: rows for name, rows in told.items() if name not in COURSES} == {
        name: rows for name, rows in before.items() if name not in COURSES
    }


def test_courses_are_missing_after_a_migration_and_the_next_run_makes_them(
    engine: Engine,
) -> None:
    fill(engine, random_city(almaty(), cases=40, entries=20, responses=20))
    before = dump(engine)
    migrate.downgrade(engine, "0008")
    assert not {*COURSES} & {*inspect(engine).get_table_names()}
    migrate.upgrade(engine)
    with engine.begin() as connection:
        assert courses.are_missing(connection)
        everyone = load.number(connection, None)
        took = load.Taken(connection, everyone, few=False)
        courses.derive(connection, everyone, took, regulation=almaty(), version=1)
        marts.rebuild(connection)
        courses.refresh(connection)
        assert not courses.are_missing(connection)
    assert dump(engine) == before


def test_accounts_go_back_and_forward_and_first_passwords_run_from_then(engine: Engine) -> None:
    # Given who has a first password, and who has their own
    made_at = datetime(2020, 1, 1)
    for login, must_change in (("aigul", True), ("erlan", False)):
        given = Account(login=login, role=Role.AKIM, must_change=must_change, made_at=made_at)
        store.add(engine, given, by="test")
    with engine.begin() as connection:
        sessions.start(connection, "aigul", limits=LIMITS, now=made_at)
    before = dump(engine)
    # When
    migrate.downgrade(engine, "0012")
    assert "given_at" not in {c["name"] for c in inspect(engine).get_columns("account")}
    migrate.upgrade(engine)
    # Then
    aigul, erlan = store.all_accounts(engine)
    assert aigul.given_at is not None
    assert aigul.given_at > made_at
    assert erlan.given_at is None
    with engine.begin() as connection:
        connection.execute(update(account).values(given_at=None))
    assert dump(engine) == before


def test_what_the_records_of_a_source_are_is_told_of_loads_made_before(engine: Engine) -> None:
    fill(engine, random_city(almaty(), cases=20, entries=10, responses=10))
    with engine.begin() as connection:
        office = connection.execute(select(warehouse.run_source)).mappings().one()
        for source in ("register", "surveys", "journal"):
            row = {**office, "source": source, "entity": None}
            connection.execute(insert(warehouse.run_source).values(row))
    migrate.downgrade(engine, "0006")
    migrate.upgrade(engine)
    source, entity = warehouse.run_source.c.source, warehouse.run_source.c.entity
    with engine.connect() as connection:
        told = {row[0]: row[1] for row in connection.execute(select(source, entity))}
    expected = {"office": "cases", "register": "queue", "surveys": "surveys", "journal": "events"}
    assert told == expected


def test_tables_that_a_killed_run_left_without_indexes_go_back_and_forward(
    engine: Engine,
) -> None:
    with engine.begin() as connection:
        for table in (warehouse.events, warehouse.case_clocks):
            for index in table.indexes:
                index.drop(connection)
    migrate.downgrade(engine, "0004")
    kept = inspect(engine)
    assert [len(kept.get_indexes(name)) for name in ("events", "case_clocks")] == [1, 2]
    migrate.downgrade(engine, "base")
    migrate.upgrade(engine)
    assert set(dump(engine)) == set(warehouse.metadata.tables)


def test_bytes_that_were_packed_are_kept_as_they_are_and_back(engine: Engine) -> None:
    fill(engine, random_city(small_town(), cases=20))
    with engine.begin() as connection:
        mart = warehouse.mart_step_times
        row = {**connection.execute(select(mart)).mappings().first()}  # type: ignore[dict-item]
        connection.execute(insert(mart).values(row | {"times": row["times"] * 1000}))
    before = dump(engine)
    migrate.downgrade(engine, "0013")
    packed = packed_rows(engine)
    migrate.upgrade(engine)
    assert dump(engine) == before
    assert packed == (1 if engine.dialect.name == "postgresql" else 0)
    assert packed_rows(engine) == 0


def test_the_audit_s_guard_goes_and_comes_with_every_entry_kept(engine: Engine) -> None:
    for what in ("signed in", "left"):
        audit.note(engine, what, who="aigul", about={}, now=datetime(2014, 1, 1))
    before, held = dump(engine), guards(engine)
    migrate.downgrade(engine, "0014")
    assert guards(engine) == set()
    migrate.upgrade(engine)
    assert (dump(engine), guards(engine)) == (before, held)
    sqlite = {"audit_entry_no_update", "audit_entry_no_delete"}
    assert held == (sqlite if engine.dialect.name == "sqlite" else set())


def test_what_is_counted_together_of_many_cells_goes_and_comes_again(engine: Engine) -> None:
    fill(engine, random_city(almaty(), cases=60))
    before = dump(engine)
    migrate.downgrade(engine, "0015")
    with engine.connect() as connection:
        spans = connection.execute(text("SELECT DISTINCT span FROM mart_steps")).scalars()
        assert set(spans) == {"day", "month"}
    migrate.upgrade(engine)
    assert dump(engine) == before
    assert {row[0] for row in before["mart_steps"]} == set(SPANS)


def guards(engine: Engine) -> set[str]:
    """The triggers of the warehouse; of PostgreSQL none is made."""
    if engine.dialect.name != "sqlite":
        return set()
    with engine.connect() as connection:
        named = text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        return set(connection.execute(named).scalars())


def packed_rows(engine: Engine) -> int:
    """How many rows of the marts of steps hold bytes that the server has packed."""
    if engine.dialect.name != "postgresql":
        return 0
    with engine.connect() as connection:
        return sum(
            connection.execute(
                text(f"SELECT count(pg_column_compression({column})) FROM {mart}")  # noqa: S608
            ).scalar_one()
            for mart, column in (("mart_steps", "counts"), ("mart_step_times", "times"))
        )


def test_processes_that_start_at_once_make_the_tables_once(engine: Engine) -> None:
    migrate.downgrade(engine, "base")
    failures: list[BaseException] = []

    def start() -> None:
        try:
            migrate.upgrade(engine)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(dump(engine)) == set(warehouse.metadata.tables)


def test_a_warehouse_made_by_a_newer_program_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(KezekError, match="9999"):
        migrate.upgrade(engine)

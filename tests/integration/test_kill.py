"""A run that is killed anywhere leaves all of the old state or all of the new one, and no trace."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select

from etl import migrate, warehouse
from etl.databases import open_engine
from tests.support.apart import (
    run_apart,
    run_killed,
    run_town,
    run_town_at_once,
    tell_places,
    upgrade_killed,
    wait_until,
)
from tests.support.dump import dump, settled
from tests.support.migrated import migrated
from tests.support.town_files import exports, write_town

APPLICATIONS = 120
SOAK = int(os.environ.get("KEZEK_SOAK", "3"))  # how many random moments; `make soak` tries more

BEFORE_THE_COMMIT = (
    *("read office", "read journal", "read register", "read surveys", "staged commit"),
    *("merge", "derive", "marts", "check", "done", "commit"),
)
SLEEPS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
LOADS = ("first", "second")

State = Mapping[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Mapping[str, State], Mapping[str, int]]:
    """What each load leaves if nobody kills it, on SQLite, and how many statements it sends."""
    folder = tmp_path_factory.mktemp("undisturbed")
    engine = open_engine(migrated(folder / "kezek.db"))
    sent: list[str] = []
    tell_places(engine, sent.append)
    states, statements = {}, {}
    for load in LOADS:
        sent.clear()
        run_town(engine, _delivered(folder, load))
        statements[load] = sum(place.startswith("before statement") for place in sent)
        states[load] = settled(engine)
    engine.dispose()
    return states, statements


def _delivered(folder: Path, load: str) -> Path:
    """The exports of the first load, or the corrected ones; returns the sources file."""
    return write_town(folder / "town", **exports(APPLICATIONS, corrected=load == "second"))


def _as_before(engine: Engine, folder: Path, load: str) -> Path:
    """The warehouse as that load finds it; returns the sources file of the load."""
    if load == "second":
        run_town(engine, _delivered(folder, "first"))
    return _delivered(folder, load)


def _statuses(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(warehouse.run.c.status)))


def _beside(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("load", LOADS)
def test_a_run_killed_at_any_stage_changed_all_or_nothing_and_can_be_run_again(
    engine: Engine, database_url: str, tmp_path: Path, undisturbed: Any, load: str
) -> None:
    sources = _as_before(engine, tmp_path, load)
    before, runs = dump(engine), _statuses(engine)
    for place in BEFORE_THE_COMMIT:
        run_killed(database_url, sources, at=place)
        assert dump(engine) == before, place
    run_killed(database_url, sources, at="committed")
    assert settled(engine) == undisturbed[0][load]
    assert _statuses(engine) == [*runs, "succeeded"]
    run_town_at_once(engine, sources)
    assert settled(engine) == undisturbed[0][load]
    engine.dispose()
    assert _beside(tmp_path) <= {"kezek.db", "kezek.db-run"}, "no file is left over"


@pytest.mark.parametrize("seed", range(SOAK))
def test_a_run_killed_at_any_moment_changed_all_or_nothing_and_can_be_run_again(
    engine: Engine, database_url: str, tmp_path: Path, undisturbed: Any, seed: int
) -> None:
    states, statements = undisturbed
    chance = random.Random(seed)  # noqa: S311 (the seed names the test)
    load = chance.choice(LOADS)
    sources = _as_before(engine, tmp_path, load)
    before = dump(engine)

    _kill_somewhere(chance, statements[load], database_url, sources)

    assert dump(engine) == before or settled(engine) == states[load]
    run_town_at_once(engine, sources)
    assert settled(engine) == states[load]
    assert set(_statuses(engine)) == {"succeeded"}


def _kill_somewhere(chance: random.Random, statements: int, url: str, sources: Path) -> None:
    """Beside a statement drawn by lot, or wherever the run is when a time drawn by lot is over."""
    if chance.random() < 0.7:
        side = chance.choice(("before", "after"))
        # PostgreSQL is sent a few statements more, but none fewer.
        run_killed(url, sources, at=f"{side} statement {chance.randint(1, statements)}")
        return
    with run_apart(url, sources) as run:
        run.outcome(seconds=chance.uniform(0, 2))


def test_what_was_written_ahead_of_a_commit_is_forgotten_and_does_not_pile_up(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/kezek.db"
    engine = open_engine(url)
    migrate.upgrade(engine)
    before = dump(engine)
    engine.dispose()
    sources = _delivered(tmp_path, "first")
    ahead = []
    for _ in range(2):
        run_killed(url, sources, at="commit")
        ahead.append((tmp_path / "kezek.db-wal").stat().st_size)
    assert ahead[0] == ahead[1] > 0
    assert dump(engine) == before
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_statement_of_a_killed_run_ends_with_it(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    sources = _delivered(tmp_path, "first")
    with run_apart(database_url, sources, sleeps_before="INSERT INTO mart_queue") as run:
        wait_until(engine, SLEEPS)
        run.kill()
    run_town_at_once(engine, sources)
    assert _statuses(engine) == ["succeeded"]


@pytest.mark.parametrize("statement", [1, 8, 30])
def test_an_upgrade_killed_anywhere_changed_nothing_and_can_be_run_again(
    engine: Engine, database_url: str, statement: int
) -> None:
    def columns() -> dict[str, list[str]]:
        there = inspect(engine)
        return {t: [c["name"] for c in there.get_columns(t)] for t in there.get_table_names()}

    migrated = columns()
    migrate.downgrade(engine, "base")
    before = columns()
    upgrade_killed(database_url, at=f"before statement {statement}")
    assert columns() == before
    migrate.upgrade(engine)
    assert columns() == migrated

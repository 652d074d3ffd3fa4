"""Two runs at once, each a process of its own: one works, the other says so or waits its turn."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from etl import lock, migrate
from etl.databases import open_engine
from tests.support.apart import command_apart, run_apart, run_town_at_once
from tests.support.dump import settled
from tests.support.town_files import exports, write_register, write_town


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return write_register(tmp_path, range(200))


def _etl_run(url: str, sources: Path, log: Path) -> Any:
    return command_apart("etl", "run", "--sources", sources, "--database", url, log=log)


def _told(said: str) -> str:
    """The sentence behind the log of a command that failed."""
    return said.splitlines()[-1]


def test_a_run_beside_another_ends_with_one_sentence_until_the_other_is_gone(
    engine: Engine, database_url: str, tmp_path: Path, register: Path
) -> None:
    town = write_town(tmp_path / "town", **exports(20))
    before = settled(engine)
    with run_apart(database_url, town, waits_at="done") as first:
        first.wait_until_there()
        with _etl_run(database_url, register, tmp_path / "log") as ended:
            code, said = ended()
        assert code == 1
        assert _told(said).startswith("kezek: Another run is at work on the warehouse ")
        assert "Traceback" not in said
        assert settled(engine) == before
        first.kill()
    assert settled(engine) == before
    run_town_at_once(engine, town)


def test_two_runs_started_at_once_leave_what_one_leaves(
    tmp_path: Path, database_url: str, engine: Engine, register: Path
) -> None:
    migrate.downgrade(engine, "base")  # so that both find that they must make the tables
    with ExitStack() as stack:
        both = [
            stack.enter_context(_etl_run(database_url, register, tmp_path / f"log {n}"))
            for n in range(2)
        ]
        ends = [ended() for ended in both]
    assert 0 in {code for code, _ in ends}
    for code, said in ends:
        assert code == 0 or _told(said).startswith("kezek: Another run is at work"), said
    alone = open_engine(f"sqlite:///{tmp_path}/alone.db")
    with _etl_run(f"sqlite:///{tmp_path}/alone.db", register, tmp_path / "log") as ended:
        assert ended()[0] == 0
    assert settled(engine) == settled(alone)
    alone.dispose()


def test_the_lock_of_a_run_that_has_ended_is_free_at_once(engine: Engine) -> None:
    for _ in range(30):
        with lock.only_run(engine):
            pass

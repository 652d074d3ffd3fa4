"""Databases that are busy for a moment: a run tries again, and says so."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, make_url, text

from etl import extract, identities, migrate
from etl.databases import open_engine
from etl.errors import KezekError
from etl.extract import database
from etl.retry import Patience
from etl.sources import SourceSpec
from tests.support.apart import run_town, wait_until
from tests.support.command import kezek, prepare_engines
from tests.support.dump import dump, settled
from tests.support.regulations import small_town
from tests.support.sources import spec
from tests.support.town_files import exports, write_register, write_town

REFUSED = "connection failed: connection to server at 10.0.0.1 failed: Connection refused"
ARCHIVE = """
[sources.archive]
entity = "queue"
kind = "database"
url = "{url}"
table = "archive"
columns = {{ entry_id = "id", number = "id", category = "who", registered_on = "since" }}
"""
MAKES_ARCHIVE = """
CREATE TABLE archive AS SELECT 'q77' AS id, 'families' AS who, '2012-05-05' AS since
"""
WAITS = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_town(tmp_path / "town", **exports(20))


def _meanwhile(*happens: Callable[[], object], told: list[str]) -> Patience:
    """Patience during whose pauses something happens, in place of time that passes."""
    left = list(happens)
    return Patience(sleep=lambda _: left.pop(0)(), tell=told.append)


def _refuses(engine: Engine, times: int) -> None:
    """Let the first connections of the engine be refused."""
    left = [psycopg.OperationalError(REFUSED) for _ in range(times)]
    if engine.dialect.name == "sqlite":
        busy = sqlite3.OperationalError("database is locked")
        busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
        left = [busy for _ in left]

    @event.listens_for(engine, "do_connect")
    def _(*_: Any) -> None:
        if left:
            raise left.pop()


def test_a_run_waits_for_a_database_that_is_starting(engine: Engine, town: Path) -> None:
    told: list[str] = []
    _refuses(engine, 3)
    run_town(engine, town, patience=_meanwhile(*[lambda: None] * 3, told=told))
    assert len(told) == 3
    assert all("cannot be reached" in line and "Trying again in" in line for line in told)
    assert [row[3] for row in dump(engine)["run"]] == ["succeeded"]


def test_a_database_that_stays_away_is_told_after_a_few_attempts(
    engine: Engine, town: Path
) -> None:
    told: list[str] = []
    _refuses(engine, 6)
    with pytest.raises(KezekError, match="cannot be reached"):
        run_town(engine, town, patience=_meanwhile(*[lambda: None] * 5, told=told))
    assert len(told) == 5


def test_the_command_says_on_one_line_that_it_tries_again(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    prepare_engines(monkeypatch, lambda engine: _refuses(engine, 1))
    sources = write_register(tmp_path, range(3))
    kezek("etl", "run", "--json", "--sources", sources, "--database", database_url)
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    (line,) = [line for line in printed.err.splitlines() if " WARNING " in line]
    assert " WARNING The warehouse " in line
    assert "Trying again in 0." in line


@postgresql
def test_a_mistake_in_the_address_is_told_at_once(database_url: str, town: Path) -> None:
    told: list[str] = []
    engine = open_engine(str(make_url(database_url).set(database="nowhere")))
    with pytest.raises(KezekError, match='database "nowhere" does not exist'):
        run_town(engine, town, patience=_meanwhile(told=told))
    assert told == []


@postgresql
def test_a_run_that_the_database_undid_for_a_deadlock_is_written_again(
    engine: Engine, town: Path, tmp_path: Path
) -> None:
    alone = open_engine(f"sqlite:///{tmp_path}/alone.db")
    migrate.upgrade(alone)
    run_town(alone, town)
    told: list[str] = []
    stages: list[str] = []
    with engine.connect() as other, ThreadPoolExecutor() as elsewhere:
        # Who waits longer than its timeout looks for a deadlock, and gives way: this one never.
        other.execute(text("SET deadlock_timeout = '1h'"))

        def crosses(stage: str, **_: Any) -> None:
            stages.append(stage)
            if stages.count("marts") == 1 and stage == "marts":
                other.execute(text("LOCK TABLE mart_survey IN ACCESS EXCLUSIVE MODE"))
                elsewhere.submit(_take_and_give_back, other, "LOCK TABLE cases")
                wait_until(engine, WAITS)

        patience = _meanwhile(lambda: None, told=told)
        run_town(engine, town, progress=crosses, patience=patience)
    (line,) = told
    assert "was used by others at the same time (deadlock detected)" in line
    assert stages.count("read") == 8, "what was read is not read again"  # begins, one part: of 4
    assert stages.count("merge") == 2
    assert [row[3] for row in dump(engine)["run"]] == ["succeeded"]
    assert settled(engine) == settled(alone)
    with engine.connect() as connection:
        assert identities.broken(connection, regulation=small_town()) == []
    alone.dispose()


def _take_and_give_back(connection: Connection, lock: str) -> None:
    connection.execute(text(lock))
    connection.rollback()


@postgresql
def test_a_source_that_is_full_for_a_moment_is_read_a_moment_later(
    engine: Engine, town: Path
) -> None:
    clerk = str(engine.url.database)
    with engine.begin() as connection:
        connection.execute(text(MAKES_ARCHIVE))
        connection.execute(text(f"CREATE ROLE {clerk} LOGIN CONNECTION LIMIT 1"))
        connection.execute(text(f"GRANT SELECT ON archive TO {clerk}"))
    url = engine.url.set(drivername="postgresql", username=clerk)
    address = url.render_as_string(hide_password=False)
    town.write_text(town.read_text("utf-8") + ARCHIVE.format(url=address), "utf-8")
    told: list[str] = []
    with psycopg.connect(address) as only:
        run_town(engine, town, patience=_meanwhile(only.close, told=told))
    (line,) = told
    assert line.startswith("Source archive: ")
    assert "too many connections for role" in line
    assert "q77" in {row[0] for row in dump(engine)["queue_entries"]}


def _source(path: Path) -> SourceSpec:
    given = {"entity": "queue", "kind": "database", "table": "register"}
    return spec(**given, url=f"sqlite:///{path}", columns={"entry_id": "id"})


def _register(path: Path, *, rows: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")  # pages are written before they are committed
    connection.execute("CREATE TABLE register (id TEXT, note TEXT)")
    _insert(connection, rows)
    return connection


def _insert(connection: sqlite3.Connection, rows: int) -> None:
    entries = [(n, "x" * 500) for n in range(rows)]
    connection.executemany("INSERT INTO register VALUES (?, ?)", entries)


def test_a_source_in_the_middle_of_a_change_is_read_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0)
    told: list[str] = []
    with closing(_register(tmp_path / "register.sqlite", rows=3)) as writer:
        writer.execute("PRAGMA journal_mode = MEMORY")  # no file beside it tells of the change
        writer.execute("BEGIN EXCLUSIVE")
        _insert(writer, 100)
        source = _source(tmp_path / "register.sqlite")
        patience = _meanwhile(lambda: writer.execute("COMMIT"), told=told)
        read = patience.call(lambda: extract.read(source))
    assert len(told) == 1
    assert len(read.records) == 103


def test_a_source_whose_change_was_cut_off_is_not_read_half(tmp_path: Path) -> None:
    path, copy = tmp_path / "register.sqlite", tmp_path / "copy.sqlite"
    with closing(_register(path, rows=3)) as writer:
        writer.execute("BEGIN")
        _insert(writer, 100)
        shutil.copy(path, copy)
        shutil.copy(f"{path}-journal", f"{copy}-journal")
    with pytest.raises(KezekError, match="does not give its records"):
        extract.read(_source(copy))

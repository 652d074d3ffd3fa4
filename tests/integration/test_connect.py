"""Databases that are not there, or are busy: one sentence that gives nothing away."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from etl import connect, databases, migrate
from etl.errors import KezekError
from etl.lock import only_run

_HOLD = """
import sys
from etl.lock import only_run
from etl.databases import open_engine

with only_run(open_engine(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def _refused_port(_: Path) -> str:
    return "postgresql://clerk:hush-hush@127.0.0.1:1/city"


def _no_folder(folder: Path) -> str:
    return f"sqlite:///{folder}/nowhere/kezek.db"


def _a_file_as_folder(folder: Path) -> str:
    (folder / "file").write_text("")
    return f"sqlite:///{folder}/file/kezek.db"


def _no_database(folder: Path) -> str:
    (folder / "notes.db").write_text("Buy bread, and more of it than a header is long. " * 20)
    return f"sqlite:///{folder}/notes.db"


@pytest.mark.parametrize("address", [_refused_port, _no_folder, _a_file_as_folder, _no_database])
@pytest.mark.parametrize("ask", [migrate.upgrade, lambda engine: only_run(engine).__enter__()])
def test_a_database_that_cannot_be_used_is_told_in_one_sentence(
    tmp_path: Path, address: Callable[[Path], str], ask: Callable[[Engine], None]
) -> None:
    engine = databases.open_engine(address(tmp_path))
    with pytest.raises(KezekError) as error:
        ask(engine)
    said = str(error.value)
    assert said.startswith("The warehouse ")
    assert said.endswith(".")
    assert "\n" not in said
    assert "hush-hush" not in said


def test_no_folder_is_made_for_an_address_that_somebody_mistyped(tmp_path: Path) -> None:
    with pytest.raises(KezekError):
        migrate.upgrade(databases.open_engine(_no_folder(tmp_path)))
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_the_default_address_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    migrate.upgrade(databases.open_engine("sqlite:///var/kezek.db"))
    assert (tmp_path / "var" / "kezek.db").is_file()


@pytest.mark.parametrize("url", ["city.db", "postgresql://host:port/city", "mysql://host/city"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(KezekError, match=r"URL|MySQL|mysql"):
        databases.open_engine(url)


def test_a_warehouse_that_somebody_else_writes_is_told_as_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "SQLITE_BUSY_SECONDS", 0)
    engine = databases.open_engine(f"sqlite:///{tmp_path}/kezek.db")
    migrate.upgrade(engine)
    other = sqlite3.connect(tmp_path / "kezek.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    busy = pytest.raises(KezekError, match="being written by somebody else")
    with busy, connect.begin(engine):
        pytest.fail("the lock was not asked for")
    other.close()


def test_a_failure_that_nobody_puts_in_words_lists_no_values_either(engine: Engine) -> None:
    own = databases.open_engine(engine.url.render_as_string(hide_password=False))
    with pytest.raises(DBAPIError) as error, own.connect() as connection:
        connection.execute(text("SELECT :name FROM nothing"), {"name": "Ахметов"})
    own.dispose()
    assert "Ахметов" not in str(error.value)


def test_a_failing_statement_is_told_without_its_values(engine: Engine) -> None:
    with pytest.raises(KezekError) as error, connect.begin(engine) as connection:
        connection.execute(text("SELECT :name FROM nothing"), {"name": "Ахметов"})
    assert "nothing was changed" in str(error.value)
    assert "Ахметов" not in str(error.value)


def test_a_value_of_a_wrong_kind_is_not_repeated(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        statement = "SELECT json('Ахметов')"  # SQLite casts whatever it is given
    else:
        statement = "SELECT CAST('Ахметов' AS date)"
    with pytest.raises(KezekError) as error, connect.begin(engine) as connection:
        connection.execute(text(statement))
    assert "Ахметов" not in str(error.value)


def test_the_run_lock_is_free_again_after_its_holder_failed(engine: Engine) -> None:
    with pytest.raises(RuntimeError), only_run(engine):
        raise RuntimeError
    with only_run(engine):
        pass


def test_two_cannot_hold_the_run_lock(engine: Engine) -> None:
    with only_run(engine), pytest.raises(KezekError, match="Another run"), only_run(engine):
        pytest.fail("two hold the lock")


def test_the_run_lock_of_a_process_that_was_killed_is_free_again(
    engine: Engine, database_url: str
) -> None:
    command = [sys.executable, "-c", _HOLD, database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(KezekError, match="Another run"), only_run(engine):
            pytest.fail("two hold the lock")
        other.kill()
    deadline = monotonic() + 20  # PostgreSQL needs a moment to see that the other has gone
    while True:
        try:
            with only_run(engine):
                return
        except KezekError:
            assert monotonic() < deadline

"""A disk that is full, a server that goes: one sentence, the old state, and the ledger says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from adbc_driver_sqlite import dbapi
from sqlalchemy import Engine, event, select, text

from etl import warehouse
from tests.support.apart import command_apart
from tests.support.command import kezek, prepare_engines
from tests.support.dump import LEDGER, dump
from tests.support.town_files import write_register

ETL_RUN = ("etl", "run", "--sources")
ENDS = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"  # and waits for the end
SECRET = "hush-hush"  # noqa: S105 (to be looked for)


@pytest.fixture
def sources(engine: Engine, database_url: str, tmp_path: Path) -> Path:
    """A register of which the warehouse holds the first hundred entries of three thousand."""
    sources = write_register(tmp_path, range(100))
    kezek(*ETL_RUN, sources, "--database", database_url)
    return write_register(tmp_path, range(3000))


@pytest.fixture
def failure(capsys: pytest.CaptureFixture[str]) -> Callable[[str, Path], str]:
    """What the command says, in one sentence behind its log, as it ends with exit code 1."""

    def failed(url: str, sources: Path) -> str:
        with pytest.raises(SystemExit) as ended:
            kezek(*ETL_RUN, sources, "--database", url)
        said = str(ended.value)  # printed by the interpreter, which then ends with 1
        assert _is_one_sentence(said)
        log = capsys.readouterr().err
        assert "Traceback" not in log
        assert SECRET not in log
        return said.removeprefix("kezek: ")

    return failed


def _is_one_sentence(said: str) -> bool:
    return (
        said.startswith(("kezek: The warehouse ", "kezek: The warehouse's file "))
        and said.endswith(".")
        and "\n" not in said
    )


def _newest(engine: Engine) -> tuple[str, str]:
    run = warehouse.run.c
    with engine.connect() as connection:
        newest = select(run.status, run.error).order_by(run.run_id.desc()).limit(1)
        status, error = connection.execute(newest).one()
        return status, error


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("schema", ["main", "temp", "staged"])
def test_a_full_disk_is_told_and_nothing_was_changed(
    engine: Engine,
    sources: Path,
    schema: str,
    failure: Callable[[str, Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = str(engine.url)
    before = dump(engine, without=LEDGER)
    with engine.connect() as connection:
        held = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0

    def fill(engine: Engine) -> None:
        @event.listens_for(engine, "connect")
        def _(connection: Any, _record: Any) -> None:
            limit = held + 4 if schema == "main" else 4
            connection.execute(f"PRAGMA {schema}.max_page_count = {limit}")

    def fill_staged(*given: Any, **more: Any) -> dbapi.Connection:
        connection = connect(*given, **more)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 4")
        return connection

    if schema == "staged":
        connect = dbapi.connect
        monkeypatch.setattr(dbapi, "connect", fill_staged)
    else:
        prepare_engines(monkeypatch, fill)
    said = failure(url, sources)
    assert "(database or disk is full); nothing was changed, look at its disk" in said
    assert dump(engine, without=LEDGER) == before
    assert _newest(engine) == ("failed", said)
    monkeypatch.undo()
    kezek(*ETL_RUN, sources, "--database", url)
    assert len(dump(engine)["queue_entries"]) == 3000


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_may_not_grow_is_told_and_nothing_was_changed(
    engine: Engine, database_url: str, sources: Path, tmp_path: Path
) -> None:
    before = dump(engine, without=LEDGER)
    engine.dispose()
    size = (tmp_path / "kezek.db").stat().st_size
    arguments = (*ETL_RUN, sources, "--database", database_url)
    with command_apart(*arguments, log=tmp_path / "log", file_bytes=size) as ended:
        code, said = ended()
    assert code == 1
    assert _is_one_sentence(said.splitlines()[-1])
    assert "Traceback" not in said
    assert "; nothing was changed, look at its disk" in said
    assert dump(engine, without=LEDGER) == before
    assert _newest(engine)[0] == "failed"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("ended", ["pid = :run", "datname = current_database()"])
def test_a_server_that_ends_the_connection_is_told_and_nothing_was_changed(
    engine: Engine,
    sources: Path,
    ended: str,
    failure: Callable[[str, Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = dump(engine, without=LEDGER)
    end = text(f"{ENDS} WHERE pid <> pg_backend_pid() AND {ended}")

    def cut(command: Engine) -> None:
        @event.listens_for(command, "before_cursor_execute")
        def _(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("DELETE FROM mart_queue"):
                pid = connection.connection.dbapi_connection.info.backend_pid
                with engine.begin() as other:
                    assert other.execute(end, {"run": pid}).all()

    prepare_engines(monkeypatch, cut)
    url = engine.url.set(password=SECRET).render_as_string(hide_password=False)
    said = failure(url, sources)
    assert "(terminating connection due to administrator command); nothing was changed" in said
    assert SECRET not in said
    assert f"{engine.url.username}@" not in said
    engine.dispose()
    assert dump(engine, without=LEDGER) == before
    assert _newest(engine) == ("failed", said)
    monkeypatch.undo()
    kezek(*ETL_RUN, sources, "--database", url)
    assert len(dump(engine)["queue_entries"]) == 3000

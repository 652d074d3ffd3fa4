"""What a run has read lies beside the warehouse until it is merged, and no longer."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Column, DateTime, Engine, Integer, String, select

from etl import connect, load
from etl.databases import open_engine
from etl.errors import KezekError

_WORDS = ["ә", None, 'a,b\n"c"\'']


def _columns() -> list[Column[Any]]:
    return [Column("n", Integer, primary_key=True), Column("word", String), Column("at", DateTime)]


def _rows(first: int) -> pa.Table:
    times = pa.array([0, None, 1_234_567_890_123_456], pa.timestamp("us"))
    return pa.table({"n": range(first, first + 3), "word": _WORDS, "at": times})


def test_what_is_written_before_and_after_a_look_is_there(engine: Engine) -> None:
    with connect.own(engine) as connection, load.area(connection) as area:
        table = area.table("words", *_columns())
        area.write(table, _rows(1))
        area.open()
        assert connection.scalars(select(table.c.word).order_by(table.c.n)).all() == _WORDS
        area.write(table, _rows(4))
        area.open()
        told = connection.execute(select(table).order_by(table.c.n)).all()
        assert [row.n for row in told] == [1, 2, 3, 4, 5, 6]
        assert [row.word for row in told] == _WORDS * 2
        assert told[0].at.isoformat() == "1970-01-01T00:00:00"
        assert told[5].at.isoformat() == "2009-02-13T23:31:30.123456"


def test_a_merge_that_is_undone_leaves_what_was_staged(engine: Engine) -> None:
    with connect.own(engine) as connection, load.area(connection) as area:
        table = area.table("words", *_columns())
        area.write(table, _rows(1))
        area.open()
        connection.commit()
        with suppress(ZeroDivisionError), connect.writing(connection):
            connection.execute(table.delete())
            raise ZeroDivisionError
        assert len(connection.execute(select(table)).all()) == 3


@pytest.mark.parametrize("name", ["plain.db", "с пробелом и 100% #1.db"])
def test_the_file_takes_the_place_of_one_that_was_left_and_goes_with_the_run(
    tmp_path: Path, name: str
) -> None:
    left = tmp_path / f"{name}-staged"
    left.write_bytes(b"of a run that was killed")
    with (
        connect.own(open_engine(f"sqlite:///{tmp_path / name}")) as connection,
        load.area(connection) as area,
    ):
        table = area.table("words", *_columns())
        area.write(table, _rows(1))
        assert left.stat().st_size > 4096
        area.open()
        assert len(connection.execute(select(table)).all()) == 3
    assert not left.exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///file:{}/a.db?uri=true"])
def test_a_warehouse_without_a_path_has_its_file_elsewhere(url: str, tmp_path: Path) -> None:
    engine = open_engine(url.format(tmp_path))
    with connect.own(engine) as connection, load.area(connection) as area:
        table = area.table("words", *_columns())
        area.write(table, _rows(1))
        area.open()
        assert len(connection.execute(select(table)).all()) == 3


def test_a_file_that_cannot_be_taken_away_is_told(tmp_path: Path) -> None:
    (tmp_path / "kezek.db-staged").mkdir()
    with (
        connect.own(open_engine(f"sqlite:///{tmp_path}/kezek.db")) as connection,
        pytest.raises(KezekError, match=r"kezek\.db-staged, in which a run collects what it reads"),
        load.area(connection),
    ):
        pass


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_nobody_may_read_the_file_who_may_not_read_the_warehouse(tmp_path: Path, mode: int) -> None:
    database = tmp_path / "kezek.db"
    database.touch(mode=mode)
    database.chmod(mode)
    with (
        connect.own(open_engine(f"sqlite:///{database}")) as connection,
        load.area(connection) as area,
    ):
        area.write(area.table("words", *_columns()), _rows(1))
        staged = tmp_path / "kezek.db-staged"
        assert stat.S_IMODE(staged.stat().st_mode) == mode


def test_a_file_that_stays_does_not_hide_how_the_run_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        connect.own(open_engine(f"sqlite:///{tmp_path}/kezek.db")) as connection,
        load.area(connection) as area,
    ):
        area.write(area.table("words", *_columns()), _rows(1))

        def fails(_path: Path, **_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(Path, "unlink", fails)
    assert (tmp_path / "kezek.db-staged").exists()

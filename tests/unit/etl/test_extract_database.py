"""Records from databases: what is read, that nothing is written, and what goes wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from etl import extract
from etl.databases import open_engine
from etl.errors import KezekError
from etl.sources import SourceSpec
from tests.support.sources import spec

COLUMNS = {"entry_id": "номер", "category": "category", "registered_on": "since"}


def register(folder: Path) -> Path:
    path = folder / "register 100%.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute('CREATE TABLE "Кезек" ("номер", category TEXT, since TEXT, note BLOB)')
        connection.executemany(
            'INSERT INTO "Кезек" VALUES (?, ?, ?, ?)',
            [
                (1.0, " b ", "2013-07-15", b"x"),
                ("007", "", None, None),
                (12345678901, "a", "x", None),
            ],
        )
    return path


def source(path: Path | str, **given: object) -> SourceSpec:
    url = path if isinstance(path, str) else f"sqlite:///{path}"
    default = {"entity": "queue", "kind": "database", "url": url, "columns": COLUMNS}
    return spec(**{**default, **given})


def test_a_table_is_read_and_its_file_stays_as_it_was(tmp_path: Path) -> None:
    path = register(tmp_path)
    before = path.read_bytes()
    read = extract.read(source(path, table="Кезек"))
    assert read.records["номер"].tolist() == ["1", "007", "12345678901"]
    assert read.records["category"].isna().tolist() == [False, True, False]
    assert read.records["since"].tolist()[0] == "2013-07-15"
    assert read.place["row"].tolist() == [1, 2, 3]
    assert (read.files[0].size, read.files[0].rows) == (len(before), 3)
    assert path.read_bytes() == before


def test_a_query_gives_its_own_columns_and_may_hold_colons(tmp_path: Path) -> None:
    query = "SELECT 'a:b' AS номер, '10:30 %' AS category, '2013-07-15' AS since"
    read = extract.read(source(register(tmp_path), query=query))
    assert read.records.iloc[0].tolist() == ["a:b", "10:30 %", "2013-07-15"]


def test_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(KezekError, match="readonly"):
        extract.read(source(register(tmp_path), query='DELETE FROM "Кезек" RETURNING *'))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"table": "queue"}, "has no table queue; its tables are Кезек"),
        ({"query": "SELECT * FROM queue"}, "does not give its records (no such table: queue)"),
        (
            {"table": "Кезек", "columns": {"entry_id": "id"}},
            "has no column 'id'; its columns are 'номер'",
        ),
        ({"url": "sqlite:////none/register.sqlite", "table": "t"}, "there is no database file"),
        ({"url": "no address", "table": "t"}, "url is no database address"),
        ({"url": "abacus://host/db", "table": "t"}, "has no driver for abacus"),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, given: dict[str, str], complaint: str) -> None:
    with pytest.raises(KezekError) as error:
        extract.read(source(register(tmp_path), **given))
    assert complaint in str(error.value)


def test_a_text_in_another_encoding_is_not_repeated(tmp_path: Path) -> None:
    query = "SELECT CAST(x'41686D65746F76FF' AS TEXT) AS номер, 1 AS category, 1 AS since"
    with pytest.raises(KezekError, match="Could not decode") as error:
        extract.read(source(register(tmp_path), query=query))
    assert "Ahmetov" not in str(error.value)


def test_a_value_that_a_server_cannot_convert_is_not_repeated(postgresql_server: URL) -> None:
    address = postgresql_server.set(drivername="postgresql").render_as_string(hide_password=False)
    with pytest.raises(KezekError, match="a value is not what its column") as error:
        extract.read(source(address, query="SELECT CAST('Ahmetov' AS date) AS номер"))
    assert "Ahmetov" not in str(error.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "register.sqlite").write_bytes(b"not a database at all, " * 100)
    with pytest.raises(KezekError, match="file is not a database"):
        extract.read(source(tmp_path / "register.sqlite", table="t"))


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    url = f"postgresql://reader:hush@/register?host={tmp_path}"
    with pytest.raises(KezekError) as error:
        extract.read(source(url, table="queue"))
    assert "does not give its records" in str(error.value)
    assert "hush" not in str(error.value)


def test_a_servers_own_dates_need_no_format(postgresql_server: URL) -> None:
    # Given a table of PostgreSQL with a date and a time that has an offset
    address = postgresql_server.set(drivername="postgresql").render_as_string(hide_password=False)
    engine = open_engine(address)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA exports"))
        connection.execute(
            text("CREATE TABLE exports.queue (id int, since date, left_at timestamptz)")
        )
        connection.execute(
            text(
                "INSERT INTO exports.queue "
                "VALUES (1, '2013-07-15', '2013-07-15 10:00+06'), (2, NULL, NULL)"
            )
        )
    engine.dispose()
    # When it is read
    columns = {"entry_id": "id", "registered_on": "since", "removed_on": "left_at"}
    read = extract.read(source(address, table="exports.queue", columns=columns))
    # Then the date is local and the time is in UTC
    assert read.records["id"].tolist() == ["1", "2"]
    assert read.native["since"].tolist()[0] == datetime(2013, 7, 15)
    assert read.native["left_at"].dt.tz_localize(None).tolist()[0] == datetime(2013, 7, 15, 4)
    assert read.native["left_at"].isna().tolist() == [False, True]

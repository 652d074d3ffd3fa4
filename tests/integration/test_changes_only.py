"""What a run reads: new files of a folder, changed rows of a table; and what a register lost."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from etl import dump, warehouse
from etl.errors import KezekError
from etl.extract import Reading
from etl.ledger import SourceReport
from etl.run import RunReport, run
from tests.support.loading import empty
from tests.support.regulations import small_town

FOLDERS = """\
as_of = 2013-12-31

[sources.office]
entity = "cases"
kind = "csv"
path = "office-*.csv"
columns = { case_id = "id", category = "who", service_point = "where" }
constants = { channel = "desk" }

[sources.journal]
entity = "events"
kind = "csv"
path = "journal-*.csv"
columns = { case_id = "case", step = "step", occurred_at = "at" }
"""
OFFICE = {
    "office-1.csv": "id,who,where\n1,families,hall\n2,nobody,hall\n3,families,hall\n",
    "office-2.csv": "id,who,where\n3,veterans,hall\n4,families,mall\n",
}
JOURNAL = {
    "journal-1.csv": "case,step,at\n1,desk-start,2013-03-04\n9,desk-start,2013-03-04\n",
    "journal-2.csv": "case,step,at\n1,desk-end,2013-03-20\n",
}


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _write(tmp_path, {"sources.toml": FOLDERS, **OFFICE, **JOURNAL})
    return tmp_path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read, in order."""
    names: list[str] = []
    note = Reading.note

    def noting(self: Reading, part: Any, files: Any, blank: Any) -> None:
        names.extend(file.name for file in files)
        note(self, part, files, blank)

    monkeypatch.setattr(Reading, "note", noting)
    return names


def _run(engine: Engine, folder: Path, **given: Any) -> RunReport:
    return run(
        engine=engine,
        regulation=small_town(),
        sources=folder / "sources.toml",
        today=date(2014, 6, 30),
        pseudonym_key=None,
        **given,
    )


def _words(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(dump.lines(connection))


def _counts(report: SourceReport) -> tuple[int, int, int, int]:
    tally = report.tally
    assert tally.adds_up
    return tally.read, tally.inserted, tally.updated, tally.unchanged


def test_of_a_folder_only_what_is_new_is_read(
    engine: Engine, folder: Path, opened: list[str]
) -> None:
    _run(engine, folder)
    opened.clear()
    _write(folder, {"office-3.csv": "id,who,where\n5,families,hall\n1,veterans,hall\n"})
    report = _run(engine, folder)
    assert opened == ["office-3.csv", "journal-1.csv", "journal-2.csv"]  # an event waits for a case
    assert _counts(report.sources["office"]) == (7, 1, 1, 5)
    assert [file["name"] for file in report.sources["office"].files] == [
        "office-1.csv", "office-2.csv", "office-3.csv"
    ]  # fmt: skip
    assert report.sources["office"].tally.rejects == {"unknown_category": 1}
    opened.clear()
    assert all(source.skipped for source in _run(engine, folder).sources.values())
    assert opened == []


def test_a_changed_file_is_read_with_those_that_are_believed_before_it(
    engine: Engine, folder: Path, opened: list[str]
) -> None:
    _run(engine, folder)
    opened.clear()
    _write(
        folder, {"office-1.csv": OFFICE["office-1.csv"].replace("3,fam", "3,veterans,hall\n3,fam")}
    )
    _run(engine, folder)
    assert opened[:2] == ["office-1.csv", "office-2.csv"]
    with engine.connect() as connection:
        third = select(warehouse.cases.c.category).where(warehouse.cases.c.case_id == "3")
        assert connection.scalar(third) == "veterans"  # as the later file says


def test_an_entry_is_settled_by_its_own_file_alone(engine: Engine, folder: Path) -> None:
    _run(engine, folder)
    _write(folder, {"office-3.csv": "id,who,where\n6,nobody,hall\n"})
    assert _run(engine, folder).sources["office"].tally.rejects == {"unknown_category": 2}
    _write(folder, {"office-3.csv": "id,who,where\n6,families,hall\n"})
    assert _run(engine, folder).sources["office"].tally.rejects == {"unknown_category": 1}
    _write(folder, {"office-1.csv": OFFICE["office-1.csv"].replace("nobody", "veterans")})
    assert _run(engine, folder).sources["office"].tally.rejects == {}


@pytest.mark.parametrize("seed", range(7))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_reading_what_changed_ends_where_reading_all_does(
    engine: Engine, folder: Path, seed: int
) -> None:
    draw = random.Random(seed)  # noqa: S311
    for n in range(5):
        kind = draw.choice(["office", "journal"])
        number = n + 3 if draw.random() < 0.7 else draw.randint(1, 4)  # mostly new files
        rows = _office(draw) if kind == "office" else _journal(draw)
        _write(folder, {f"{kind}-{number}.csv": rows})
        _run(engine, folder, max_rejected=1.0)
    changed = _words(engine)
    _run(engine, folder, afresh=True, max_rejected=1.0)
    assert _words(engine) == changed


def _office(draw: random.Random) -> str:
    who = ["families", "veterans", "nobody"]
    rows = [f"{draw.randint(1, 9)},{draw.choice(who)},hall" for _ in range(4)]
    return "\n".join(["id,who,where", *rows, ""])


def _journal(draw: random.Random) -> str:
    steps = ["desk-start", "desk-end", "desk-none"]
    rows = [
        f"{draw.randint(1, 9)},{draw.choice(steps)},2013-03-0{draw.randint(1, 9)}" for _ in "12"
    ]
    return "\n".join(["case,step,at", *rows, ""])


def test_events_of_one_moment_are_numbered_through_all_files(engine: Engine, folder: Path) -> None:
    _run(engine, folder)
    for n, rows in enumerate(["1,desk-review,2013-03-04", "1,desk-end,2013-03-04"], start=3):
        _write(folder, {f"journal-{n}.csv": f"case,step,at\n{rows}\n"})
        _run(engine, folder)
    changed = _words(engine)
    assert [row for row in changed if '"desk-end", "2013-03-03 18:00:00", "2013-03-04", 2' in row]
    _run(engine, folder, afresh=True)
    assert _words(engine) == changed


def test_a_register_of_several_files_loses_nothing_when_one_of_them_is_new(
    engine: Engine, tmp_path: Path
) -> None:
    told = """
[sources.register]
entity = "queue"
kind = "csv"
path = "register-*.csv"
snapshot = true
columns = { entry_id = "id", category = "who", registered_on = "in" }
"""
    lines = [f"q{n},families,2012-05-01" for n in range(30)]
    _write(tmp_path, {"sources.toml": told, "register-1.csv": "\n".join(["id,who,in", *lines, ""])})
    _run(engine, tmp_path)
    _write(tmp_path, {"register-2.csv": "id,who,in\nz,families,2012-05-01\n"})
    assert _run(engine, tmp_path).sources["register"].tally.vanished == 0
    _write(tmp_path, {"register-1.csv": "\n".join(["id,who,in", *lines[:-1], '"q29,families', ""])})
    report = _run(engine, tmp_path).sources["register"]
    assert (report.tally.rejected, report.tally.vanished) == (
        1,
        0,
    )  # which one it lists nobody knows


def test_files_whose_names_are_masked_are_not_taken_for_each_other(
    engine: Engine, folder: Path
) -> None:
    told = FOLDERS.replace("office-*.csv", "9*.csv")
    _write(folder, {"sources.toml": told, "900101300017.csv": OFFICE["office-1.csv"]})
    _run(engine, folder)
    _write(folder, {"900101300007.csv": "id,who,where\n7,families,hall\n"})
    assert _run(engine, folder).sources["office"].tally.inserted == 1
    assert _run(engine, folder).sources["office"].skipped


# --- a table with a watermark, a register that lists all

TABLE = """\
as_of = 2013-12-31

[sources.register]
entity = "queue"
kind = "database"
url = "sqlite:///register.sqlite"
table = "queue"
watermark = "changed"
overlap_hours = 2

[sources.register.columns]
entry_id = "id"
category = "who"
registered_on = "came"
removed_on = "out"
reason = "why"
"""


@pytest.fixture
def table(tmp_path: Path) -> sqlite3.Connection:
    (tmp_path / "sources.toml").write_text(TABLE, "utf-8")
    connection = sqlite3.connect(tmp_path / "register.sqlite", isolation_level=None)
    connection.execute("CREATE TABLE queue (id, who, came, out, why, changed)")
    for n in range(30):
        row = (f"q{n}", "families", "2012-05-01", None, None, f"2013-01-{n + 1:02} 10:00:00")
        connection.execute("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?)", row)
    return connection


def test_of_a_table_what_changed_since_the_watermark_is_read(
    engine: Engine, tmp_path: Path, table: sqlite3.Connection
) -> None:
    assert _counts(_run(engine, tmp_path).sources["register"]) == (30, 30, 0, 0)
    table.execute("UPDATE queue SET who = 'veterans', changed = '2013-02-01 08:00' WHERE id = 'q3'")
    table.execute(
        "UPDATE queue SET who = 'veterans' WHERE id = 'q0'"
    )  # nobody says that it changed
    table.execute(
        "INSERT INTO queue VALUES ('late', 'families', '2012-06-01', '', '', '2013-01-30 08:30:00')"
    )
    assert _counts(_run(engine, tmp_path).sources["register"]) == (3, 1, 1, 1)  # within the overlap
    table.execute("INSERT INTO queue VALUES ('none', 'families', '2012-06-01', '', '', NULL)")
    assert _counts(_run(engine, tmp_path).sources["register"]) == (2, 1, 0, 1)
    assert _counts(_run(engine, tmp_path, afresh=True).sources["register"])[0] == 32
    table.close()


def test_a_change_in_the_far_future_moves_no_watermark(
    engine: Engine, tmp_path: Path, table: sqlite3.Connection
) -> None:
    table.execute("UPDATE queue SET changed = '2913-01-04 10:00:00' WHERE id = 'q1'")
    _run(engine, tmp_path)
    table.execute("UPDATE queue SET who = 'veterans', changed = '2013-02-01 08:00' WHERE id = 'q3'")
    assert _run(engine, tmp_path).sources["register"].tally.updated == 1
    table.close()


def test_a_mended_row_of_a_table_leaves_quarantine(
    engine: Engine, tmp_path: Path, table: sqlite3.Connection
) -> None:
    table.execute("UPDATE queue SET who = 'nobody' WHERE id = 'q3'")
    assert _run(engine, tmp_path).sources["register"].tally.rejects == {"unknown_category": 1}
    table.execute("UPDATE queue SET who = 'veterans', changed = '2013-02-01 08:00' WHERE id = 'q3'")
    report = _run(engine, tmp_path).sources["register"]
    assert (report.tally.inserted, report.tally.rejects) == (1, {})
    table.close()


def test_a_watermark_that_is_no_time_is_told(
    engine: Engine, tmp_path: Path, table: sqlite3.Connection
) -> None:
    table.execute("UPDATE queue SET changed = 'yes'")
    with pytest.raises(KezekError, match=r"watermark 'changed' does not hold times"):
        _run(engine, tmp_path)
    table.close()


def test_what_a_register_lists_no_longer_is_gone_and_known_as_it_was(
    engine: Engine, tmp_path: Path, table: sqlite3.Connection
) -> None:
    told = TABLE.replace('watermark = "changed"\noverlap_hours = 2', "snapshot = true")
    (tmp_path / "sources.toml").write_text(told, "utf-8")
    _run(engine, tmp_path)
    table.execute("DELETE FROM queue WHERE id IN ('q3', 'q4')")
    table.execute("UPDATE queue SET who = 'nobody' WHERE id = 'q5'")  # rejected, and yet listed
    report = _run(engine, tmp_path).sources["register"]
    assert (report.tally.vanished, report.tally.rejected) == (2, 1)
    former = warehouse.QUEUE_FACTS.former
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(warehouse.queue_entries)) == 28
        assert connection.scalar(select(func.sum(warehouse.mart_queue.c.n))) == 28
        assert set(connection.scalars(select(former.c.entry_id))) == {"q3", "q4"}
    before = _words(engine)
    table.execute("DELETE FROM queue WHERE id > 'q2'")
    with pytest.raises(KezekError, match=r"register lists \d+ of \d+ entries no longer"):
        _run(engine, tmp_path)
    assert _words(engine) == before
    empty(engine)
    table.close()

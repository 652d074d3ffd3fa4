"""What the run before read is not read again, and whatever it rests on makes it read again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from etl.run import RunReport, run
from tests.support.dump import dump, without_stamps
from tests.support.regulations import small_town
from tests.support.town_files import JOURNAL, OFFICE, REGISTER, SOURCES, write_town

TODAY = date(2014, 6, 30)
SOUND = {"office": OFFICE[:3], "journal": JOURNAL[:1], "surveys": ["s1,hall,2013-03-21,3,2"]}


def _run(engine: Engine, sources: Path, **given: Any) -> RunReport:
    defaults: dict[str, Any] = {
        "regulation": small_town(),
        "today": TODAY,
        "pseudonym_key": "a key",
        "clock": lambda: datetime.combine(TODAY, time(12)),
    }
    return run(engine=engine, sources=sources, **{**defaults, **given})


def _read(report: RunReport) -> set[str]:
    return {name for name, source in report.sources.items() if not source.skipped}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_town(tmp_path / "town", **SOUND)


def test_the_same_files_are_not_read_twice_and_every_record_is_told(
    engine: Engine, town: Path
) -> None:
    first = _run(engine, town)
    before = dump(engine, without=["run", "run_source"])
    again = _run(engine, town)
    assert _read(first) == {"office", "journal", "register", "surveys"}
    assert _read(again) == set()
    assert dump(engine, without=["run", "run_source"]) == before
    for name, source in again.sources.items():
        was = first.sources[name]
        assert source.tally.adds_up
        assert source.tally.read == was.tally.read
        assert source.tally.unchanged == was.tally.read - was.tally.duplicate
        assert source.newest_event == was.newest_event
        assert without_stamps(source.files) == without_stamps(was.files)
    assert _read(_run(engine, town, afresh=True)) == _read(first)


def test_only_what_changed_is_read(engine: Engine, town: Path) -> None:
    _run(engine, town)
    write_town(town.parent, **{**SOUND, "register": [*REGISTER, "q3,families,2013-06-01,,"]})
    report = _run(engine, town)
    assert _read(report) == {"register"}
    assert report.sources["register"].tally.inserted == 1


def test_files_that_bear_their_stamp_are_not_even_opened_for_their_bytes(
    engine: Engine, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.extract.files._UNSETTLED", -(10**18))
    _run(engine, town)
    hashed: list[str] = []
    monkeypatch.setattr(
        "etl.extract.files.hashlib.file_digest", lambda file, _: hashed.append(file.name)
    )
    assert _read(_run(engine, town)) == set()
    assert hashed == []


def test_a_touched_file_of_the_same_bytes_is_known(engine: Engine, town: Path) -> None:
    _run(engine, town)
    os.utime(town.parent / "office.csv", (0, 0))
    assert _read(_run(engine, town)) == set()


@pytest.mark.parametrize(
    "changed",
    [
        lambda: {"regulation": replace(small_town(), sha256="1" * 64)},
        lambda: {"pseudonym_key": "another key", "new_key": True},
        lambda: {"as_of": date(2013, 12, 30)},
    ],
    ids=["regulation", "key", "an earlier day"],
)
def test_on_another_ground_all_is_read_again(
    engine: Engine, town: Path, changed: Callable[[], dict[str, Any]]
) -> None:
    first = _run(engine, town)
    assert _read(_run(engine, town, **changed())) == _read(first)


def test_another_mapping_is_read_again(engine: Engine, town: Path) -> None:
    _run(engine, town)
    town.write_text(
        SOURCES.replace(
            'constants = { channel = "desk" }',
            'key_prefix = "d-"\nconstants = { channel = "desk" }',
        ),
        encoding="utf-8",
    )
    assert "office" in _read(_run(engine, town))


def test_an_event_that_waits_for_its_case_is_asked_again(engine: Engine, town: Path) -> None:
    write_town(town.parent, **{**SOUND, "journal": JOURNAL})
    _run(engine, town)
    assert _read(_run(engine, town)) == set()
    ninth = "9,families,hall,,,04.03.2013 11:00,,"
    write_town(town.parent, **{**SOUND, "journal": JOURNAL, "office": [*OFFICE[:3], ninth]})
    report = _run(engine, town)
    assert _read(report) == {"office", "journal"}
    assert report.sources["journal"].tally.inserted == 1
    assert _read(_run(engine, town)) == set()


def test_an_event_is_asked_again_after_a_run_of_the_cases_alone(engine: Engine, town: Path) -> None:
    write_town(town.parent, **{**SOUND, "journal": JOURNAL})
    _run(engine, town)
    ninth = "9,families,hall,,,04.03.2013 11:00,,"
    write_town(town.parent, **{**SOUND, "journal": JOURNAL, "office": [*OFFICE[:3], ninth]})
    _run(engine, town, only=["office"])
    assert _read(_run(engine, town)) == {"journal"}


def test_a_record_of_the_future_is_asked_again_once_the_day_is_another(
    engine: Engine, town: Path
) -> None:
    write_town(town.parent, **{**SOUND, "register": [*REGISTER, "q3,families,2014-01-05,,"]})
    _run(engine, town)
    assert _read(_run(engine, town)) == set()
    report = _run(engine, town, as_of=date(2014, 1, 6))
    assert _read(report) == {"register"}
    assert report.sources["register"].tally.inserted == 1


def test_a_table_is_known_by_its_file_unless_changes_wait_beside_it(
    engine: Engine, town: Path
) -> None:
    path = town.parent / "register.sqlite"
    table = sqlite3.connect(path)
    table.execute("CREATE TABLE r (id TEXT, who TEXT, came TEXT, out TEXT, why TEXT)")
    table.execute("INSERT INTO r VALUES ('q1', 'families', '2012-05-01', NULL, NULL)")
    table.commit()
    told = SOURCES.replace(
        'kind = "csv"\npath = "register.csv"',
        'kind = "database"\nurl = "sqlite:///register.sqlite"\ntable = "r"',
    ).replace('"in"', '"came"')
    town.write_text(told, encoding="utf-8")
    _run(engine, town)
    assert _read(_run(engine, town)) == set()
    table.execute("PRAGMA journal_mode=WAL")
    table.execute("INSERT INTO r VALUES ('q2', 'veterans', '2012-06-01', NULL, NULL)")
    table.commit()
    report = _run(engine, town)
    assert report.sources["register"].tally.inserted == 1
    table.close()

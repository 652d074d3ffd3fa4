"""A file that is read in parts, by one process or by several, gives what it gives as a whole."""

from __future__ import annotations

import os
import random
import signal
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sqlalchemy import Engine, select

from etl import dump, hashes, warehouse
from etl.errors import KezekError
from etl.extract import delimited
from etl.load.event_rows import Shares, Span
from etl.load.taken import Events, Taken
from etl.run import RunReport, run
from etl.workers import Workers
from tests.support.cluster import dask_cluster
from tests.support.dump import without_stamps
from tests.support.loading import empty
from tests.support.regulations import small_town

SOURCES = """\
as_of = 2013-12-31

[sources.office]
entity = "cases"
kind = "csv"
path = "office.csv"
columns = { case_id = "id", category = "who", service_point = "where", iin = "iin" }
constants = { channel = "desk" }

[sources.journal]
entity = "events"
kind = "csv"
path = "journal.csv"
columns = { case_id = "case", step = "step", occurred_at = "at", actor = "actor" }

[sources.marked]
entity = "events"
kind = "csv"
path = "marked.csv"

[sources.marked.columns]
event_id = "no"
case_id = "case"
step = "step"
occurred_at = "at"
outcome = "result"

[sources.surveys]
entity = "surveys"
kind = "csv"
path = "surveys.csv"
columns = { response_id = "id", service_point = "where", answered_on = "on", q1 = "q1", q2 = "q2" }
"""
CASES, EVENTS = 60, 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Exports in which records, ties and mistakes repeat each other from one end to the other."""
    draw = random.Random(5)  # noqa: S311
    (tmp_path / "sources.toml").write_text(SOURCES, "utf-8")
    cases = [_case(draw) for _ in range(CASES)]
    _write(tmp_path / "office.csv", "id,who,where,iin", [*cases, *draw.sample(cases, 9)])
    events = [_event(draw) for _ in range(EVENTS)]
    _write(tmp_path / "journal.csv", "case,step,at,actor", [*events, *draw.sample(events, 40)])
    marked = [_marked(draw) for _ in range(EVENTS // 4)]
    _write(tmp_path / "marked.csv", "no,case,step,at,result", marked)
    answers = [_answer(draw) for _ in range(CASES)]
    _write(tmp_path / "surveys.csv", "id,where,on,q1,q2", answers)
    return tmp_path


def _case(draw: random.Random) -> str:
    category = draw.choice(["families", "veterans", "veterans", "nobody"])
    return f"{draw.randrange(CASES)},{category},hall,{draw.choice(['', '500101100000'])}"


def _event(draw: random.Random) -> str:
    step = draw.choice(["desk-start", "desk-review", "desk-end", "desk-nothing"])
    day = draw.choice(["2013-03-04", "2013-03-05 10:00", "2013-04-09", "31.02.2013"])
    actor = draw.choice(["Ә", '"two\nlines"', '"a ""quote"""', "torn,off", ""])
    return f"{draw.randrange(CASES + 5)},{step},{day},{actor}"


def _marked(draw: random.Random) -> str:
    result = draw.choice(["", "registered", "refused"])
    case, day = draw.randrange(CASES), f"2013-05-0{draw.randint(1, 9)}"
    return f"{draw.randrange(40)},{case},desk-end,{day},{result}"


def _answer(draw: random.Random) -> str:
    return f"{draw.randrange(CASES)},hall,2013-06-0{draw.randint(1, 9)},{draw.randint(1, 4)},1"


def _write(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows, ""]), "utf-8")


def _run(engine: Engine, folder: Path, workers: Workers | None = None) -> RunReport:
    return run(
        engine=engine,
        regulation=small_town(),
        sources=folder / "sources.toml",
        today=date(2013, 12, 31),
        pseudonym_key="key",
        max_rejected=1.0,
        workers=workers,
    )


def _seen(engine: Engine, report: RunReport) -> list[object]:
    """All that is told of a run: the warehouse in words, the counts, and the places of rejects."""
    entries = warehouse.quarantine.c
    placed = select(entries.source, entries.rule, entries.file, entries.row, entries.record_key)
    with engine.connect() as connection:
        words = list(dump.lines(connection))
        places = sorted(map(str, connection.execute(placed)))
    told = {
        name: replace(one, seconds=0.0, files=without_stamps(one.files))
        for name, one in report.sources.items()
    }
    return [words, places, told]


@pytest.mark.parametrize("size", [300, 3000])
def test_parts_say_what_the_whole_says(
    engine: Engine, folder: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _seen(engine, _run(engine, folder))
    assert {"duplicate", "rejected"} <= {
        name
        for one in whole[2].values()  # type: ignore[attr-defined]
        for name in ("duplicate", "rejected")
        if getattr(one.tally, name) > 5
    }
    empty(engine)
    monkeypatch.setattr(delimited, "_PART", size)
    monkeypatch.setattr("etl.load.spool._AT_ONCE", size // 10)
    assert _seen(engine, _run(engine, folder)) == whole


def test_events_whose_order_must_be_asked_for_give_the_same(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that holds all events for ones that another source may have told of, too
    known = _seen(engine, _run(engine, folder))
    empty(engine)
    monkeypatch.setattr("etl.load.taken._are_tied", lambda _rows: True)
    asked: list[Span] = []
    by_id = Taken.by_id

    def counted(self: Taken, span: Span) -> Events:
        asked.append(span)
        return by_id(self, span)

    monkeypatch.setattr(Taken, "by_id", counted)
    # When, then
    assert _seen(engine, _run(engine, folder)) == known
    assert asked


def _all_alike(ids: pa.Array) -> npt.NDArray[np.uint64]:
    return np.zeros(len(ids), dtype="uint64")


@pytest.mark.parametrize("size", [300, 1_000_000])
def test_the_events_of_a_first_load_are_not_asked_for(
    engine: Engine, folder: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given what the database itself says of events, some of them gone, moved or without a case
    monkeypatch.setattr(delimited, "_PART", size)
    with monkeypatch.context() as asked:
        asked.setattr("etl.load.staging.are_awaited", lambda _: False)
        known = _seen(engine, _run(engine, folder))
    # When, then
    assert not _asks_for_events(engine, folder, known, monkeypatch)


def test_cases_that_cannot_be_told_apart_by_their_marks_are_asked_for(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = _seen(engine, _run(engine, folder))
    monkeypatch.setattr("etl.load.first_events.rough", _all_alike)
    assert _asks_for_events(engine, folder, known, monkeypatch)


@pytest.mark.parametrize("rough", [hashes.rough, _all_alike])
def test_events_that_a_second_source_tells_of_are_asked_for(
    engine: Engine, folder: Path, rough: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given events that are not new, and as many whose cases cannot be told apart by their marks
    told_again = SOURCES.split("[sources.marked]")[1].split("[sources.surveys]", maxsplit=1)[0]
    again = told_again.replace("sources.marked", "sources.again")
    (folder / "sources.toml").write_text(f"{SOURCES}\n[sources.again]{again}", "utf-8")
    with monkeypatch.context() as asked:
        asked.setattr("etl.load.staging.are_awaited", lambda _: False)
        known = _seen(engine, _run(engine, folder))
    monkeypatch.setattr("etl.load.first_events.rough", rough)
    assert _asks_for_events(engine, folder, known, monkeypatch)


def _asks_for_events(
    engine: Engine, folder: Path, known: object, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Whether a first run, which must tell what is ``known``, asks the database for its events."""
    empty(engine)
    reads: list[Taken] = []
    read = Taken._read

    def counted(self: Taken) -> Shares:
        reads.append(self)
        return read(self)

    monkeypatch.setattr(Taken, "_read", counted)
    assert _seen(engine, _run(engine, folder)) == known
    return bool(reads)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_works_the_warehouse_is_the_same(
    engine: Engine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_PART", 1000)
    alone = _seen(engine, _run(engine, folder))
    monkeypatch.setattr("etl.workers._WORTH_IT", 0)
    with dask_cluster(tmp_path / "dask", workers=2) as cluster:
        for workers in (Workers(processes=4), Workers(dask=cluster.scheduler_address)):
            empty(engine)
            with workers:
                assert _seen(engine, _run(engine, folder, workers)) == alone


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_that_is_killed_fails_the_run_and_changes_nothing(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_PART", 1000)
    monkeypatch.setattr("etl.workers._WORTH_IT", 0)
    monkeypatch.setattr("etl.reading._judged", _killed)
    with engine.connect() as connection:
        before = list(dump.lines(connection))
    with (
        Workers(processes=2) as workers,
        pytest.raises(KezekError, match=r"ended from outside.*KEZEK_PROCESSES=1"),
    ):
        _run(engine, folder, workers)
    with engine.connect() as connection:
        assert list(dump.lines(connection)) == before


def _killed(_work: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

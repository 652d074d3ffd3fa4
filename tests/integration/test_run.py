"""A run: what it reports, that it changes all or nothing, and that only one is at work."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, update

from etl import warehouse
from etl.errors import KezekError
from etl.regulation.model import Regulation
from etl.run import RunReport, run
from tests.support.dump import dump
from tests.support.regulations import small_town
from tests.support.town_files import JOURNAL, OFFICE, SOURCES, SURVEYS, write_town

TODAY = date(2014, 6, 30)
LEDGER = ("run", "run_source")
STAGES = ("read", "merge", "derive", "marts", "check", "done")


def _run(engine: Engine, sources: Path, **given: Any) -> RunReport:
    defaults: dict[str, Any] = {
        "regulation": small_town(),
        "today": TODAY,
        "pseudonym_key": "a key",
        "clock": lambda: datetime.combine(TODAY, time(12)),
    }
    return run(engine=engine, sources=sources, **{**defaults, **given})


def _runs(engine: Engine) -> list[tuple[Any, ...]]:
    columns = warehouse.run.c
    with engine.connect() as connection:
        query = select(columns.status, columns.as_of, columns.as_of_pinned, columns.error)
        return [tuple(row) for row in connection.execute(query.order_by(columns.run_id))]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write_town(tmp_path / "town")


def _load(engine: Engine) -> None:
    with TemporaryDirectory() as folder:
        _run(engine, write_town(Path(folder) / "town"))


@pytest.fixture
def filling() -> Callable[[Engine], None]:
    """For what happens to a warehouse that holds the town."""
    return _load


def test_a_run_tells_what_became_of_every_record(engine: Engine, town: Path) -> None:
    report = _run(engine, town).to_json()
    told = {
        name: (
            source["read"],
            source["inserted"],
            source["rejected"],
            source["rejects"],
            source["newest_event"],
        )
        for name, source in report["sources"].items()
    }
    assert told == {
        "office": (4, 3, 1, {"bad_date": 1}, "2013-04-30T04:00:00Z"),
        "journal": (2, 1, 1, {"unknown_case": 1}, "2013-03-08T04:00:00Z"),
        "register": (2, 2, 0, {}, "2013-05-31T18:00:00Z"),
        "surveys": (3, 2, 1, {"bad_answer": 1}, "2013-04-30T18:00:00Z"),
    }
    assert (report["status"], report["as_of"]) == ("succeeded", "2013-12-31")
    assert _runs(engine) == [("succeeded", date(2013, 12, 31), True, None)]


def test_the_ledger_keeps_what_the_run_told_and_the_files_it_read(
    engine: Engine, town: Path
) -> None:
    report = _run(engine, town)
    columns = warehouse.run_source.c
    with engine.connect() as connection:
        row = connection.execute(
            select(warehouse.run_source).where(columns.source == "office")
        ).one()
    tally = report.sources["office"].tally
    assert (row.read, row.inserted, row.rejected) == (tally.read, tally.inserted, tally.rejected)
    (file,) = row.files
    assert file["name"].endswith("office.csv")
    assert (file["rows"], len(file["sha256"])) == (4, 64)
    with engine.connect() as connection:
        told = {
            row.source: row.entity
            for row in connection.execute(select(columns.source, columns.entity))
        }
    expected = {"office": "cases", "journal": "events", "register": "queue", "surveys": "surveys"}
    assert told == expected


def test_no_table_holds_an_iin(engine: Engine, town: Path) -> None:
    _run(engine, town)
    assert "500101100000" not in repr(dump(engine))


def test_a_repeated_run_changes_nothing_but_the_ledger(engine: Engine, town: Path) -> None:
    _run(engine, town)
    before = dump(engine, without=LEDGER)
    report = _run(engine, town)
    assert dump(engine, without=LEDGER) == before
    for source in report.sources.values():
        assert source.tally.unchanged == source.tally.read


@pytest.mark.usefixtures("filling")
def test_a_corrected_export_updates_the_case_and_its_counts(engine: Engine, town: Path) -> None:
    corrected = "2,families,hall,returned,,01.03.2013 11:00,,02.04.2013 10:00"
    write_town(town.parent, office=[OFFICE[0], corrected, *OFFICE[2:]])
    report = _run(engine, town)
    assert report.sources["office"].tally.inserted == 1, "its last event is new"
    received = (date(2013, 3, 1), date(2013, 3, 31), date(2013, 4, 2), "returned")
    marts = dump(engine)["mart_cases"]
    assert ("service", "desk", "families", "hall", *received, received[2], 1) in marts
    assert not [row for row in marts if row[2] == "veterans"]


@pytest.mark.usefixtures("filling")
def test_a_record_comes_out_of_quarantine_once_its_source_is_corrected(
    engine: Engine, town: Path
) -> None:
    mended = OFFICE[3].replace("31.02.2013", "28.02.2013")
    write_town(town.parent, office=[*OFFICE[:3], mended], journal=JOURNAL[:1], surveys=SURVEYS[:2])
    report = _run(engine, town)
    assert report.sources["office"].tally.inserted == 1
    entries = warehouse.quarantine.c
    with engine.connect() as connection:
        closed = connection.execute(select(entries.rule, entries.closed_run_id)).all()
    assert sorted(closed) == [("bad_answer", 2), ("bad_date", 2), ("unknown_case", 2)]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "surveys.csv").unlink(), "surveys"),
        (lambda folder: (folder / "register.csv").write_text("id,who\nq9,families\n"), "in"),
        (lambda folder: (folder / "sources.toml").write_text("[sources"), "TOML"),
        (
            lambda folder: (folder / "sources.toml").write_text(
                SOURCES.replace('kind = "csv"', 'kind = "tape"', 1)
            ),
            "kind",
        ),
    ],
    ids=["missing file", "missing column", "broken TOML", "unknown kind"],
)
@pytest.mark.usefixtures("filling")
def test_wrong_input_leaves_the_warehouse_as_it_was(
    engine: Engine, town: Path, spoil: Callable[[Path], Any], said: str
) -> None:
    before = dump(engine, without=["run"])
    write_town(town.parent, office=OFFICE[:1])
    spoil(town.parent)
    with pytest.raises(KezekError, match=said) as failure:
        _run(engine, town)
    assert dump(engine, without=["run"]) == before
    status, _, _, error = _runs(engine)[-1]
    assert (status, error) == ("failed", str(failure.value))


@pytest.mark.parametrize(
    ("stage", "error"),
    [*((stage, RuntimeError("Ахметов")) for stage in STAGES), ("merge", KeyboardInterrupt())],
)
@pytest.mark.usefixtures("filling")
def test_a_run_that_dies_at_any_stage_leaves_the_warehouse_as_it_was(
    engine: Engine, town: Path, stage: str, error: BaseException
) -> None:
    before = dump(engine, without=["run"])
    write_town(town.parent, office=OFFICE[:1], surveys=[], register=[])

    def dies(at: str, **_: Any) -> None:
        if at == stage:
            raise error

    with pytest.raises(type(error)):
        _run(engine, town, progress=dies)
    assert dump(engine, without=["run"]) == before
    status, _, _, told = _runs(engine)[-1]
    assert status == "failed"
    assert "Ахметов" not in told, "a library's words may repeat personal data"


def test_a_run_after_one_that_died_succeeds(engine: Engine, town: Path) -> None:
    def dies(stage: str, **_: Any) -> None:
        if stage == "marts":
            raise RuntimeError

    with pytest.raises(RuntimeError):
        _run(engine, town, progress=dies)
    assert _run(engine, town).sources["office"].tally.inserted == 3


def test_a_broken_identity_takes_the_run_back(engine: Engine, town: Path) -> None:
    with engine.begin() as connection:
        wrong = {"category": "families", "registered_on": date(1999, 1, 1), "n": 7}
        connection.execute(insert(warehouse.mart_queue).values(**wrong))
    before = dump(engine, without=["run"])
    with pytest.raises(KezekError, match="mart_queue counts 9 where queue_entries holds 2"):
        _run(engine, town)
    assert dump(engine, without=["run"]) == before


@pytest.mark.parametrize("mart", ["mart_cases", "mart_queue", "mart_survey"])
@pytest.mark.usefixtures("filling")
def test_an_identity_that_breaks_in_the_middle_of_a_run_takes_it_back(
    engine: Engine, town: Path, mart: str
) -> None:
    # Given a delivery that changes every table
    before = dump(engine, without=["run"])
    register, surveys = ["q7,families,2013-05-01,,"], ["s7,hall,2013-05-02,2,2"]
    office = [*OFFICE, "7,families,hall,,,03.05.2013 10:00,,"]
    write_town(town.parent, office=office, register=register, surveys=surveys)
    connections: list[Connection] = []

    @event.listens_for(engine, "engine_connect")
    def note(connection: Connection) -> None:
        connections.append(connection)

    # When a mart is miscounted within the run's own transaction
    def miscount(stage: str, **_: Any) -> None:
        if stage == "check":
            table = warehouse.metadata.tables[mart]
            connections[-1].execute(update(table).values(n=table.c.n + 1))

    with pytest.raises(KezekError, match=f"{mart} (mis)?counts") as failure:
        _run(engine, town, progress=miscount)
    # Then the old state stands, the ledger has the failure, and the next run loads it all
    assert dump(engine, without=["run"]) == before
    assert [(status, error) for status, _, _, error in _runs(engine)] == [
        ("succeeded", None),
        ("failed", str(failure.value)),
    ]
    assert _run(engine, town).sources["register"].tally.inserted == 1


def test_a_second_run_at_the_same_time_says_so_and_changes_nothing(
    engine: Engine, town: Path
) -> None:
    said: list[str] = []

    def second() -> None:
        try:
            _run(engine, town)
        except KezekError as error:
            said.append(str(error))

    def meanwhile(stage: str, **_: Any) -> None:
        if stage in {"read", "check"}:
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()

    _run(engine, town, progress=meanwhile)
    assert len(said) == 9  # four sources begin, each is one part, then the figures are checked
    assert all("Another run is at work" in words for words in said)
    assert [status for status, *_ in _runs(engine)] == ["succeeded"]


def _bytes_told(engine: Engine, town: Path) -> list[tuple[str, int, int | None]]:
    told: list[tuple[str, int, int | None]] = []

    def note(stage: str, **how_far: Any) -> None:
        if stage == "read":
            told.append((how_far["source"], how_far["bytes_done"], how_far["bytes_left"]))

    _run(engine, town, progress=note)
    return told


def test_a_run_tells_how_many_bytes_are_left_to_read(engine: Engine, town: Path) -> None:
    names = ("office", "journal", "register", "surveys")
    sizes = [(town.parent / f"{name}.csv").stat().st_size for name in names]
    done = [sum(sizes[:n]) for n in range(5)]
    assert _bytes_told(engine, town) == [
        (name, so_far, done[4] - so_far)
        for n, name in enumerate(names)
        for so_far in (done[n], done[n + 1])
    ]


def test_what_is_left_is_unknown_until_the_last_packed_source_was_read(
    engine: Engine, town: Path
) -> None:
    journal = town.parent / "journal.csv"
    journal.write_bytes(gzip.compress(journal.read_bytes()))
    left = [(source, left is None) for source, _, left in _bytes_told(engine, town)]
    assert dict(left) == {"office": True, "journal": True, "register": False, "surveys": False}


def test_only_the_chosen_sources_are_read(engine: Engine, town: Path) -> None:
    (town.parent / "surveys.csv").unlink()
    report = _run(engine, town, only=["register"])
    assert list(report.sources) == ["register"]
    assert dump(engine)["cases"] == []


def test_an_unknown_source_is_refused_with_those_there_are(engine: Engine, town: Path) -> None:
    with pytest.raises(KezekError, match="office, journal, register, surveys"):
        _run(engine, town, only=["offce"])


@pytest.mark.parametrize(
    ("sources", "given", "expected"),
    [
        (SOURCES, {}, (date(2013, 12, 31), True)),
        (SOURCES, {"as_of": date(2013, 4, 1)}, (date(2013, 4, 1), True)),
        (SOURCES.removeprefix("as_of = 2013-12-31\n"), {}, (TODAY, False)),
    ],
    ids=["the exports' own", "given", "today"],
)
def test_the_as_of_date_is_given_or_the_exports_own_or_today(
    engine: Engine, tmp_path: Path, sources: str, given: dict, expected: tuple
) -> None:
    town = write_town(tmp_path / "town", sources=sources)
    report = _run(engine, town, **given)
    assert _runs(engine)[0][1:3] == expected
    late = report.sources["office"].tally.rejects.get("in_future", 0)
    assert late == (1 if expected[0] < date(2013, 4, 30) else 0)


@pytest.mark.usefixtures("filling")
def test_another_limit_is_applied_to_every_case_though_no_file_changed(
    engine: Engine, town: Path
) -> None:
    report = _run(engine, town, regulation=_with_limit(small_town(), 10))
    assert report.sources["office"].tally.unchanged == 4
    spans = warehouse.case_clocks.c
    with engine.connect() as connection:
        due = connection.execute(
            select(spans.received_on, spans.due_on).where(spans.clock == "service")
        ).all()
    assert due
    assert all((end - start).days == 10 for start, end in due)
    assert {row[5] for row in dump(engine)["mart_cases"]} >= {end for _, end in due}


@pytest.mark.usefixtures("filling")
def test_a_town_of_other_categories_is_not_mixed_in(engine: Engine, town: Path) -> None:
    before = dump(engine, without=["run"])
    other = small_town()
    other = replace(other, categories=other.categories[:1], sha256="1" * 64)
    with pytest.raises(KezekError, match="give each regulation a warehouse of its own"):
        _run(engine, town, regulation=other, only=["surveys"])
    assert dump(engine, without=["run"]) == before


def _with_limit(regulation: Regulation, limit: int) -> Regulation:
    clocks = tuple(replace(clock, limit=limit) for clock in regulation.clocks)
    return replace(regulation, clocks=clocks, sha256="2" * 64)

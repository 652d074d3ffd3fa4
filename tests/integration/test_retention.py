"""What rejected records said goes after a time, from the tables and from the files; all that is
counted stays."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, text

from dashboard.access import Scope
from dashboard.queries.case_remarks import CaseRemark, history
from dashboard.queries.remarks import examples
from etl import case_remarks, databases, erasing, lock, people, retention
from etl.databases import open_engine
from etl.errors import KezekError
from etl.retention import Purged
from etl.run import RunReport, run
from etl.warehouse import findings, quarantine
from tests.support.dump import dump
from tests.support.migrated import migrated
from tests.support.regulations import small_town
from tests.support.town_files import JOURNAL, OFFICE, write_town

FIRST, MARCH, LATER = datetime(2014, 1, 1, 6), datetime(2014, 3, 1), datetime(2014, 6, 1, 6)
STANDS, SETTLED, NEW = "astronauts", "beekeepers", "cosmonauts"  # no category of the town
NOTE_OF_TWO = "of one that goes on"
KEPT = ("source", "rule", "file", "row", "record_key", "column", "record_hash", "run_id")


def _line(number: int, category: str) -> str:
    return f"{number},{category},hall,,,04.03.2013 11:00,,"


def _load(engine: Engine, town: Path, at: datetime, office: Sequence[str]) -> RunReport:
    write_town(
        town, office=[*OFFICE[:3], *office], journal=JOURNAL, surveys=["s1,hall,2013-03-21,3,2"]
    )
    return run(
        engine=engine,
        sources=town / "sources.toml",
        regulation=small_town(),
        today=date(2013, 12, 31),
        pseudonym_key="a key",
        clock=lambda: at,
        max_rejected=1,
    )


def _fill(engine: Engine) -> None:
    with TemporaryDirectory() as folder:
        town = Path(folder) / "town"
        _load(engine, town, FIRST, [_line(7, STANDS), _line(8, SETTLED)])
        _load(engine, town, LATER, [_line(7, STANDS), _line(8, "families"), _line(11, NEW)])


@pytest.fixture
def filling() -> Callable[[Engine], None]:
    return _fill


@pytest.fixture
def town(tmp_path: Path, filling: object) -> Path:
    """Where exports lie; the warehouse is one in which one old entry stands, another is settled and
    a third came later."""
    return tmp_path / "town"


def _purge(engine: Engine, before: datetime = MARCH) -> Purged:
    return retention.purge(engine, before=before, note=lambda _connection, _purged: None)


def _entries(engine: Engine) -> dict[tuple[str, str], Any]:
    """By rule and key of the record."""
    with engine.connect() as connection:
        rows = connection.execute(select(quarantine)).mappings()
        return {(row["rule"], row["record_key"]): row for row in rows}


def _found_in_files(folder: Path, *words: str) -> list[str]:
    files = sorted(folder.glob("kezek.db*"))
    return [word for word in words for file in files if word.encode() in file.read_bytes()]


def test_old_entries_lose_what_they_said_and_nothing_else(
    engine: Engine, town: Path, tmp_path: Path
) -> None:
    # Given
    before, held = _entries(engine), dump(engine, without=["quarantine"])
    shown = examples(engine, scope=Scope(every=True))
    stands, settled, new = (("unknown_category", key) for key in ("7", "8", "11"))
    assert STANDS in str(before[stands]["raw"])
    assert before[settled]["closed_run_id"] == 2
    # When
    purged = _purge(engine)
    # Then
    after = _entries(engine)
    assert (purged.emptied, purged.deleted) == (2, 1)  # an event waits for its case as well
    assert settled not in after
    assert (after[stands]["raw"], after[stands]["value"]) == (None, None)
    assert {name: after[stands][name] for name in KEPT} == {
        name: before[stands][name] for name in KEPT
    }
    assert after[new] == before[new]
    assert (
        shown["is_purged"].sum(),
        examples(engine, scope=Scope(every=True))["is_purged"].sum(),
    ) == (0, 2)
    assert dump(engine, without=["quarantine"]) == held
    assert _found_in_files(tmp_path, STANDS, SETTLED) == []
    if engine.dialect.name == "sqlite":
        assert _found_in_files(tmp_path, NEW) == [NEW], "the search finds what is there"


def test_a_second_purge_finds_nothing(engine: Engine, town: Path) -> None:
    _purge(engine)
    again = _purge(engine)
    assert (again.emptied, again.deleted, again.findings) == (0, 0, 0)


def test_an_emptied_entry_stays_empty_and_is_settled_when_its_record_is_sound(
    engine: Engine, town: Path
) -> None:
    # Given
    _purge(engine)
    emptied = _entries(engine)["unknown_category", "7"]
    # When the record comes again as it was
    report = _load(engine, town, LATER, [_line(7, STANDS), _line(11, NEW), _line(12, NEW)])
    # Then it is known
    assert all(source.tally.adds_up for source in report.sources.values())
    assert report.sources["office"].tally.rejected == 1
    assert _entries(engine)["unknown_category", "7"] == emptied
    # And when it is corrected, the entry is settled
    _load(engine, town, LATER, [_line(7, "families")])
    assert _entries(engine)["unknown_category", "7"]["closed_run_id"] == 4


def test_an_event_that_waits_is_still_known_by_its_case(engine: Engine, town: Path) -> None:
    # Given an emptied entry of an event, whose case 9 has never come
    _purge(engine)
    waiting = next(e for (rule, _), e in _entries(engine).items() if rule == "unknown_case")
    assert (waiting["value"], waiting["raw"]) == ("9", None)
    # When it comes
    report = _load(engine, town, LATER, [_line(7, STANDS), _line(9, "families")])
    # Then
    assert report.sources["journal"].tally.inserted == 1
    assert _entries(engine)["unknown_case", waiting["record_key"]]["closed_run_id"] == 3


def test_settled_findings_go_and_those_that_stand_stay(engine: Engine, town: Path) -> None:
    entry = {
        "source": "office", "rule": "step_order", "record_hash": "0" * 32, "value": "a → b",
        "file": "office.csv", "row": 2, "record_key": "1", "column": "came",
    }  # fmt: skip
    with engine.begin() as connection:
        for closed in (None, 2):
            connection.execute(insert(findings).values(**entry, run_id=1, closed_run_id=closed))
    assert _purge(engine).findings == 1
    with engine.connect() as connection:
        closed = select(findings.c.closed_run_id).where(findings.c.record_hash == "0" * 32)
        assert connection.scalars(closed).all() == [None]


def test_old_sessions_and_refusals_go_and_accounts_stay(engine: Engine, town: Path) -> None:
    with engine.begin() as connection:
        _sign_in(connection)
    purged = _purge(engine)
    assert (purged.sessions, purged.refusals) == (1, 1)
    held = dump(engine)
    assert [row[0] for row in held["session"]] == ["new"]
    assert [row[0] for row in held["refusal"]] == ["new"]
    assert len(held["account"]) == 1


def _sign_in(connection: Connection) -> None:
    account = {
        "login": "aigul", "must_change": False, "role": "akim", "channels": [],
        "service_points": [], "made_at": FIRST,
    }  # fmt: skip
    connection.execute(insert(people.account).values(**account))
    for name, at in (("old", FIRST), ("new", LATER)):
        times = {"made_at": at, "seen_at": at}
        connection.execute(insert(people.session).values(token_hash=name, login="aigul", **times))
        connection.execute(insert(people.refusal).values(key=name, times=1, last_at=at))


def test_notes_that_were_taken_back_or_whose_case_is_over_lose_their_text(
    engine: Engine, town: Path, tmp_path: Path
) -> None:
    # Given case 1, finished in 2013, and case 2, which is open
    for case_id, at, note in (
        ("1", FIRST, "of one that is over"),
        ("1", LATER, "of one that is over, written of late"),
        ("2", FIRST, NOTE_OF_TWO),
        ("2", FIRST, "taken back long ago"),
        ("2", FIRST, "taken back of late"),
        ("none", FIRST, "of one that no source tells of"),
    ):
        _note(engine, case_id, at, note)
    for number, at in ((4, FIRST), (5, LATER)):
        case_remarks.withdraw(engine, "2", number, by="dana", at=at)
    before = dump(engine)["case_remark"]
    # When
    counted = retention.to_purge(engine, before=MARCH)
    purged = _purge(engine)
    # Then the text is gone, also from the file, and nothing else
    after = dump(engine)["case_remark"]
    gone = {"of one that is over", "taken back long ago", "of one that no source tells of"}
    assert counted == purged
    assert purged.notes == len(gone)
    assert after == [tuple(None if v in gone else v for v in row) for row in before]
    assert [r.note for r in _remarks(engine, "2")] == ["taken back of late", None, NOTE_OF_TWO]
    assert _found_in_files(tmp_path, "taken back long ago", "no source tells of") == []
    if engine.dialect.name == "sqlite":
        assert _found_in_files(tmp_path, NOTE_OF_TWO) == [NOTE_OF_TWO]
    assert _purge(engine).notes == 0


def _note(engine: Engine, case_id: str, at: datetime, note: str) -> None:
    case_remarks.write(
        engine, case_id, token=uuid.uuid4().hex, by="aigul", at=at, expected_on=date(2014, 7, 1),
        note=note, earliest=at.date(),
    )  # fmt: skip


def _remarks(engine: Engine, case_id: str) -> Sequence[CaseRemark]:
    with engine.connect() as connection:
        return history(connection, case_id)


def test_what_cannot_be_noted_is_not_purged(engine: Engine, town: Path) -> None:
    before = dump(engine)

    def refuse(connection: Connection, purged: Purged) -> None:
        raise KezekError("The audit is full.")

    with pytest.raises(KezekError, match="audit is full"):
        retention.purge(engine, before=MARCH, note=refuse)
    assert dump(engine) == before


def test_a_purge_is_refused_while_a_run_is_at_work(engine: Engine, town: Path) -> None:
    before = dump(engine)
    with lock.only_run(engine), pytest.raises(KezekError, match="Another run is at work"):
        _purge(engine)
    assert dump(engine) == before


def test_a_purge_that_was_killed_before_the_files_is_finished_by_the_next(
    engine: Engine, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given rows that are gone, in files that were not written anew; and what a run left behind
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "rewrite", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            _purge(engine)
    (tmp_path / "kezek.db-staged").write_text(STANDS, "utf-8")
    if engine.dialect.name == "sqlite":
        assert STANDS in _found_in_files(tmp_path, STANDS, SETTLED)
    # When
    purged = _purge(engine)
    # Then
    assert purged.emptied == 0
    if engine.dialect.name == "sqlite":
        assert _found_in_files(tmp_path, STANDS, SETTLED) == []


def test_whoever_reads_what_was_there_before_is_told_of_and_the_next_purge_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a reader in the middle of a reading
    monkeypatch.setattr(databases, "SQLITE_BUSY_SECONDS", 0)
    migrated(tmp_path / "kezek.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'kezek.db'}")
    _load(engine, tmp_path / "town", FIRST, [_line(7, STANDS)])
    with engine.connect() as reader:
        reader.execute(text("BEGIN"))
        reader.execute(select(quarantine)).all()
        # When
        with pytest.raises(KezekError, match="hold it no longer, but the files"):
            _purge(engine)
    # Then
    assert _purge(engine).emptied == 0
    assert _found_in_files(tmp_path, STANDS) == []
    engine.dispose()

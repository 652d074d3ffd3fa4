"""The audit: one chain whoever writes it, and no change of it that is not found."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from dashboard import audit
from dashboard.audit import Head
from etl.databases import open_engine
from etl.people import audit_entry
from tests.support.command import kezek
from tests.support.migrated import migrated

NOON = datetime(2014, 1, 1, 12)
IIN = "900101300007"


def _note(engine: Engine, *deeds: str) -> None:
    for minutes, what in enumerate(deeds):
        about = {"page": f"/{what}"}
        audit.note(engine, what, who="aigul", about=about, now=NOON + timedelta(minutes=minutes))


def _change(engine: Engine, statement: Any) -> None:
    """As by somebody who owns the tables, and takes away what keeps others from it."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for deed in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_entry_no_{deed}")
        assert connection.execute(statement).rowcount


def test_what_was_noted_is_told_and_the_chain_is_whole(engine: Engine) -> None:
    _note(engine, "signed in", "exported")
    almaty = timezone(timedelta(hours=6))
    audit.note(engine, "left", who="erlan", about={}, now=datetime(2014, 1, 1, 19, tzinfo=almaty))
    assert [(e.number, e.at.hour, e.who, e.what) for e in audit.entries(engine)] == [
        (1, 12, "aigul", "signed in"),
        (2, 12, "aigul", "exported"),
        (3, 13, "erlan", "left"),
    ]
    chosen = audit.entries(engine, since=NOON + timedelta(minutes=1), who="aigul")
    assert [e.about for e in chosen] == [{"page": "/exported"}]
    assert [e.number for e in audit.entries(engine, what="left")] == [3]
    chain = audit.verify(engine)
    assert (chain.head.number, chain.faults) == (3, [])


def test_an_empty_audit_is_whole(engine: Engine) -> None:
    assert audit.verify(engine, expected=audit.verify(engine).head).faults == []


def test_what_is_noted_holds_no_iin_and_any_text(engine: Engine) -> None:
    about = {
        "asked": f"q={IIN}",
        "filters": [{"case": IIN}, IIN],
        "odd": "\ud800\x00Ә",
        "day": NOON,
    }
    audit.note(engine, "exported", who="aigul", about=about, now=NOON)
    (entry,) = audit.entries(engine)
    assert IIN not in json.dumps(entry.about)
    assert entry.about["odd"] == "?\x00Ә"
    assert audit.verify(engine).faults == []


def test_writers_at_once_make_one_chain(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(4)]
    threads = [threading.Thread(target=_note, args=(e, *"abcdefgh")) for e in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain = audit.verify(engines[0])
    assert (chain.head.number, chain.faults) == (32, [])
    for one in engines:
        one.dispose()


C = audit_entry.c


def test_a_file_s_audit_refuses_to_be_altered_or_shortened(tmp_path: Path) -> None:
    migrated(tmp_path / "kezek.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'kezek.db'}")
    _note(engine, *"ab")
    for statement in (
        update(audit_entry).values(who="erlan"),
        delete(audit_entry),
        delete(audit_entry).where(C.number == 2),
    ):
        with pytest.raises(IntegrityError, match="only ever added to"), engine.begin() as begun:
            begun.execute(statement)
    _note(engine, "c")
    assert (audit.verify(engine).head.number, audit.verify(engine).faults) == (3, [])
    engine.dispose()


_OTHER: dict[str, Any] = {
    "number": 7,
    "at": NOON + timedelta(microseconds=1),
    "who": "erlan",
    "what": "exported nothing",
    "about": "{}",
    "previous": "f" * 64,
    "hash": "f" * 64,
}


def test_the_columns_that_are_tampered_with_below_are_all_there_are() -> None:
    assert set(_OTHER) == set(C.keys())


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("column", _OTHER)
def test_an_altered_column_of_any_entry_is_found(engine: Engine, column: str, number: int) -> None:
    _note(engine, "signed in", "exported", "left")
    head = audit.verify(engine).head
    _change(engine, update(audit_entry).where(C.number == number).values({column: _OTHER[column]}))
    assert audit.verify(engine, expected=head).faults
    assert audit.verify(engine).faults


def test_an_entry_that_was_rewritten_with_its_hash_is_found(engine: Engine) -> None:
    _note(engine, "signed in", "exported", "left")
    with engine.begin() as connection:
        row = dict(connection.execute(select(audit_entry).where(C.number == 2)).mappings().one())
    row["who"] = "erlan"
    row["hash"] = audit._hash(row)
    _change(engine, update(audit_entry).where(C.number == 2).values(row))
    assert audit.verify(engine).faults == [
        "Entry 3 does not follow entry 2: one of them was replaced."
    ]


@pytest.mark.parametrize("gone", [[1], [2], [2, 3], [1, 2, 3]])
def test_entries_taken_out_are_found(engine: Engine, gone: list[int]) -> None:
    _note(engine, *"abcde")
    _change(engine, delete(audit_entry).where(C.number.in_(gone)))
    assert "missing" in audit.verify(engine).faults[0]


def test_entries_taken_out_and_the_rest_moved_up_are_found(engine: Engine) -> None:
    _note(engine, *"abc")
    _change(engine, delete(audit_entry).where(C.number == 2))
    _change(engine, update(audit_entry).where(C.number == 3).values(number=2))
    assert audit.verify(engine).faults


def test_an_entry_put_in_is_found(engine: Engine) -> None:
    _note(engine, *"ab")
    _change(engine, update(audit_entry).where(C.number == 2).values(number=3))
    row = {"number": 2, "at": NOON, "who": "x", "what": "y", "about": "{}"}
    row["previous"] = row["hash"] = "a" * 64
    _change(engine, insert(audit_entry).values(row))
    assert len(audit.verify(engine).faults) >= 2


def test_an_end_that_was_cut_off_is_found_by_the_head_that_was_kept(engine: Engine) -> None:
    _note(engine, *"abc")
    kept = audit.verify(engine).head
    _note(engine, "d")
    assert audit.verify(engine, expected=kept).faults == []
    _change(engine, delete(audit_entry).where(C.number >= 3))
    assert audit.verify(engine).faults == []
    (fault,) = audit.verify(engine, expected=kept).faults
    assert str(kept) in fault


Say = Callable[..., str]


@pytest.fixture
def say(database_url: str, capsys: pytest.CaptureFixture[str]) -> Say:
    """``say("show")``: what ``kezek audit`` prints."""

    def answer(*arguments: object) -> str:
        kezek("audit", *arguments, "--database", database_url)
        return capsys.readouterr().out

    return answer


def test_the_command_verifies_and_finds(say: Say, engine: Engine, database_url: str) -> None:
    _note(engine, *"abc")
    head = say("verify").removeprefix("head ").strip()
    assert head == str(audit.verify(engine).head)
    assert json.loads(say("verify", "--expect", head, "--json")) == {"head": head, "faults": []}
    _change(engine, update(audit_entry).where(C.number == 2).values(who="erlan"))
    with pytest.raises(SystemExit, match="was changed"):
        say("verify")
    with pytest.raises(SystemExit):
        say("verify", "--expect", "3")


def test_the_command_shows_chooses_and_writes(say: Say, engine: Engine, tmp_path: Path) -> None:
    _note(engine, "signed in", "exported")
    audit.note(engine, "=left", who="[erlan]", about={"n": 3}, now=datetime(2014, 2, 1, tzinfo=UTC))
    assert "[erlan]" in say("show")
    assert "n=3" in say("show", "--since", "2014-01-02")
    assert "Nothing" in say("show", "--who", "nobody")
    told = [json.loads(line) for line in say("show", "--what", "exported", "--json").splitlines()]
    assert [(t["at"], t["about"]) for t in told] == [
        ("2014-01-01T12:01:00Z", {"page": "/exported"})
    ]
    written = tmp_path / "audit.csv"
    say("show", "--csv", written)
    lines = written.read_text("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert ";'=left;" in lines[3]
    with pytest.raises(SystemExit):
        say("show", "--since", "yesterday")


def test_a_head_of_nothing_is_known_by_its_number() -> None:
    assert str(Head(0, "0" * 64)) == f"0:{'0' * 64}"

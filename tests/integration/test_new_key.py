"""Another key for the pseudonyms: never by mistake, and whole where it is meant."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from dashboard import audit
from dashboard.cli import etl_load
from etl import migrate, warehouse
from etl.errors import KezekError
from etl.pseudonyms import fingerprint
from etl.run import RunReport, run
from tests.support.command import kezek
from tests.support.dump import dump
from tests.support.muted import mute
from tests.support.regulations import small_town
from tests.support.town_files import OFFICE, SOURCES, write_town

FIRST, SECOND = "the first of two keys", "the second of two keys"
IIN, OTHER = "500101100000", "651231200007"
BY_IIN = SOURCES.replace('reason = "why"', 'reason = "why"\niin = "iin"')
PERSONS = [
    f"1,families,hall,registered,{IIN},04.03.2013 10:00,05.03.2013 10:00,20.03.2013 10:00",
    f"2,veterans,hall,,{OTHER},04.03.2013 11:00,,",
    f"3,families,mall,refused,{IIN},05.03.2013 09:00,,30.04.2013 10:00",
    f"4,families,hall,,{IIN},31.02.2013 10:00,,",
    f"5,families,hall,,{OTHER},31.02.2013 10:00",
]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Two persons with cases, in the queue, and with records that are rejected."""
    path = write_town(tmp_path / "town", office=PERSONS, sources=BY_IIN)
    register = ["id,who,in,out,why,iin", f"q1,families,2012-05-01,,,{IIN}"]
    register.append(f"q2,veterans,2012-06-01,2013-06-01,housed,{OTHER}")
    (path.parent / "register.csv").write_text("\n".join([*register, ""]), "utf-8")
    return path


def _run(engine: Engine, sources: Path, key: str | None, **given: Any) -> RunReport:
    return run(
        engine=engine,
        sources=sources,
        regulation=small_town(),
        today=date(2014, 6, 30),
        pseudonym_key=key,
        clock=lambda: datetime(2014, 6, 30, 12),
        **given,
    )


def _persons(engine: Engine) -> dict[str, set[str]]:
    """By pseudonym, the cases and the entries of the queue that are joined by it."""
    found: dict[str, set[str]] = defaultdict(set)
    with engine.connect() as connection:
        for table in (warehouse.cases, warehouse.queue_entries):
            key = warehouse.key_of(table)[0]
            for number, person in connection.execute(select(table.c[key], table.c.person)):
                if person is not None:
                    found[person].add(number)
    return dict(found)


JOINED = [{"1", "3", "q1"}, {"2", "q2"}]


def _joined(engine: Engine) -> list[set[str]]:
    return sorted(_persons(engine).values(), key=min)


@pytest.mark.parametrize(
    ("key", "said"), [(SECOND, "is another than the key"), (None, "No pseudonym key is set")]
)
def test_a_run_with_another_key_or_none_is_refused_and_changes_nothing(
    engine: Engine, town: Path, key: str | None, said: str
) -> None:
    # Given
    _run(engine, town, FIRST)
    before = dump(engine, without=["run"])
    # When
    with pytest.raises(KezekError, match=said) as refused:
        _run(engine, town, key)
    # Then
    assert "kezek etl run --new-key" in str(refused.value)
    assert SECOND not in str(refused.value)
    assert dump(engine, without=["run"]) == before
    assert _run(engine, town, FIRST).status == "succeeded"


def test_a_new_key_joins_the_same_persons_and_leaves_nothing_of_the_former(
    engine: Engine, town: Path, tmp_path: Path
) -> None:
    # Given persons of the first key, and a settled remark whose hash was made of one
    _run(engine, town, FIRST)
    former = _persons(engine)
    assert _joined(engine) == JOINED
    hashes = {row.record_hash for row in _standing(engine)}
    # When
    report = _run(engine, town, SECOND, new_key=True)
    # Then
    assert all(source.tally.adds_up for source in report.sources.values())
    assert report.unjoined == {}
    assert _joined(engine) == JOINED
    assert not former.keys() & _persons(engine).keys()
    held = repr(dump(engine))
    files = [file.read_bytes() for file in tmp_path.glob("kezek.db*")]
    for trace in [*former, *hashes]:
        assert trace not in held
        assert not any(trace.encode() in data for data in files)
    # And: the new key is the one that holds
    with pytest.raises(KezekError, match="another than"):
        _run(engine, town, FIRST)
    assert {s.skipped for s in _run(engine, town, SECOND).sources.values()} == {True}


def _standing(engine: Engine) -> list[Any]:
    """The open entries whose hash hangs on the key."""
    entries = warehouse.quarantine
    with engine.connect() as connection:
        return list(
            connection.execute(
                select(entries).where(
                    entries.c.source == "office", entries.c.closed_run_id.is_(None)
                )
            )
        )


def test_cases_of_exports_that_are_gone_stay_without_a_person_and_are_told(
    engine: Engine, town: Path
) -> None:
    # Given a case that no export has any more
    _run(engine, town, FIRST)
    write_town(town.parent, office=PERSONS[1:], sources=BY_IIN)
    (town.parent / "register.csv").write_text("id,who,in,out,why,iin\n", "utf-8")
    marts = dump(engine)["mart_cases"]
    # When
    report = _run(engine, town, SECOND, new_key=True)
    # Then
    assert report.unjoined == {"cases": 1, "queue_entries": 2}
    assert _joined(engine) == [{"2"}, {"3"}]
    assert dump(engine)["mart_cases"] == marts
    # And: when it comes back, so does the person
    write_town(town.parent, office=PERSONS, sources=BY_IIN)
    (town.parent / "register.csv").write_text("id,who,in,out,why,iin\n", "utf-8")
    _run(engine, town, SECOND)
    assert _joined(engine) == [{"1", "3"}, {"2"}]


def test_all_pseudonyms_go_where_no_key_is_set_on_purpose(engine: Engine, town: Path) -> None:
    _run(engine, town, FIRST)
    report = _run(engine, town, None, new_key=True)
    assert report.unjoined == {}
    assert _persons(engine) == {}
    _run(engine, town, SECOND)
    assert _joined(engine) == JOINED


def test_a_new_key_that_is_the_old_one_or_for_some_sources_is_refused(
    engine: Engine, town: Path
) -> None:
    _run(engine, town, FIRST)
    with pytest.raises(KezekError, match="this very key"):
        _run(engine, town, FIRST, new_key=True)
    with pytest.raises(KezekError, match="leave out the names of sources"):
        _run(engine, town, SECOND, new_key=True, only=["office"])
    assert _joined(engine) == JOINED


def test_a_failing_run_with_a_new_key_leaves_every_pseudonym_of_the_former(
    engine: Engine, town: Path
) -> None:
    # Given
    _run(engine, town, FIRST)
    persons = _persons(engine)
    write_town(
        town.parent, office=[*OFFICE[:1], "x"], sources=BY_IIN
    )  # the register lacks a column
    # When
    with pytest.raises(KezekError, match="iin"):
        _run(engine, town, SECOND, new_key=True)
    # Then
    assert _persons(engine) == persons


def test_a_new_key_is_noted_by_the_command_or_not_taken(
    engine: Engine, town: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    _run(engine, town, FIRST)
    first = _persons(engine)
    monkeypatch.setattr(etl_load.regulations, "load", lambda _path: small_town())
    monkeypatch.setenv("KEZEK_PSEUDONYM_KEY", secrets.token_hex(32))
    command = ("etl", "run", "--new-key", "--sources", town, "--database", database_url)
    # When
    kezek(*command)
    # Then
    (entry,) = audit.entries(engine)
    assert (entry.what, entry.about["run_id"]) == ("changed the key", 2)
    second = _persons(engine)
    assert not first.keys() & second.keys()
    # When the audit is full
    mute(engine)
    monkeypatch.setenv("KEZEK_PSEUDONYM_KEY", secrets.token_hex(32))
    with pytest.raises(SystemExit, match="the audit is full"):
        kezek(*command)
    # Then
    assert _persons(engine) == second


def test_a_warehouse_of_before_the_fingerprint_takes_the_key_of_the_next_run(
    engine: Engine, town: Path
) -> None:
    _run(engine, town, FIRST)
    migrate.downgrade(engine, "0010")
    migrate.upgrade(engine)
    _run(engine, town, FIRST)
    assert _joined(engine) == JOINED
    with pytest.raises(KezekError, match="another than"):
        _run(engine, town, SECOND)


def test_the_fingerprint_tells_keys_apart_and_no_person(engine: Engine, town: Path) -> None:
    _run(engine, town, FIRST)
    assert fingerprint(FIRST) != fingerprint(SECOND)
    assert fingerprint(None) is None
    assert fingerprint(FIRST) not in _persons(engine)
    assert FIRST not in json.dumps(dump(engine), default=str)

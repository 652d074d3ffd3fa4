"""An IIN, a name or a password that an export holds is nowhere to be found after a run.

One is planted into every column of every kind of source, in records that get in and in records that
do not; then all that Kezek keeps and says is searched.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from dashboard.cli import etl
from etl import warehouse
from etl.errors import KezekError
from tests.support import drawing, screens
from tests.support.dump import dump
from tests.support.planted import (
    IIN,
    JOURNAL,
    NAME,
    OFFICE,
    PASSWORD,
    PORTAL,
    REGISTER,
    SITE,
    SOURCES,
    SURVEYS,
    Row,
    document,
    message,
    write_book,
    write_csv,
    write_database,
)

OTHER = "651231200007"
KEY = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SECRETS = (IIN, OTHER, NAME, PASSWORD)
TEXTS = (IIN, f"ЖСН {OTHER}.", f"KZ{IIN}/1")


def _planted(row: Row, key: str, *spoilt: str) -> list[dict[str, str]]:
    """The row; the same with an IIN in each column; and each of these with another column spoilt,
    so that it is rejected. Every one has a key of its own, or an IIN for one."""
    found = [dict(row)]
    for column in row:
        for text in TEXTS:
            found.append({**row, key: f"{row[key]}-{len(found)}", column: text})
    found += [{**row, key: f"{row[key]}-{len(found)}-{c}", c: "?"} for c in spoilt]
    wrong = [{**one, c: "?"} for one in found[1:] for c in spoilt]
    return [*found, *wrong]


@pytest.fixture
def town(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports with an IIN in every column; the settings name it."""
    office = _planted(OFFICE, "id", "who", "came", "id")
    (tmp_path / "town").mkdir()
    folder = tmp_path / "town"
    unreadable = [
        f"{NAME},{IIN}".encode(),
        (",".join(OFFICE.values()) + "\xff").encode("latin-1", "replace"),
    ]
    write_csv(folder / "office" / f"export-{IIN}.csv", office, *unreadable)
    write_csv(folder / "office" / "more.csv", [{**OFFICE, "id": "more", "who": "?"}])
    write_book(folder / "book.xlsx", office)
    messages = map(message, _planted(PORTAL, "messageId", "category", "at"))
    (folder / "portal.xml").write_text(f"<log>{''.join(messages)}</log>", "utf-8")
    site = _planted(SITE, "id", "who", "events/at")
    (folder / "site.json").write_text(document(site), "utf-8")
    write_csv(folder / "journal.csv", _planted(JOURNAL, "id", "step", "case"))
    write_database(folder / "register.sqlite", _planted(REGISTER, "id", "who", "came"))
    write_csv(folder / "surveys.csv", _planted(SURVEYS, "id", "where", "q1"))
    (folder / "sources.toml").write_text(SOURCES, "utf-8")
    monkeypatch.setenv("KEZEK_DATABASE_URL", database_url)
    monkeypatch.setenv("KEZEK_SOURCES", str(folder / "sources.toml"))
    return folder


def _said(*arguments: object, exit_code: int = 0, key: str | None = None) -> str:
    """What the command prints on both streams, and as what it ends."""
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(etl.app, words, env={"KEZEK_PSEUDONYM_KEY": key})
    assert result.exit_code == exit_code, result.output
    return f"{result.output}{result.exception or ''}"


def _secrets_in(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("key", [None, KEY])
def test_what_was_planted_in_every_column_is_found_nowhere(
    engine: Engine,
    town: Path,
    key: str | None,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Given
    caplog.set_level("DEBUG")
    # When
    told = _said("run", "--max-rejected", "1", "-v", key=key)
    # Then: records of every source got in and stayed out
    held = dump(engine)
    sources = {"office", "book", "portal", "site", "journal", "register", "surveys"}
    assert {row[9] for row in held["quarantine"]} | {
        row[3] for row in held["quarantine"]
    } >= sources
    assert all(held[table] for table in ("cases", "events", "queue_entries", "survey_responses"))
    # And: no table, no output, no log, no file and no page tells what was planted
    for name, rows in held.items():
        assert _secrets_in(repr(rows)) == [], name
    csv = tmp_path / "rejects.csv"
    said = [
        told,
        _said("run", "--max-rejected", "1", "--json", "-v", key=key),
        _said("replay", "--max-rejected", "1", "-v", "--log-format", "json", key=key),
        _said("status"),
        _said("status", "--json"),
        _said("rejects", "--limit", "100000"),
        _said("rejects", "--limit", "100000", "--json"),
        _said("rejects", "--csv", csv),
        csv.read_text("utf-8"),
        caplog.text,
    ]
    assert [_secrets_in(text) for text in said] == [[]] * len(said)
    for file in tmp_path.glob("kezek.db*"):
        data = file.read_bytes()
        assert not [secret for secret in SECRETS if secret.encode() in data], file.name
    app = screens.application(engine.url.render_as_string(hide_password=False))
    page = drawing.screen(app.server.test_client(), "/data", "?lang=en")
    app.house.engine.dispose()
    assert _secrets_in(json.dumps(page, ensure_ascii=False, default=str)) == []


def test_an_iin_for_a_number_of_the_record_s_own_keeps_it_out(engine: Engine, town: Path) -> None:
    _said("run", "--max-rejected", "1")
    entries = warehouse.quarantine.c
    with engine.connect() as connection:
        columns = connection.execute(
            select(entries.source, entries.column).where(entries.rule == "iin_as_key").distinct()
        ).all()
    assert {tuple(row) for row in columns} == {
        ("office", "id"),
        ("book", "id"),
        ("portal", "message/messageId"),
        ("portal", "message/correlationId"),
        ("portal", "event/@id"),
        ("site", "id"),
        ("site", "events/id"),
        ("journal", "case"),
        ("journal", "id"),
        ("register", "id"),
        ("surveys", "id"),
    }


def _without_header(folder: Path) -> None:
    write_csv(folder / "journal.csv", [{v: v for v in ("1", NAME, IIN, "2013-03-05")}])


def _keyed_by_persons(folder: Path) -> None:
    (folder / "site.json").write_text(json.dumps({IIN: {"name": NAME}}))
    text = (folder / "sources.toml").read_text("utf-8")
    (folder / "sources.toml").write_text(text.replace('"site.json"', '"site.json"\nrecords = "r"'))


def _undecodable(folder: Path) -> None:
    with sqlite3.connect(folder / "register.sqlite") as connection:
        words = f"{NAME} {IIN}".encode("kz1048")
        connection.execute("UPDATE register SET no = CAST(? AS TEXT)", [words])
    connection.close()


def _unreadable_number(folder: Path) -> None:
    (folder / f"{OTHER}.csv").write_text("x")
    text = (folder / "sources.toml").read_text("utf-8")
    (folder / "sources.toml").write_text(text.replace("surveys.csv", f"{OTHER}.csv"), "utf-8")


@pytest.mark.parametrize(
    "spoil",
    [_without_header, _keyed_by_persons, _undecodable, _unreadable_number, lambda _folder: None],
    ids=["no header", "keyed by IIN", "no UTF-8", "a file called by an IIN", "too many rejects"],
)
def test_a_run_that_fails_repeats_nothing_of_a_record(
    engine: Engine, town: Path, spoil, caplog: pytest.LogCaptureFixture
) -> None:
    # Given
    caplog.set_level("DEBUG")
    spoil(town)
    # When
    told = _said("run", "--json", "-v", "--log-format", "json", exit_code=1)
    # Then: the log, and the answer
    answers = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert [one["status"] for one in answers if "status" in one] == ["failed"]
    assert [one["event"] for one in answers if one.get("level") == "error"] == ["run_failed"]
    with engine.connect() as connection:
        kept = connection.execute(select(warehouse.run.c.error)).scalars().all()
    assert len(kept) == 1
    shown = "".join([told, *kept, caplog.text])
    assert _secrets_in(shown) == []


def test_an_error_of_ours_masks_an_iin_wherever_it_is_raised() -> None:
    assert str(KezekError(f"{IIN}.csv is empty; fetch it again.")) == (
        f"{'*' * 12}.csv is empty; fetch it again."
    )

"""An IIN, a name or a password that an export holds is nowhere to be found after a run.

One is planted into every column of every kind of source, in records that get in and in records that
do not; then all that Kezek keeps and says is searched.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from dashboard.cli import etl
from etl import warehouse
from etl.errors import KezekError
from tests.support import drawing, screens
from tests.support.dump import dump

IIN = "500101100000"
OTHER = "651231200007"
NAME = "Ахметова Айгүл"
PASSWORD = "sesam-open"  # noqa: S105 (what must not be found)
SECRETS = (IIN, OTHER, NAME, PASSWORD)
TEXTS = (IIN, f"ЖСН {OTHER}.", f"KZ{IIN}/1")

SOURCES = """\
as_of = 2013-12-31

[templates.office]
entity = "cases"
constants = { channel = "direct" }
date_formats = ["%d.%m.%Y", "iso"]
columns = { case_id = "id", category = "who", service_point = "where", executor = "clerk", \
iin = "iin", received_at = "got", stopped_at = "left", outcome = "result", queue_number = "place" }
steps = { "D-P1" = "came", "D-P9" = "done" }

[sources.office]
extends = "office"
kind = "csv"
path = "office/*.csv"

[sources.book]
extends = "office"
kind = "xlsx"
path = "book.xlsx"
key_prefix = "book-"

[sources.portal]
entity = "cases"
kind = "gateway"
path = "portal.xml"
records = "application"
constants = { channel = "portal", service_point = "portal" }
columns = { case_id = "message/correlationId", category = "category", iin = "iin", \
executor = "clerk", outcome = "outcome", queue_number = "place" }
events = { path = "event", step = "@step", at = "@at", event_id = "@id", actor = "@by" }

[sources.site]
entity = "cases"
kind = "json"
path = "site.json"
constants = { channel = "portal", service_point = "portal" }
columns = { case_id = "id", category = "who", iin = "person/iin", executor = "clerk", \
outcome = "result", queue_number = "place" }
events = { path = "events", step = "step", at = "at", event_id = "id", actor = "by" }

[sources.journal]
entity = "events"
kind = "csv"
path = "journal.csv"
columns = { case_id = "case", step = "step", occurred_at = "at", event_id = "id", actor = "by", \
outcome = "result" }

[sources.register]
entity = "queue"
kind = "database"
url = "sqlite:///register.sqlite"
table = "register"
columns = { entry_id = "id", number = "no", category = "who", registered_on = "came", \
removed_on = "left", reason = "why", iin = "iin" }

[sources.surveys]
entity = "surveys"
kind = "csv"
path = "surveys.csv"
columns = { response_id = "id", service_point = "where", answered_on = "day", q1 = "q1", q2 = "q2" }
"""

OFFICE = {
    "id": "1", "who": "veterans", "where": "authority", "clerk": "clerk", "iin": IIN,
    "got": "04.03.2013", "left": "20.03.2013", "result": "registered", "place": "7",
    "came": "04.03.2013", "done": "20.03.2013", "person": NAME, "note": IIN,
}  # fmt: skip
PORTAL = {
    "messageId": "m1", "correlationId": "c1", "messageType": "REQUEST",
    "messageDate": "2013-03-04T10:00:00+06:00", "category": "veterans", "iin": IIN,
    "clerk": "clerk", "outcome": "", "place": "7", "step": "E-P1", "at": "2013-03-04T10:00:00",
    "id": "e1", "by": "clerk", "person": NAME, "note": IIN,
}  # fmt: skip
SITE = {
    "id": "s1", "who": "veterans", "person/iin": IIN, "person/name": NAME, "clerk": "clerk",
    "result": "", "place": "7", "events/step": "E-P1", "events/at": "2013-03-04T10:00",
    "events/id": "e1", "events/by": "clerk", "note": IIN,
}  # fmt: skip
JOURNAL = {
    "case": "1", "step": "D-P2", "at": "2013-03-05", "id": "j1", "by": "clerk",
    "result": "", "note": NAME,
}  # fmt: skip
REGISTER = {
    "id": "q1", "no": "7", "who": "veterans", "came": "2012-05-01", "left": "2013-05-01",
    "why": "housed", "iin": IIN, "person": NAME,
}  # fmt: skip
SURVEYS = {
    "id": "f1", "where": "alatau", "day": "2013-03-05", "q1": "1", "q2": "1", "note": NAME
}  # fmt: skip

Row = Mapping[str, str]


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


def _csv(path: Path, rows: Sequence[Row], *lines: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    texts = [",".join(line) for line in ([*rows[0]], *(row.values() for row in rows))]
    path.write_bytes(b"\n".join([*(text.encode() for text in texts), *lines, b""]))


def _book(path: Path, rows: Sequence[Row]) -> None:
    book = openpyxl.Workbook()
    book.active.append([*rows[0]])
    for row in rows:
        book.active.append([*row.values()])
    book.save(path)


def _message(row: Row) -> str:
    info = "".join(f"<{name}>{row[name]}</{name}>" for name in list(row)[:4] if row[name])
    inside = "".join(
        f"<{name}>{row[name]}</{name}>"
        for name in ("category", "iin", "clerk", "outcome", "place", "person", "note")
    )
    event = '<event step="{step}" at="{at}" id="{id}" by="{by}"/>'.format(**row)
    return (
        "<Envelope><Body><sendMessage><request><messageInfo>"
        f"{info}<sender><senderId>egov</senderId><password>{PASSWORD}</password></sender>"
        f"</messageInfo><messageData><data><application>{inside}{event}</application></data>"
        "</messageData></request></sendMessage></Body></Envelope>"
    )


def _document(rows: Iterable[Row]) -> str:
    def nested(row: Row) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, text in row.items():
            outer, _, inner = name.rpartition("/")
            if outer:
                found.setdefault(outer, {})[inner] = text  # type: ignore[index]
            else:
                found[name] = text
        return found

    return json.dumps([*map(nested, rows), f"{NAME} {IIN}"], ensure_ascii=False)


def _database(path: Path, rows: Sequence[Row]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE register ({', '.join(rows[0])})")
        insert = f"INSERT INTO register VALUES ({marks})"  # noqa: S608 (question marks)
        connection.executemany(insert, [[*row.values()] for row in rows])
    connection.close()


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
    _csv(folder / "office" / f"export-{IIN}.csv", office, *unreadable)
    _csv(folder / "office" / "more.csv", [{**OFFICE, "id": "more", "who": "?"}])
    _book(folder / "book.xlsx", office)
    messages = map(_message, _planted(PORTAL, "messageId", "category", "at"))
    (folder / "portal.xml").write_text(f"<log>{''.join(messages)}</log>", "utf-8")
    site = _planted(SITE, "id", "who", "events/at")
    (folder / "site.json").write_text(_document(site), "utf-8")
    _csv(folder / "journal.csv", _planted(JOURNAL, "id", "step", "case"))
    _database(folder / "register.sqlite", _planted(REGISTER, "id", "who", "came"))
    _csv(folder / "surveys.csv", _planted(SURVEYS, "id", "where", "q1"))
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


@pytest.mark.parametrize("key", [None, "a key"])
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
    _csv(folder / "journal.csv", [{v: v for v in ("1", NAME, IIN, "2013-03-05")}])


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

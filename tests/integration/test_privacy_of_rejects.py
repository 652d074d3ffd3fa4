"""Whatever rule keeps a record out, and whatever source it comes from, a person who stands in any
field of it is found nowhere afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.contract import RULES
from tests.support import drawing, screens
from tests.support.dump import dump
from tests.support.etl_command import etl_command
from tests.support.planted import (
    IIN,
    JOURNAL,
    OFFICE,
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

PERSON = "Ахметова Айгүл Серікқызы"
TEXTS = (PERSON, "ул. Абая 10 кв. 5", "+7 701 123 45 67", f"ЖСН {IIN}")
TRACES = ("Ахметова", "Айгүл", "Серікқызы", "Абая", "701 123", IIN)
ELSEWHERE = {"unknown_case", "case_rejected", "ragged_row", "bad_encoding"}  # not the contract's

_SPOILT: Mapping[str, tuple[Row, str, tuple[Row, ...]]] = {  # row, key, what keeps it out
    "office": (
        OFFICE,
        "id",
        (
            {"id": ""},
            {"id": f"KZ{IIN}"},
            {"who": ""},
            {"who": "?"},
            {"where": "?"},
            {"result": "?"},
            {"result": ""},
            {"came": "31.02.2013"},
            {"got": "04.03.1890"},
            {"got": "04.03.2033"},
            {"left": "01.03.2013"},
        ),
    ),
    "portal": (PORTAL, "messageId", ({"category": "?"}, {"step": "?"}, {"at": "?"})),
    "site": (
        SITE,
        "id",
        ({"by_way": "?"}, {"who": "?"}, {"events/step": "?"}, {"events/at": "1890-01-01"}),
    ),
    "journal": (
        JOURNAL,
        "id",
        ({"case": "404"}, {"case": "r1"}, {"step": "?"}, {"at": "2033-01-01"}),
    ),
    "register": (REGISTER, "id", ({"who": "?"}, {"why": "?"}, {"left": "2011-01-01"})),
    "surveys": (SURVEYS, "id", ({"where": "?"}, {"q1": "9"}, {"day": ""})),
}


def _spoilt(source: str) -> list[dict[str, str]]:
    """A record that gets in, and for each fault one with each person in each other field."""
    row, key, faults = _SPOILT[source]

    def records() -> Iterator[dict[str, str]]:
        for fault in faults:
            for column in row.keys() - fault.keys():
                for text in TEXTS:
                    yield {**row, key: f"{row[key]}-{len(found)}", **fault, column: text}

    found: list[dict[str, str]] = [dict(row)]
    for record in records():
        found.append(record)  # noqa: PERF402 (its number is how many there are)
    return found


@pytest.fixture
def town(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports; the settings name them and the empty warehouse."""
    folder = tmp_path / "town"
    folder.mkdir()
    office = [*_spoilt("office"), {**OFFICE, "id": "r1", "who": "?"}]
    broken = [f"{PERSON},{IIN}".encode(), (",".join(OFFICE.values()) + PERSON).encode("utf-16-le")]
    write_csv(folder / "office" / "export.csv", office, *broken)
    write_book(folder / "book.xlsx", office)
    messages = "".join(map(message, _spoilt("portal")))
    (folder / "portal.xml").write_text(f"<log>{messages}</log>", "utf-8")
    (folder / "site.json").write_text(document(_spoilt("site")), "utf-8")
    write_csv(folder / "journal.csv", _spoilt("journal"))
    write_database(folder / "register.sqlite", _spoilt("register"))
    write_csv(folder / "surveys.csv", _spoilt("surveys"))
    (folder / "sources.toml").write_text(SOURCES, "utf-8")
    monkeypatch.setenv("KEZEK_DATABASE_URL", database_url)
    monkeypatch.setenv("KEZEK_SOURCES", str(folder / "sources.toml"))
    return folder


def _traces_in(text: str) -> list[str]:
    return [trace for trace in TRACES if trace in text]


def test_no_field_of_a_rejected_record_tells_of_a_person(
    engine: Engine, town: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given
    caplog.set_level("DEBUG")
    # When
    told = etl_command("run", "--max-rejected", "1", "-v").output
    # Then: records of every source were kept out, by every rule
    entries = json.loads(etl_command("rejects", "--limit", "100000", "--json").stdout)["rejects"]
    assert {entry["source"] for entry in entries} >= {*_SPOILT, "book"}
    assert {entry["rule"] for entry in entries} >= {rule.code for rule in RULES} | ELSEWHERE
    # And: no table, no output, no log, no file and no page tells of a person
    for name, rows in dump(engine).items():
        assert _traces_in(repr(rows)) == [], name
    etl_command("rejects", "--csv", tmp_path / "rejects.csv")
    said = [
        told,
        etl_command("replay", "--max-rejected", "1", "-v").output,
        etl_command("rejects", "--limit", "100000").output,
        json.dumps(entries, ensure_ascii=False),
        (tmp_path / "rejects.csv").read_text("utf-8"),
        caplog.text,
    ]
    assert [_traces_in(text) for text in said] == [[]] * len(said)
    for file in tmp_path.glob("kezek.db*"):
        data = file.read_bytes()
        assert not [trace for trace in TRACES if trace.encode() in data], file.name
    app = screens.application(engine.url.render_as_string(hide_password=False))
    page = drawing.screen(app.server.test_client(), "/data", "?lang=ru")
    app.house.engine.dispose()
    assert _traces_in(json.dumps(page, ensure_ascii=False, default=str)) == []

"""A town whose records tell of persons in every kind of source, to look for them afterwards."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import openpyxl

IIN = "500101100000"
NAME = "Ахметова Айгүл"
PASSWORD = "sesam-open"  # noqa: S105 (what must not be found)

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
constants = { service_point = "portal" }
columns = { case_id = "id", channel = "by_way", category = "who", iin = "person/iin", \
executor = "clerk", \
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
    "id": "s1", "by_way": "portal", "who": "veterans",
    "person/iin": IIN, "person/name": NAME, "clerk": "clerk",
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


def write_csv(path: Path, rows: Sequence[Row], *lines: bytes) -> None:
    """The rows as a file with a header, and lines as they are."""
    path.parent.mkdir(exist_ok=True)
    texts = [",".join(line) for line in ([*rows[0]], *(row.values() for row in rows))]
    path.write_bytes(b"\n".join([*(text.encode() for text in texts), *lines, b""]))


def write_book(path: Path, rows: Sequence[Row]) -> None:
    """The rows as a workbook."""
    book = openpyxl.Workbook()
    book.active.append([*rows[0]])
    for row in rows:
        book.active.append([*row.values()])
    book.save(path)


def message(row: Row) -> str:
    """A gateway message of the row."""
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


def document(rows: Iterable[Row]) -> str:
    """The rows as a JSON list, a name with a slash as a member of a member."""

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


def write_database(path: Path, rows: Sequence[Row]) -> None:
    """The rows as the table of an SQLite file."""
    marks = ", ".join("?" * len(rows[0]))
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE register ({', '.join(rows[0])})")
        insert = f"INSERT INTO register VALUES ({marks})"  # noqa: S608 (question marks)
        connection.executemany(insert, [[*row.values()] for row in rows])
    connection.close()

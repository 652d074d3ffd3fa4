"""The receipt case as five systems would export it, one for each channel: the same records in other
files, other words for times, with the events inside the records or apart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

import pandas as pd
import xlsxwriter

TOWN = ZoneInfo("Europe/Amsterdam")

CASE = ["case_id", "department", "responsible", "start_date", "end_date"]
EVENT = ["task_id", "case_id", "activity", "timestamp", "resource"]
TIMES = ("start_date", "end_date", "timestamp")


def recut(case: Path, folder: Path) -> None:
    """Read the two files of the case in folder ``case`` and write five exports into ``folder``."""
    applications = pd.read_csv(case / "receipt_applications.csv", dtype="str")
    events = pd.read_csv(case / "receipt_events.csv", dtype="str")
    for channel, write in _WRITERS.items():
        write(
            folder,
            applications.loc[applications["channel"] == channel, CASE],
            events.loc[events["channel"] == channel, EVENT],
        )


def _json(folder: Path, cases: pd.DataFrame, events: pd.DataFrame) -> None:
    """A feed: times in milliseconds, the events inside their case, empty fields left out."""
    inside = _by_case(_with_times(events, _milliseconds))
    items = [
        {
            "application": {"id": case["case_id"], "unit": case["department"]},
            "handledBy": {"name": case["responsible"]},
            "times": {k: case[k] for k in ("start_date", "end_date") if case[k] is not None},
            "log": [
                {"task": e["activity"], "done": {"ms": e["timestamp"]}, "key": e["task_id"],
                 "by": e["resource"]}
                for e in inside.get(case["case_id"], [])
            ],
        }
        for case in _records(_with_times(cases, _milliseconds))
    ]  # fmt: skip
    document = {"page": {"number": 1, "items": items}}
    (folder / "internet.json").write_text(json.dumps(document), "utf-8")


def _csv(folder: Path, cases: pd.DataFrame, events: pd.DataFrame) -> None:
    """Two tables from a spreadsheet: semicolons, UTF-8's mark, the day first, local time."""
    for name, table in (("desk", cases), ("desk_log", events)):
        local = _with_times(table, lambda moment: f"{moment.astimezone(TOWN):%d.%m.%Y %H:%M:%S.%f}")
        local.to_csv(folder / f"{name}.csv", sep=";", index=False, encoding="utf-8-sig")


def _xlsx(folder: Path, cases: pd.DataFrame, events: pd.DataFrame) -> None:
    """A workbook of two sheets, each with a title, and a header of two lines with merged cells."""
    with xlsxwriter.Workbook(folder / "mail.xlsx", {"remove_timezone": True}) as book:
        style = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss.000"})
        for name, table, group in (("Cases", cases, (3, 4)), ("Log", events, (2, 4))):
            sheet = book.add_worksheet(name)
            sheet.merge_range(0, 0, 0, 4, f"{name} received by mail")
            for column, heading in enumerate(table.columns):
                if group[0] <= column <= group[1]:
                    sheet.write(2, column, heading)
                else:
                    sheet.merge_range(1, column, 2, column, heading)
            sheet.merge_range(1, group[0], 1, group[1], "Registered")
            local = _with_times(table, lambda moment: moment.astimezone(TOWN).replace(tzinfo=None))
            for row, record in enumerate(_records(local), start=3):
                for column, value in enumerate(record.values()):
                    if isinstance(value, datetime):
                        sheet.write_datetime(row, column, value, style)
                    else:
                        sheet.write(row, column, value)


def _xml(folder: Path, cases: pd.DataFrame, events: pd.DataFrame) -> None:
    """Elements with the events inside, times as ISO 8601 has them in UTC."""
    inside = _by_case(_with_times(events, datetime.isoformat))
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<p:letters xmlns:p="urn:post">']
    for case in _records(_with_times(cases, datetime.isoformat)):
        closed = "" if case["end_date"] is None else f"<closed>{case['end_date']}</closed>"
        lines += [
            f"<p:letter id={quoteattr(case['case_id'])}>",
            f"<unit><name>{case['department']}</name></unit><clerk>{case['responsible']}</clerk>",
            f"<opened>{case['start_date']}</opened>{closed}<history>",
        ]
        lines += [
            f"<entry key={quoteattr(e['task_id'])} at={quoteattr(e['timestamp'])} "
            f"by={quoteattr(e['resource'])}>{e['activity']}</entry>"
            for e in inside.get(case["case_id"], [])
        ]
        lines.append("</history></p:letter>")
    (folder / "post.xml").write_text("\n".join([*lines, "</p:letters>"]), "utf-8")


def _sqlite(folder: Path, cases: pd.DataFrame, events: pd.DataFrame) -> None:
    """Two tables of a database, times as texts with their offset."""
    with closing(sqlite3.connect(folder / "intern.sqlite")) as connection, connection:
        cases.to_sql("cases", connection, index=False)
        events.to_sql("log", connection, index=False)


_WRITERS: Mapping[str, Callable[[Path, pd.DataFrame, pd.DataFrame], None]] = {
    "Internet": _json,
    "Desk": _csv,
    "e-mail": _xlsx,
    "Post": _xml,
    "Intern": _sqlite,
}


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _by_case(events: pd.DataFrame) -> dict[str, list[dict[str, object]]]:
    return {str(case): _records(rows) for case, rows in events.groupby("case_id", sort=False)}


def _with_times(table: pd.DataFrame, written: Callable[[datetime], object]) -> pd.DataFrame:
    """The table with its times written in another way; blank ones stay null."""
    told = {name: _each(table[name], written) for name in TIMES if name in table}
    return table.assign(**told)


def _each(texts: pd.Series, written: Callable[[datetime], object]) -> pd.Series:
    values = [
        None if pd.isna(t) else written(datetime.fromisoformat(t).astimezone(UTC)) for t in texts
    ]
    return pd.Series(values, index=texts.index, dtype=object)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)

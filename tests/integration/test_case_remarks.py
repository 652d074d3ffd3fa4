"""Remarks on cases: history, writers at once, reloads, filters, files, rights; both databases."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from dash import no_update
from plotly.io.json import to_json_plotly
from sqlalchemy import Engine, delete, select

from dashboard import access, case_list, context, exports, remark_entry
from dashboard.access import Permission, Reader, Role
from dashboard.app import create_app
from dashboard.case_list import Window
from dashboard.components import case_panel
from dashboard.context import Context
from dashboard.pages import overdue
from dashboard.queries import CaseRemark
from dashboard.settings import Settings
from etl import case_remarks, retention, warehouse
from etl.run import run
from tests.support import drawing
from tests.support.city import City, Filling, random_city
from tests.support.regulations import almaty, small_town
from tests.support.serving import SECRET
from tests.support.town_files import write_town

AS_OF = date(2013, 12, 31)
ONE_FORM = "remark-" + "0" * 32
NOW = datetime(2014, 1, 3, 9, 30, tzinfo=UTC)
EVERYWHERE = frozenset(almaty().codes("service_points"))
HEAD = Reader(login="aigul", role=Role.HEAD, service_points=EVERYWHERE)
AKIM = Reader(login="akim", role=Role.AKIM)
ANALYST = Reader(login="analyst", role=Role.ANALYST)
OTHER = Reader(login="other", role=Role.HEAD, service_points=frozenset({"nowhere"}))
Ask = Callable[..., Context]


_CITY = Filling(lambda: random_city(almaty(), seed=3, cases=300))


@pytest.fixture
def filling() -> Filling:
    return _CITY


@pytest.fixture
def town(filling: object) -> City:
    return _CITY.city


@pytest.fixture
def ask(town: City, database_url: str) -> Iterator[Ask]:
    """``ask("&remark=none", reader=AKIM)``: the page for an address and who asks for it."""
    app = create_app(Settings(database_url=database_url, today=AS_OF, language="en", secret=SECRET))

    def make(search: str = "", *, reader: Reader | None = HEAD) -> Context:
        access.admit(reader)
        found = context.current("/overdue", f"?lang=en{search}")
        assert found is not None
        return found

    with app.server.test_request_context():
        yield make
    app.house.engine.dispose()


@pytest.fixture
def listed(ask: Ask) -> list[str]:
    """The numbers of the overdue cases, the latest first."""
    return list(case_list.page(ask(), Window(0, 1_000)).rows["case_id"])


def _write(engine: Engine, case_id: str, day: date | None, note: str | None = None) -> int:
    return case_remarks.write(
        engine,
        case_id,
        token=remark_entry.new_token(),
        by="aigul",
        at=NOW.replace(tzinfo=None),
        expected_on=day,
        note=note,
        earliest=date(2013, 1, 1),
    )


def _save(here: Context, case_id: Any, **said: Any) -> Any:
    given = {"token": remark_entry.new_token(), "expected": "2014-01-20", "note": ""} | said
    return remark_entry.save(here, case_id=case_id, now=NOW, **given)


def _file(here: Context, case_id: str) -> list[CaseRemark]:
    found = case_panel.find(here, overdue.case_view.parse({"case": case_id}))
    assert found is not None
    return list(found.remarks)


def _drawn(here: Context) -> str:
    return drawing.words(json.loads(to_json_plotly(overdue.layout(here))))


# --- history ---------------------------------------------------------------------------------


def test_the_newest_that_holds_shows_and_all_stays_in_history(
    ask: Ask, engine: Engine, listed: list[str]
) -> None:
    # Given
    case = listed[2]
    _write(engine, case, date(2014, 1, 20), "waits for the commission")
    _write(engine, case, None, "asked again")
    wrong = _write(engine, case, date(2015, 1, 1))
    # When
    assert remark_entry.withdraw(ask(), case_id=case, remark_id=wrong, now=NOW) is None
    # Then
    (row,) = (
        r
        for r in case_list.records(ask(), case_list.page(ask(), Window(0, 1_000)).rows)
        if r["case_id"] == case
    )
    assert (row["expected"], row["note"]) == ("20 Jan 2014", "asked again")
    told = [(r.expected_on, r.note, r.withdrawn_by) for r in _file(ask(), case)]
    assert told == [
        (date(2015, 1, 1), None, "aigul"),
        (None, "asked again", None),
        (date(2014, 1, 20), "waits for the commission", None),
    ]


def test_a_note_whose_text_is_purged_is_told_as_such(
    ask: Ask, engine: Engine, listed: list[str]
) -> None:
    # Given
    case = listed[2]
    _write(engine, case, None, "waits for the commission")
    retention.purge(engine, before=datetime(2099, 1, 1), note=lambda *_: None)
    words = _written_to(ask(), case)
    assert "waits" in words, "its case goes on"
    # When
    case_remarks.withdraw(engine, case, 1, by="aigul", at=NOW.replace(tzinfo=None))
    retention.purge(engine, before=datetime(2099, 1, 1), note=lambda *_: None)
    # Then
    words = _written_to(ask(), case)
    assert "aigul, 3 Jan 2014" in words
    assert "purged" in words
    assert "waits" not in words


def _written_to(here: Context, case_id: str) -> str:
    found = case_panel.find(here, overdue.case_view.parse({"case": case_id}))
    assert found is not None
    return drawing.words(json.loads(to_json_plotly(case_panel.remarks(here, found))))


def test_two_writers_at_once_are_both_kept(engine: Engine, town: City) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: _write(engine, "case-1", None, f"note {n}"), range(8)))
    assert sorted(numbers) == list(range(1, 9))


def test_one_form_sent_by_two_at_once_is_kept_once(engine: Engine, town: City) -> None:
    def send(note: str) -> int:
        return case_remarks.write(
            engine, "case-1", token=ONE_FORM, by="aigul", at=NOW.replace(tzinfo=None),
            expected_on=None, note=note, earliest=AS_OF,
        )  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, "abcd"))) == 1


def test_reloads_leave_remarks_also_of_cases_that_are_gone(engine: Engine, tmp_path: Path) -> None:
    # Given
    town, sources = small_town(), write_town(tmp_path / "town")
    loaded = {"regulation": town, "sources": sources, "pseudonym_key": "k"}
    run(engine=engine, today=date(2014, 1, 1), **loaded)
    with engine.connect() as connection:
        kept = connection.execute(select(warehouse.cases.c.case_id).limit(1)).scalar_one()
    for case in (kept, "gone-1"):
        _write(engine, case, date(2014, 1, 20), "a note")
    # When
    run(engine=engine, today=date(2014, 1, 2), afresh=True, **loaded)
    # Then
    with engine.connect() as connection:
        held = connection.execute(select(warehouse.case_remark.c.case_id)).scalars().all()
    assert list(held) == [kept, "gone-1"]


# --- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("show", ["", "&show=soon", "&show=both"])
def test_each_filter_counts_its_rows(
    ask: Ask, engine: Engine, listed: list[str], show: str
) -> None:
    # Given
    every = list(case_list.page(ask("&show=both"), Window(0, 1_000)).rows["case_id"])
    passed, coming, back, noted = every[0], every[1], every[3], every[4]
    _write(engine, passed, date(2013, 12, 30))
    _write(engine, coming, date(2013, 12, 30))
    _write(engine, coming, AS_OF)
    taken = _write(engine, back, date(2013, 12, 1))
    case_remarks.withdraw(engine, back, taken, by="aigul", at=NOW.replace(tzinfo=None))
    _write(engine, noted, None, "no date yet")
    _write(engine, every[-1], date(2013, 12, 2))
    # When
    rows = {
        key: list(case_list.page(ask(f"{show}{asked}"), Window(0, 1_000)).rows["case_id"])
        for key, asked in ((None, ""), ("none", "&remark=none"), ("passed", "&remark=passed"))
    }
    # Then
    dated = {passed, coming, every[-1]}
    assert rows["none"] == [case for case in rows[None] if case not in dated]
    assert rows["passed"] == [case for case in rows[None] if case in dated - {coming}]
    here = ask(show)
    counts = case_list.remark_counts(here)
    assert counts == {key: len(found) for key, found in rows.items()}
    assert f"without an expected date {counts['none']}" in _drawn(here)


def test_the_list_sorts_by_the_expected_date_with_none_at_the_end(
    ask: Ask, engine: Engine, listed: list[str]
) -> None:
    _write(engine, listed[4], date(2014, 2, 1))
    _write(engine, listed[1], date(2014, 1, 5))
    for way, first in (("asc", [listed[1], listed[4]]), ("desc", [listed[4], listed[1]])):
        rows = case_list.page(ask(), Window(0, 1_000, (("expected_on", way),))).rows  # type: ignore[arg-type]
        assert list(rows["case_id"][:2]) == first
        assert rows["expected_on"][2:].isna().all()


# --- files -------------------------------------------------------------------------------------


def test_the_files_hold_what_was_written_by_whom_and_when(
    ask: Ask, engine: Engine, listed: list[str]
) -> None:
    # Given
    _write(engine, listed[0], date(2013, 12, 30), "=1+1")
    here = ask("&columns=lateness&sort=due_on&remark=passed")
    # When
    (row,) = csv.DictReader(io.StringIO("".join(exports.csv_lines(here))[1:]), delimiter=";")
    file = io.BytesIO()
    exports.write_xlsx(here, file)
    # Then
    assert list(row) == [here.t(name) for name in exports.HEADINGS.values()]
    said = (row["Expected"], row["Note"], row["Written by"], row["Written at"])
    assert said == ("2013-12-30", "'=1+1", "aigul", "2014-01-03 15:30:00")
    head, cells = openpyxl.load_workbook(file).active.iter_rows()
    typed = {h.value: c.value for h, c in zip(head, cells, strict=True)}
    assert typed["Expected"] == datetime(2013, 12, 30)
    assert typed["Written at"] == datetime(2014, 1, 3, 15, 30)
    assert (typed["Note"], typed["Written by"]) == ("=1+1", "aigul")


# --- rights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", [None, ANALYST, OTHER], ids=["nobody", "analyst", "another"])
def test_who_may_not_see_a_case_sees_nothing_of_its_remarks(
    ask: Ask, engine: Engine, listed: list[str], reader: Reader | None
) -> None:
    _write(engine, listed[0], date(2013, 12, 30), "a secret")
    here = ask(f"&case={listed[0]}", reader=reader)
    words = _drawn(here)
    assert "a secret" not in words
    of_cases = reader is not None and reader.may(Permission.CASES)
    assert ("There is no case of this number that you may see." in words) == of_cases
    rows = case_list.records(here, case_list.page(here, Window(0, 1_000)).rows)
    assert "a secret" not in repr(rows)
    assert "a secret" not in "".join(exports.csv_lines(here))


def test_who_may_read_and_not_write_sees_no_form(
    ask: Ask, engine: Engine, listed: list[str]
) -> None:
    _write(engine, listed[0], None, "for all to read")
    address = f"&case={listed[0]}"
    assert "no personal data" in _drawn(ask(address))
    words = _drawn(ask(address, reader=AKIM))
    assert "for all to read" in words
    assert "no personal data" not in words
    assert "Take back" not in words


@pytest.mark.parametrize(
    "reader", [None, AKIM, ANALYST, OTHER], ids=["nobody", "akim", "analyst", "another"]
)
def test_who_may_not_write_writes_nothing(
    ask: Ask, engine: Engine, listed: list[str], reader: Reader | None
) -> None:
    number = _write(engine, listed[0], None, "first")
    here = ask(reader=reader)
    refused = overdue.save(here, {"case": listed[0]}, "2014-01-20", "second")
    back = overdue.withdraw(here, {"case": listed[0]}, number)
    assert [refused[2]["props"]["children"], back[1]["props"]["children"]] == [
        "You may not write to this case."
    ] * 2
    assert [r.note for r in _file(ask(), listed[0])] == ["first"]
    assert _file(ask(), listed[0])[0].withdrawn_by is None


FORGED: list[tuple[Any, Any, Any, Any]] = [
    (None, None, None, None),
    (7, {"a": 1}, [], "x"),
    ("remark-" + "0" * 32, "no such case", "2014-01-20", "x"),
    ("withdraws-1", ["case-00001"], "2014-13-45", 5),
]


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
def test_a_forged_form_is_answered_politely(ask: Ask, engine: Engine, forged: tuple) -> None:
    token, case_id, expected, note = forged
    answer = overdue.save(ask(), {"token": token, "case": case_id}, expected, note)
    assert answer[0] is no_update
    assert overdue.withdraw(ask(), {"case": case_id}, note)[0] is no_update
    with engine.connect() as connection:
        assert connection.execute(select(warehouse.case_remark)).all() == []


def test_what_is_wrong_stands_beside_its_field(ask: Ask, listed: list[str]) -> None:
    said = {
        ("2013-12-30", ""): ["This day has passed already.", ""],
        ("31.31.2013", ""): ["This is not a date.", ""],
        ("", " "): ["", "Say a date or write a note."],
        ("", "call 8 701 234 56 78"): ["", "This looks like a telephone number."],
        ("2013-12-30", "500101100000"): ["This day has passed already.", "This looks like an IIN"],
        ("", "x" * 501): ["", "A note has at most 500 characters; this one has 501."],
    }
    for (expected, note), errors in said.items():
        found = overdue.save(ask(), {"case": listed[0]}, expected, note)[3]
        assert all(one.startswith(two) for one, two in zip(found, errors, strict=True)), found
        assert [bool(one) for one in found] == [bool(two) for two in errors]
    assert _file(ask(), listed[0]) == []


def test_a_saved_remark_empties_the_form_and_shows_at_once(ask: Ask, listed: list[str]) -> None:
    held = {"case": listed[0], "token": remark_entry.new_token()}
    answer = overdue.save(ask(), held, "2014-01-20", "a note")
    assert answer[0]["token"] != held["token"]
    assert answer[4:6] == ("", "")
    again = overdue.save(ask(), held, "2014-01-20", "a note")
    assert again[2]["props"]["children"] == "Saved."
    assert len(_file(ask(), listed[0])) == 1


# --- the opened case ---------------------------------------------------------------------------


def test_a_case_that_left_the_list_says_why(ask: Ask, town: City, engine: Engine) -> None:
    done = next(
        c for c in town.cases if c.clock == "service" and c.stopped_on and c.stopped_on <= AS_OF
    )
    here = ask(f"&case={done.case_id}")
    assert done.stopped_on is not None
    assert f"Not in the list: finished on {here.t.date(done.stopped_on)}." in _drawn(here)
    late = case_list.page(ask(), Window()).rows["case_id"][0]
    words = _drawn(ask(f"&show=soon&case={late}"))
    assert "Not in the list under the present filter." in words
    assert "Not in the list" not in _drawn(ask(f"&case={late}"))


def test_a_case_that_vanished_is_told_of_kindly(
    ask: Ask, engine: Engine, listed: list[str]
) -> None:
    _write(engine, listed[0], None, "kept")
    with engine.begin() as connection:
        for table in (warehouse.events, warehouse.case_clocks, warehouse.cases):
            connection.execute(delete(table).where(table.c.case_id == listed[0]))
    assert "There is no case of this number" in _drawn(ask(f"&case={listed[0]}"))
    with engine.connect() as connection:
        assert connection.execute(select(warehouse.case_remark.c.note)).scalar() == "kept"


def test_the_course_is_that_of_the_events_by_the_day(ask: Ask, town: City) -> None:
    case = next(e.case_id for e in town.events)
    found = case_panel.find(ask(), overdue.case_view.parse({"case": case}))
    assert found is not None
    assert sorted((p.step, p.occurred_on) for p in found.course) == sorted(
        (e.step, e.occurred_on) for e in town.events if e.case_id == case and e.occurred_on <= AS_OF
    )
    days = [p.occurred_on for p in found.course]
    assert days == sorted(days)

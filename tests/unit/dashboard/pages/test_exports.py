"""Files hold every row of the list, typed, and no formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime

import flask
import openpyxl
import pytest
from sqlalchemy import Engine, delete, update

from dashboard import case_list, exports
from dashboard.case_list import Window
from etl.warehouse import case_clocks, cases, events
from tests.support.city import City

FORMULA = '=HYPERLINK("http://example.org")'


def _read_csv(text: str) -> list[dict[str, str]]:
    assert text[0] == "\ufeff"
    return list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))


def test_the_csv_holds_every_row_and_no_formula(
    request_for: Callable, town: City, engine: Engine
) -> None:
    # Given
    with engine.begin() as connection:
        connection.execute(update(cases).values(executor=FORMULA))
    here = request_for("/export/overdue.csv", "?lang=en&show=both")
    # When
    rows = _read_csv("".join(exports.csv_lines(here)))
    # Then
    page = case_list.page(here, Window(0, 1_000))
    assert [row["Case number"] for row in rows] == list(page.rows["case_id"])
    assert {row["Case officer"] for row in rows} == {f"'{FORMULA}"}
    due = {c.case_id: c.due_on for c in town.cases if c.clock == "service"}
    for row in rows:
        assert date.fromisoformat(row["Due on"]) == due[row["Case number"]]
        assert int(row["Days late"]) == (town.as_of - due[row["Case number"]]).days


def test_the_workbook_is_typed_frozen_and_filterable(
    request_for: Callable, town: City, engine: Engine
) -> None:
    # Given
    with engine.begin() as connection:
        connection.execute(update(cases).values(executor=FORMULA))
    here = request_for("/export/overdue.xlsx", "?lang=kk")
    file = io.BytesIO()
    # When
    exports.write_xlsx(here, file)
    # Then
    sheet = openpyxl.load_workbook(file).active
    head, *rows = sheet.iter_rows()
    assert len(rows) == case_list.page(here, Window()).total
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", f"A1:O{len(rows) + 1}")
    place = {name: i for i, name in enumerate(exports.HEADINGS)}
    assert [cell.value for cell in head] == [here.t(name) for name in exports.HEADINGS.values()]
    for row in rows:
        assert isinstance(row[place["due_on"]].value, datetime)
        assert isinstance(row[place["lateness"]].value, int)
        assert (row[place["executor"]].value, row[place["executor"]].data_type) == (FORMULA, "s")


@pytest.mark.parametrize(
    ("sort", "heading", "falls"),
    [("received_on", "Received on", False), ("-received_on", "Received on", True)],
)
def test_the_file_is_in_the_order_of_the_list(
    request_for: Callable, sort: str, heading: str, falls: bool
) -> None:
    # Given
    here = request_for("/export/overdue.csv", f"?lang=en&show=both&sort={sort}")
    # When
    rows = _read_csv("".join(exports.csv_lines(here)))
    # Then
    days = [row[heading] for row in rows]
    assert days == sorted(days, reverse=falls)
    assert days[0] != days[-1]


def test_a_file_is_of_one_moment_whatever_is_loaded_meanwhile(
    request_for: Callable, town: City, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    monkeypatch.setattr(exports, "_ROWS_AT_ONCE", 3)
    here = request_for("/export/overdue.csv", "?lang=en&show=both")
    at_first = "".join(exports.csv_lines(here))
    lines = exports.csv_lines(here)
    begun = next(lines) + next(lines)
    decided = [row["Case number"] for row in _read_csv(begun)]
    assert len(_read_csv(at_first)) > 3 * len(decided) == 9
    # When
    with engine.begin() as connection:
        of_them = case_clocks.c.case_id.in_(decided)
        connection.execute(update(case_clocks).where(of_them).values(stopped_on=town.as_of))
        connection.execute(update(cases).values(executor="Another officer"))
        connection.execute(delete(events))
    # Then
    assert begun + "".join(lines) == at_first
    after = _read_csv("".join(exports.csv_lines(here)))
    assert len(after) == len(_read_csv(at_first)) - len(decided)
    assert {row["Days in it"] for row in after} == {""}


def test_a_download_that_is_broken_off_gives_its_connection_back(
    request_for: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    monkeypatch.setattr(exports, "_ROWS_AT_ONCE", 3)
    here = request_for("/export/overdue.csv", "?show=both")
    lines = exports.csv_lines(here)
    next(lines), next(lines)
    assert here.engine.pool.checkedout() == 1
    # When
    lines.close()
    # Then
    assert here.engine.pool.checkedout() == 0


@pytest.mark.parametrize("path", [exports.CSV_PATH, exports.XLSX_PATH])
def test_a_file_is_downloaded_whatever_the_address_says(request_for: Callable, path: str) -> None:
    # Given
    request_for()
    client = flask.current_app.test_client()
    # When
    answer = client.get(f"{path}?lang=xx&as_of=%ff&show=%00&channel=nobody")
    # Then
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")

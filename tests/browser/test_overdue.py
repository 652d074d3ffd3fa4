"""The list of late cases: served a block at a time, sorted by the server, kind to nonsense."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, Response, expect
from sqlalchemy import text

from etl.databases import open_engine

CELL = "[row-index='{row}'] [col-id='{column}']"
CALLBACK = "/_dash-update-component"


def cell(page: Page, row: int, column: str) -> Locator:
    """A cell of the grid once it has its text."""
    found = page.locator(CELL.format(row=row, column=column))
    expect(found).not_to_be_empty()
    return found


def sort_by(page: Page, column: str) -> None:
    page.locator(f".ag-header-cell[col-id='{column}']").click()


@pytest.fixture
def late_cases(warehouse: str) -> list[str]:
    """Case numbers of the late cases, the latest first: counted by the database alone."""
    query = text(
        "SELECT k.case_id FROM case_clocks k JOIN cases c ON c.case_id = k.case_id"
        " WHERE k.clock = 'service' AND k.received_on <= :a AND k.due_on < :a"
        " AND (k.stopped_on IS NULL OR k.stopped_on > :a)"
        " AND (c.outcome IS NULL OR c.outcome <> 'rejected') ORDER BY k.due_on, k.case_id"
    )
    engine = open_engine(warehouse)
    with engine.connect() as connection:
        found = list(connection.execute(query, {"a": date(2013, 12, 31).isoformat()}).scalars())
    engine.dispose()
    return found


def test_scrolling_loads_the_blocks_behind_the_first(reader, late_cases: list[str]) -> None:
    # Given
    page = reader.open("/overdue", lang="kk")
    expect(cell(page, 0, "case_id")).to_have_text(late_cases[0])
    asked = len([url for url in reader.requests if CALLBACK in url])
    last = len(late_cases) - 1
    assert last > 200
    # When
    page.locator(".ag-body-viewport").evaluate("e => { e.scrollTop = e.scrollHeight }")
    # Then
    expect(cell(page, last, "case_id")).to_have_text(late_cases[last])
    assert len([url for url in reader.requests if CALLBACK in url]) > asked
    assert page.locator(".ag-row").count() < 60


def test_the_number_in_words_is_the_number_of_rows(reader, late_cases: list[str]) -> None:
    # When
    page = reader.open("/overdue", lang="en")
    cell(page, 0, "case_id")
    # Then
    rows = page.locator("[role=grid]").get_attribute("aria-rowcount")
    assert rows == str(len(late_cases) + 1)  # and the heading
    assert f"{len(late_cases)} cases are past their due date" in page.locator("main").inner_text()


def test_the_server_sorts_by_the_column_that_was_clicked(reader) -> None:
    # Given
    page = reader.open("/overdue", lang="ru")
    cell(page, 0, "case_id")
    # When
    with page.expect_response(_has_rows) as newest_first:
        sort_by(page, "received_on")
    with page.expect_response(_has_rows) as oldest_first:
        sort_by(page, "received_on")
    # Then
    down = [_day(row["received_on"]) for row in _rows(newest_first.value.json())]
    up = [_day(row["received_on"]) for row in _rows(oldest_first.value.json())]
    assert down == sorted(down, reverse=True)
    assert up == sorted(up)
    assert down[0] > up[0]


def test_the_row_of_the_opened_case_says_so(reader, late_cases: list[str]) -> None:
    # Given
    page = reader.open("/overdue", lang="kk")
    present = page.locator(".ag-pinned-left-cols-container .ag-row[aria-current=true]")
    # When
    cell(page, 1, "step").click()
    # Then
    expect(present).to_have_attribute("row-id", late_cases[1])
    # When
    cell(page, 0, "step").click()
    # Then
    expect(present).to_have_attribute("row-id", late_cases[0])
    # When
    page.locator("#case-close").click()
    # Then
    expect(present).to_have_count(0)


def test_one_may_ask_for_the_cases_that_are_soon_due(reader) -> None:
    # Given
    page = reader.open("/overdue", lang="en")
    # When
    page.locator(".kz-segments").get_by_text("Due within 7 days").click()
    page.wait_for_url("**show=soon*")
    # Then
    expect(cell(page, 0, "lateness")).to_have_text("due today")
    sort_by(page, "lateness")
    expect(cell(page, 0, "lateness")).to_have_text("7 days left")


def test_the_filter_of_the_frame_holds_for_the_list(reader) -> None:
    # When
    page = reader.open("/overdue", lang="en", channel="portal", service_point="portal")
    # Then
    expect(cell(page, 0, "channel")).to_contain_text("portal", ignore_case=True)
    assert {t for t in page.locator(".ag-cell[col-id='channel']").all_inner_texts() if t} == {
        cell(page, 0, "channel").inner_text()
    }


def test_an_empty_list_says_what_to_do(reader) -> None:
    # When
    page = reader.open("/overdue", lang="ru", as_of="1990-01-02")
    # Then
    assert page.locator("[role=grid]").count() == 0
    assert page.locator(".kz-empty a").get_attribute("href") == "/overdue"


def test_the_grid_speaks_the_readers_language_and_walks_by_keyboard(reader) -> None:
    # Given
    page = reader.open("/overdue", lang="kk")
    cell(page, 0, "case_id")
    page.locator(".ag-header-cell[col-id='case_id']").focus()
    # When
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    # Then
    focused = page.evaluate(
        "[document.activeElement.getAttribute('col-id'),"
        " document.activeElement.closest('[row-index]').getAttribute('row-index')]"
    )
    assert focused == ["lateness", "1"]
    assert "күн" in cell(page, 1, "lateness").inner_text()


@pytest.mark.parametrize(("scheme", "background"), [("light", True), ("dark", False)])
def test_the_grid_follows_the_theme(new_reader: Callable, scheme: str, background: bool) -> None:
    # When
    page = new_reader(scheme=scheme).open("/overdue")
    cell(page, 0, "case_id")
    # Then
    bright = page.locator(".ag-row").first.evaluate(
        "e => getComputedStyle(e).backgroundColor.match(/[0-9]+/g).map(Number)[0] > 128"
    )
    assert bright is background


def test_the_case_number_stays_in_sight_on_a_phone(new_reader: Callable) -> None:
    # Given
    page = new_reader(width=390, height=844).open("/overdue", lang="ru")
    number = cell(page, 0, "case_id")
    # When
    page.locator(".ag-center-cols-viewport").evaluate("e => { e.scrollLeft = 900 }")
    # Then
    expect(number).to_be_in_viewport()
    expect(cell(page, 0, "due_on")).to_be_attached()


GARBAGE = [
    None,
    17,
    "rows",
    [],
    {},
    {"startRow": "0; DROP TABLE cases", "endRow": {}},
    {"startRow": -5, "endRow": 10**30},
    {"startRow": 0, "endRow": 100, "sortModel": [{"colId": "iin", "sort": "asc"}]},
    {"startRow": 0, "endRow": 100, "sortModel": [{"colId": ["a"], "sort": 1}, 5, None]},
    {"startRow": 0, "endRow": 100, "sortModel": "x", "filterModel": 3, "context": {"search": 9}},
    {"startRow": True, "endRow": 100, "context": {"search": "?lang=xx&as_of=0000-00-00&show=%00"}},
]


@pytest.mark.parametrize("request_", GARBAGE, ids=[str(i) for i in range(len(GARBAGE))])
def test_a_forged_request_for_rows_gets_rows(reader, request_: object) -> None:
    # When
    answer = _ask(reader, "getRowsResponse", "getRowsRequest", request_)
    # Then
    assert answer.status == 200
    assert "Traceback" not in answer.text()
    assert len(_rows(answer.json())) == 100


@pytest.mark.parametrize(
    "body",
    ["", "no JSON", "[]", "{}", '{"output": "secrets.all", "outputs": [], "inputs": []}'],
)
def test_a_request_for_no_callback_of_ours_is_refused_politely(reader, body: str) -> None:
    # When
    answer = reader.page.request.post(
        reader.base + CALLBACK, data=body, headers={"Content-Type": "application/json"}
    )
    # Then
    assert 400 <= answer.status < 500
    assert "Traceback" not in answer.text()


def _ask(reader, output: str, input_: str, value: object):
    payload = {
        "output": f"case-grid.{output}",
        "outputs": {"id": "case-grid", "property": output},
        "inputs": [{"id": "case-grid", "property": input_, "value": value}],
        "changedPropIds": [f"case-grid.{input_}"],
    }
    return reader.page.request.post(
        reader.base + CALLBACK,
        data=json.dumps(payload),
        headers={"Content-Type": "application/json"},
    )


def _has_rows(answer: Response) -> bool:
    return CALLBACK in answer.url and "getRowsRequest" in (answer.request.post_data or "")


def _rows(answer: dict) -> list[dict]:
    return answer["response"]["case-grid"]["getRowsResponse"]["rowData"]


def _day(words: str) -> date:
    day, month, year = map(int, words.split("."))
    return date(year, month, day)

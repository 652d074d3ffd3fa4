"""A head at work by keyboard: opens a case, writes, sees it in the list; columns; the link."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from dashboard import access
from dashboard.access import Role
from tests.support import screens
from tests.support.reader import NewReader, Reader
from tests.support.regulations import almaty
from tests.support.serving import answering

HEAD = access.Reader(
    login="aigul", role=Role.HEAD, service_points=frozenset(almaty().codes("service_points"))
)
NARROW = "case_id,lateness,expected,note"
FEW = {"columns": NARROW, "sort": "due_on"}


@pytest.fixture(scope="module")
def office_url(filled_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that a head reads, over a warehouse that this file writes into."""
    path = shutil.copy(filled_city, tmp_path_factory.mktemp("office") / "kezek.db")
    with answering(screens.application(f"sqlite:///{path}", HEAD)) as address:
        yield address


@pytest.fixture
def head(new_reader: NewReader, office_url: str) -> Reader:
    return new_reader(base=office_url, role=None)


def cell(page: Page, row: int, column: str) -> Locator:
    found = page.locator(f"[row-index='{row}'] [col-id='{column}']")
    expect(found).not_to_be_empty()
    return found


def headings(page: Page) -> list[str]:
    shown = page.locator(".ag-header-cell")
    return list(shown.evaluate_all("all => all.map(e => e.getAttribute('col-id'))"))


def test_by_keyboard_a_case_is_opened_written_to_and_left(head: Reader) -> None:
    # Given
    page = head.open("/overdue", lang="en")
    number = cell(page, 3, "case_id").inner_text()
    page.locator(".ag-header-cell[col-id='case_id']").focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    # When
    page.keyboard.press("Enter")
    expect(page.locator("#case-heading")).to_be_focused()
    expect(page.locator("#case-heading")).to_have_text(f"Case {number}")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator("#case-expected")).to_be_focused()
    page.keyboard.type("20012014")
    page.locator("#case-note").focus()
    page.keyboard.type("waits for the commission")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # Then
    expect(page.locator("#case-result")).to_have_text("Saved.")
    expect(page.locator("[row-index='3'] [col-id='expected']")).to_have_text("20 Jan 2014")
    expect(page.locator("[row-index='3'] [col-id='note']")).to_have_text("waits for the commission")
    expect(page.locator("[row-index='3'] [col-id='case_id']")).to_be_focused()
    expect(page.locator(".kz-remarks li")).to_have_count(1)
    expect(page.locator(".kz-remarks li")).to_contain_text("aigul")
    # When the panel is left
    page.locator("#case-note").focus()
    page.keyboard.press("Escape")
    # Then
    expect(page.locator("#case-panel")).to_be_empty()
    expect(page.locator("[row-index='3'] [col-id='case_id']")).to_be_focused()
    assert "case=" not in page.url


def test_pressed_twice_it_is_saved_once_and_may_be_taken_back(head: Reader) -> None:
    # Given
    page = head.open("/overdue", lang="ru")
    page.goto(f"{head.base}/overdue?lang=ru&case={cell(page, 5, 'case_id').inner_text()}")
    head.drawn()
    page.locator("#case-note").fill("ждём решения")
    # When
    page.locator("#case-save").dblclick()
    # Then
    expect(page.locator(".kz-remarks li")).to_have_count(1)
    expect(page.locator("[row-index='5'] [col-id='note']")).to_have_text("ждём решения")
    # When
    page.locator(".kz-link-button").click()
    # Then
    expect(page.locator(".kz-withdrawn")).to_have_count(1)
    expect(page.locator("[row-index='5'] [col-id='note']")).to_have_text("–")


def test_an_iin_is_refused_beside_the_field_and_nothing_is_lost(head: Reader) -> None:
    page = head.open("/overdue", lang="kk")
    cell(page, 6, "lateness").click()
    page.locator("#case-note").fill("ЖСН 500101100000")
    page.locator("#case-save").click()
    expect(page.locator(".kz-field-error").nth(1)).to_contain_text("ЖСН-ге ұқсайды")
    expect(page.locator("#case-note")).to_have_value("ЖСН 500101100000")


def test_a_link_opens_the_same_view_for_a_colleague(head: Reader, new_reader: NewReader) -> None:
    # Given
    page = head.open("/overdue", lang="en", show="both", **FEW)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    number = cell(page, 1, "case_id").inner_text()
    cell(page, 1, "lateness").click()
    expect(page.locator("#case-heading")).to_be_focused()
    # When
    page.locator(".kz-copy").click()
    expect(page.locator(".kz-copied")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    # Then
    other = new_reader(base=head.base, role=None).page
    other.goto(link)
    expect(other.locator("#case-heading")).to_have_text(f"Case {number}")
    assert cell(other, 1, "case_id").inner_text() == number
    assert headings(other) == NARROW.split(",")
    sorted_ = other.locator(".ag-header-cell[aria-sort]:not([aria-sort=none])")
    expect(sorted_).to_have_count(0)  # the column that sorts is not among those that show


def test_without_a_clipboard_the_link_is_copied_all_the_same(head: Reader) -> None:
    page = head.open("/overdue", lang="kk")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.locator(".kz-copy").click()
    expect(page.locator(".kz-copied")).to_have_text("Сілтеме көшірілді")


def test_columns_are_chosen_by_keyboard_kept_in_the_address_and_remembered(head: Reader) -> None:
    # Given
    page = head.open("/overdue", lang="en")
    cell(page, 0, "case_id")
    before = headings(page)
    # When
    page.locator(".kz-view-tools summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    # Then
    expect(page.locator(".ag-header-cell")).to_have_count(len(before) - 3)
    page.wait_for_url(re.compile("columns=case_id,step"))
    expect(page.locator(".kz-view-tools details")).to_have_attribute("open", "")
    # When the address says nothing the browser remembers
    page.goto(f"{head.base}/overdue?lang=en")
    page.wait_for_url(re.compile("columns=case_id,step"))
    expect(page.locator(".ag-header-cell")).to_have_count(len(before) - 3)
    # When
    page.locator(".kz-view-tools summary").click()
    page.locator("#case-columns-reset").click()
    # Then
    expect(page.locator(".ag-header-cell")).to_have_count(len(before))
    assert "columns" not in page.url
    page.goto(f"{head.base}/overdue?lang=en")
    expect(page.locator(".ag-header-cell")).to_have_count(len(before))


def test_the_order_stands_in_the_address_and_goes_with_the_filter(head: Reader) -> None:
    page = head.open("/overdue", lang="en")
    cell(page, 0, "case_id")
    page.locator(".ag-header-cell[col-id='due_on']").click()
    page.wait_for_url(re.compile("sort=-due_on"))
    head.drawn()
    page.locator(".kz-segments").first.get_by_text("Both").click()
    page.wait_for_url(re.compile("show=both"))
    expect(page.locator(".ag-header-cell[col-id='due_on']")).to_have_attribute(
        "aria-sort", "descending"
    )
    assert "sort=-due_on" in page.url


def test_who_may_only_read_sees_no_form(new_reader: NewReader, filled_city: Path) -> None:
    with answering(screens.application(f"sqlite:///{filled_city}")) as address:
        reader = new_reader(base=address, role=None)
        page = reader.open("/overdue", lang="en")
        cell(page, 0, "lateness").click()
        expect(page.locator("#case-panel")).to_contain_text("Nothing has been written yet.")
        assert page.locator("#case-save").count() == 0


@pytest.mark.parametrize(("lang", "scheme"), [("kk", "light"), ("ru", "dark")])
def test_the_opened_case_is_accessible_and_fits_a_phone(
    new_reader: NewReader, office_url: str, lang: str, scheme: str
) -> None:
    reader = new_reader(base=office_url, role=None, width=390, height=844, scheme=scheme)
    page = reader.open("/overdue", lang=lang)
    cell(page, 0, "case_id").click()
    expect(page.locator("#case-heading")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    found = Axe().run(page, context="#case-panel, .kz-tools, .kz-view-tools")
    assert found.response["violations"] == []

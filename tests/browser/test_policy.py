"""Every page of every role in a real browser, under the policy that compiles no text as script."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard import access, pages
from tests.support import screens
from tests.support.reader import NewReader
from tests.support.serving import answering

# What a test evaluates by itself is let through; what runs after it is not.
_EVAL = """() => new Promise(done => setTimeout(() => {
  try { done(new Function('return 1')()); } catch (error) { done(error.name); }
}))"""
_INLINE = """() => {
  const script = document.createElement('script');
  script.textContent = 'window.ran = true';
  document.head.append(script);
  return window.ran === true;
}"""


@pytest.mark.parametrize("reader", screens.READERS, ids=lambda reader: reader.role)
def test_no_page_asks_for_what_the_policy_forbids(
    warehouse: str, new_reader: NewReader, reader: access.Reader
) -> None:
    # Given
    app = screens.application(warehouse, reader)
    rooms = pages.open_to((*app.rooms, *app.papers), reader)
    with answering(app) as address:
        someone = new_reader(base=address, role=None)
        for room in rooms:
            # When
            page = someone.open(room.PATH, lang="ru")
            # Then what a page complains of fails the test
            if room.PATH == "/overdue" and reader.may(access.Permission.CASES):
                expect(page.locator(".ag-row .kz-late").first).to_be_visible()
        assert someone.strangers == set()
        someone.page.goto("about:blank")  # nothing is asked of a server that is gone


def test_the_policy_holds_in_the_browser(warehouse: str, new_reader: NewReader) -> None:
    app = screens.application(warehouse)
    with answering(app) as address:
        someone = new_reader(base=address, role=None)
        page = someone.open("/data")
        assert page.evaluate(_EVAL) == "EvalError"
        assert page.evaluate(_INLINE) is False
        assert any("Content Security Policy" in said for said in someone.complaints)
        someone.complaints.clear()  # they were asked for
        page.goto("about:blank")


def test_an_operator_has_no_choice_of_place(
    filled_city: Path, new_reader: NewReader, tmp_path: Path
) -> None:
    copy = shutil.copy(filled_city, tmp_path / "kezek.db")  # a form is saved in it
    app = screens.application(f"sqlite:///{copy}", screens.OPERATOR)
    with answering(app) as address:
        someone = new_reader(base=address, role=None)
        page = someone.open("/survey", lang="en")
        expect(page.locator("select")).to_have_count(0)
        page.keyboard.press("3")
        page.keyboard.press("1")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="Saved:")).to_contain_text("Medeu")
        page.goto("about:blank")

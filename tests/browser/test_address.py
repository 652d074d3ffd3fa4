"""The address holds the state: for a colleague, for the way back, for another language."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

CHIPS = ".kz-filters summary"
FIRST_CASE = "[row-index='0'] [col-id='case_id']"


def _chips(page: Page) -> list[str]:
    return page.locator(CHIPS).all_inner_texts()


def _query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_colleague_sees_the_same_view_in_a_fresh_browser(new_reader: Callable) -> None:
    # Given
    one = new_reader()
    page = one.open("/overdue", lang="ru", as_of="2013-11-30", channel="portal", show="both")
    expect(page.locator(FIRST_CASE)).not_to_be_empty()
    seen = page.locator("main").inner_text()
    # When
    other = new_reader().page
    other.goto(page.url)
    # Then
    expect(other.locator(FIRST_CASE)).not_to_be_empty()
    assert other.locator("main").inner_text() == seen
    assert "30.11.2013" in seen


@pytest.mark.parametrize("path", ["/overdue", "/deviations"])
def test_a_choice_in_the_filter_can_be_walked_back_forward_and_reloaded(reader, path: str) -> None:
    # Given
    page = reader.open(path, lang="en")
    before = _chips(page)
    # When
    chip = page.locator("details.kz-chip-box", has_text="all channels")
    chip.locator("summary").click()
    chip.locator("input").nth(0).check()
    page.wait_for_url("**channel=*")
    # Then
    reader.drawn()
    after = _chips(page)
    assert after != before
    # When
    page.go_back()
    # Then
    expect(page.locator(CHIPS)).to_have_text(before)
    # When
    page.go_forward()
    # Then
    expect(page.locator(CHIPS)).to_have_text(after)
    # When
    page.reload()
    # Then
    expect(page.locator(CHIPS)).to_have_text(after)


def test_the_filter_follows_to_another_page_and_another_language(reader) -> None:
    # Given
    page = reader.open("/queue", lang="en", as_of="2013-10-31", category="veterans")
    # When
    page.locator("header nav a").nth(2).click()
    page.wait_for_function("location.pathname != '/queue'")
    reader.drawn()
    page.get_by_title("Русский").click()
    page.wait_for_function("document.documentElement.lang == 'ru'")
    reader.drawn()
    # Then
    assert _query(page)["as_of"] == ["2013-10-31"]
    assert _query(page)["category"] == ["veterans"]
    assert "31.10.2013" in " ".join(_chips(page))


def test_what_a_chip_opens_lies_on_the_screen_of_a_phone(new_reader: Callable) -> None:
    # Given
    page = new_reader(width=390, height=844).open("/", lang="kk")
    for box in page.locator(".kz-filters details").all():
        # When
        box.locator("summary").click()
        # Then
        place = box.locator(".kz-panel-pop").bounding_box()
        assert place is not None
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= 390
        page.keyboard.press("Escape")  # it lies over the next one

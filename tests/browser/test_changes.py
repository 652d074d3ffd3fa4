"""Changes of the filter in the browser: what comes of what is sent of each."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

CALLBACKS = "**/_dash-update-component*"
CHART = ".kz-graph .js-plotly-plot"


def _choose(page: Page, chip: str, box: int) -> None:
    page.locator(".kz-chip", has_text=chip).click()
    page.locator(".kz-chip-box[open] input").nth(box).click()
    page.keyboard.press("Escape")


@pytest.mark.parametrize(
    ("path", "chips"),
    [
        ("/", ["channels", "categories"]),
        ("/queue", ["categories"]),
        ("/times", ["service points", "channels"]),
        ("/satisfaction", ["channels", "service points"]),
    ],
)
def test_after_changes_the_page_is_what_the_address_opens(new_reader, path: str, chips) -> None:
    # Given
    reader = new_reader()
    page = reader.open(path, lang="en")
    # When
    for chip in chips:
        was = page.url
        _choose(page, f"all {chip}", 1)
        page.wait_for_url(lambda url, was=was: url != was)
        reader.drawn()
    # Then
    other = new_reader()
    other.page.goto(page.url)
    other.drawn()
    assert page.locator("main").inner_text() == other.page.locator("main").inner_text()
    assert _figures(page) == _figures(other.page)
    # When
    for _ in chips:
        was = page.url
        page.go_back()
        page.wait_for_url(lambda url, was=was: url != was)
    reader.drawn()
    # Then
    other.open(path, lang="en")
    expect(page.locator("main")).to_have_text(other.page.locator("main").text_content() or "")
    assert _figures(page) == _figures(other.page)


def test_a_tick_set_while_an_answer_is_on_its_way_stays(reader) -> None:
    # Given
    page = reader.open("/satisfaction", lang="en")
    page.locator(".kz-chip", has_text="all service points").click()
    boxes = page.locator(".kz-chip-box[open] input")
    held: list[Route] = []
    page.route(CALLBACKS, lambda route: route.continue_() if len(held) > 2 else held.append(route))
    # When the answer to the first tick comes before the second tick is an address
    with page.expect_request(CALLBACKS):
        boxes.nth(1).check()
    with page.expect_request(CALLBACKS):
        held[0].continue_()
    with page.expect_request(CALLBACKS):
        boxes.nth(2).check()
    with page.expect_response(CALLBACKS):
        held[1].continue_()
    # Then
    assert boxes.nth(2).is_checked()
    held[2].continue_()
    page.wait_for_url("**service_point=*,*")
    reader.drawn()
    assert [boxes.nth(place).is_checked() for place in range(4)] == [False, True, True, False]


def test_a_preset_stays_when_more_is_chosen_at_once(reader) -> None:
    # Given
    page = reader.open("/", lang="en")
    held: list[Route] = []
    page.route(CALLBACKS, lambda route: route.continue_() if len(held) else held.append(route))
    # When
    with page.expect_request(CALLBACKS):
        page.locator(".kz-chip", has_text="November 2013").click()
        page.locator(".kz-chip-box[open] [type=radio]").nth(3).click()
    _choose(page, "all channels", 1)
    held[0].continue_()
    # Then
    page.wait_for_url("**channel=*")
    reader.drawn()
    assert "from=2012-01-01" in page.url
    assert "to=2012-12-31" in page.url


def test_what_was_walked_back_from_is_not_chosen_again(reader) -> None:
    # Given
    page = reader.open("/", lang="en")
    first = page.url
    _choose(page, "all channels", 1)
    page.wait_for_url("**channel=*")
    reader.drawn()
    page.go_back()
    page.wait_for_url(first)
    reader.drawn()
    # When
    _choose(page, "all categories", 0)
    # Then
    page.wait_for_url("**category=*")
    assert "channel" not in page.url


def _figures(page: Page) -> list[object]:
    """What each chart was given, by its traces' values."""
    given: list[object] = page.locator(CHART).evaluate_all(
        "plots => plots.map(p => JSON.stringify(p.data.map(t => [t.x, t.y, t.text])))"
    )
    return given


def test_steps_back_in_haste_lead_all_the_way(reader) -> None:
    """What the filter is brought to by an answer come late is no choice of the reader's."""
    # Given
    page = reader.open("/satisfaction", lang="en")
    first = page.url
    for chip in ("channels", "service points"):
        was = page.url
        _choose(page, f"all {chip}", 1)
        page.wait_for_url(lambda url, was=was: url != was)
        reader.drawn()
    # When the answer to the first step comes after that to the second
    held: list[Route] = []
    page.route(CALLBACKS, lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(CALLBACKS):
        page.go_back()
    with page.expect_response(CALLBACKS):
        page.go_back()
    with page.expect_response(CALLBACKS):
        held[0].continue_()
    reader.drawn()
    # Then
    expect(page.locator(".kz-chip-on")).to_have_count(0)
    assert page.url == first
    # When
    _choose(page, "all channels", 2)
    # Then
    page.wait_for_url("**channel=portal*")

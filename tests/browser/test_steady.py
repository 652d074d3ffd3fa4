"""A page stands still while it comes: nothing jumps, and what counts is in sight at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from dashboard import pages
from etl.regulation.model import LANGUAGES
from tests.support.signing import role_for

PAPERS = [page.PATH for page in pages.papers()]
PATHS = [*(page.PATH for page in pages.load()), *PAPERS]
STILL = 0.001  # of the screen; Chromium's measure, of which 0.1 is still called good
WATCH = """() => {
  window.jumps = [];
  new PerformanceObserver(list => list.getEntries().forEach(e => window.jumps.push(e.value)))
    .observe({type: 'layout-shift', buffered: true});
}"""
SETTLED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"""
BOTTOM = "e => e.getBoundingClientRect().bottom"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_jumps_or_sticks_out_while_a_page_comes_for_the_first_time(
    new_reader: Callable, path: str, width: int
) -> None:
    # Given
    reader = new_reader(width=width, role=role_for(path), fresh=True)
    reader.page.add_init_script(f"({WATCH})()")
    # When
    page = reader.open(path, lang="ru")
    reader.drawn()
    # Then
    assert jumped(page) < STILL
    if path not in PAPERS:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_jump_would_be_seen(reader) -> None:
    # Given
    reader.page.add_init_script(f"({WATCH})()")
    page = reader.open("/", lang="ru")
    # When
    page.evaluate("() => { document.querySelector('#notices').style.height = '300px'; }")
    # Then
    assert jumped(page) > 0.1


def jumped(page: Page) -> float:
    """The sum of Chromium's layout shifts since the page began."""
    page.evaluate(SETTLED)
    total: float = page.evaluate("() => window.jumps.reduce((sum, jump) => sum + jump, 0)")
    return total


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentence_cards_and_the_first_chart_need_no_scrolling(reader, lang: str) -> None:
    # When
    page = reader.open("/", lang=lang)
    # Then
    for what in (".kz-headline", ".kz-cards", ".kz-graph"):
        assert page.locator(what).first.evaluate(BOTTOM) <= 900, what
    tops = page.locator(".kz-columns > div").evaluate_all(
        "columns => columns.map(c => c.firstElementChild.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1  # the first row: both its panels begin there
    assert tops[0] < 600


def test_a_filter_leaves_header_and_scroll_where_they_were(reader) -> None:
    # Given
    page = reader.open("/", lang="en")
    header = page.locator(".kz-header").bounding_box()
    page.mouse.wheel(0, 40)  # so far that the filter stays in sight
    page.wait_for_function("() => window.scrollY === 40")
    # When
    page.locator(".kz-chip", has_text="all channels").click()
    page.locator(".kz-chip-box[open] input").first.click()
    page.wait_for_url("**channel=*")
    reader.drawn()
    # Then
    assert page.evaluate("() => window.scrollY") == 40
    page.mouse.wheel(0, -40)
    page.wait_for_function("() => window.scrollY === 0")
    assert page.locator(".kz-header").bounding_box() == header


def test_a_page_loads_the_grid_where_a_grid_is_and_the_charts_where_charts_are(
    new_reader: Callable,
) -> None:
    # Given
    reader = new_reader(fresh=True)
    # When
    reader.open("/data", lang="en")
    reader.drawn()
    # Then
    assert loaded(reader) == set()
    # When
    reader.requests.clear()
    reader.open("/", lang="en")
    # Then
    assert loaded(reader) == {"plotly"}
    # When
    reader.requests.clear()
    reader.page.locator("nav a[href^='/overdue']").first.click()
    reader.page.locator(".ag-row .ag-cell").first.wait_for()
    # Then
    assert loaded(reader) == {"dash_ag_grid"}


def loaded(reader) -> set[str]:
    """Which of the large libraries were asked for."""
    names = ("plotly", "dash_ag_grid")
    return {name for name in names if any(name in url for url in reader.requests)}

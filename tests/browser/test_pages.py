"""What stands on the screen while nothing else does, and for whom an address means nothing."""

from __future__ import annotations

import pytest

from dashboard import pages
from tests.support.reader import DRAWN

PATHS = [page.PATH for page in pages.load()]
SHOWN_FOR = "e => [e.innerText, getComputedStyle(e, '::after').content]"


def test_dash_s_own_words_before_the_first_page_are_in_the_reader_s_language(reader) -> None:
    # Given
    page = reader.page
    page.route("**/_dash-layout*", lambda _: None)  # no answer comes
    # When
    page.goto(f"{reader.base}/?lang=kk")
    # Then
    assert page.locator("._dash-loading").evaluate(SHOWN_FOR) == ["", '"Жүктелуде…"']
    # When
    page.unroute("**/_dash-layout*")
    page.route("**/_dash-layout*", lambda route: route.fulfill(status=500))
    page.reload()
    # Then
    said = "Көрсету мүмкін болмады. Бетті қайта жүктеңіз"
    innards, shown = page.locator("._dash-error").evaluate(SHOWN_FOR)
    assert (innards, shown[1 : len(said) + 1]) == ("", said)
    reader.complaints.clear()  # of the failure that was ordered


def test_a_frame_that_still_waits_for_its_page_is_not_taken_for_drawn(reader) -> None:
    # Given
    page = reader.page
    frame = f"{reader.base}/_dash-layout"
    page.route("**/_dash-layout*", lambda route: route.continue_(url=frame))  # as Dash asks for it
    page.route("**/_dash-update-component*", lambda route: route.fulfill(status=500))
    # When
    page.goto(f"{reader.base}/?lang=kk")
    page.locator("#progress[hidden]").wait_for(state="attached")
    # Then
    assert page.locator("main").inner_text().strip() == "Жүктелуде…"
    assert not page.evaluate(DRAWN)
    reader.complaints.clear()  # of the failure that was ordered


@pytest.mark.parametrize("path", PATHS)
def test_an_address_with_nonsense_is_answered_kindly(reader, path: str) -> None:
    # When
    page = reader.open(
        path, lang="en", as_of="2013-02-31", channel="nobody", context="x", here="y", app="z", q="1"
    )
    # Then
    assert page.locator(".kz-state").count() == 0
    assert "2013-02-31" in page.locator("main").inner_text()

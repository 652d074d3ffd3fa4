"""Every page in every language: drawn, and free of what only a program would say."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dashboard import pages
from etl.regulation.model import LANGUAGES
from tests.support.reader import DRAWN
from tests.support.signing import role_for

PATHS = [page.PATH for page in pages.load()]
NONSENSE = re.compile(r"\b(NaN|NaT|null|undefined|Traceback|Infinity)\b|<NA>|\{\w*\}")
LATIN, CYRILLIC = re.compile(r"[A-Za-z]{2,}"), re.compile(r"[А-яЁёӘ-ө]{2,}")
FOREIGN = {"kk": LATIN, "ru": LATIN, "en": CYRILLIC}
NAMES = re.compile(  # of the app, its languages, keys and kinds of files; what the data are called
    r"Kezek|ҚАЗ|Қазақша|РУС|Русский|ENG|English|Enter|XLSX|CSV|PNG|case-\d+|Officer \d|office"
    # the id of the regulation, the beginning of its hash, the version of the program
    r"|almaty-2013-512 [0-9a-f]{8}\s+test\b"
)
SPOKEN = """() => ['title', 'aria-label', 'alt', 'placeholder'].flatMap(name =>
  [...document.querySelectorAll(`[${name}]`)].filter(e => e.checkVisibility())
    .map(e => e.getAttribute(name))).join(' ')"""


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_drawn_in_every_language(reader, path: str, lang: str) -> None:
    # When
    page = reader.open(path, lang=lang)
    # Then
    words = page.locator("body").inner_text()
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("h1").count() == 1
    assert not NONSENSE.findall(words)
    assert FOREIGN[lang].findall(NAMES.sub("", words + page.evaluate(SPOKEN))) == []


SHOWN_FOR = "e => [e.innerText, getComputedStyle(e, '::after').content]"


def test_dash_s_own_words_before_the_first_page_are_in_the_reader_s_language(reader) -> None:
    # Given
    page = reader.page
    page.route("**/_dash-layout", lambda _: None)  # no answer comes
    # When
    page.goto(f"{reader.base}/?lang=kk")
    # Then
    assert page.locator("._dash-loading").evaluate(SHOWN_FOR) == ["", '"Жүктелуде…"']
    # When
    page.unroute("**/_dash-layout")
    page.route("**/_dash-layout", lambda route: route.fulfill(status=500))
    page.reload()
    # Then
    said = "Көрсету мүмкін болмады. Бетті қайта жүктеңіз"
    innards, shown = page.locator("._dash-error").evaluate(SHOWN_FOR)
    assert (innards, shown[1 : len(said) + 1]) == ("", said)
    reader.complaints.clear()  # of the failure that was ordered


def test_a_frame_that_still_waits_for_its_page_is_not_taken_for_drawn(reader) -> None:
    # Given
    page = reader.page
    page.route("**/_dash-update-component*", lambda route: route.fulfill(status=500))
    # When
    page.goto(f"{reader.base}/?lang=kk")
    page.locator("#progress[hidden]").wait_for(state="attached")
    # Then
    assert page.locator("main").inner_text().strip() == "Жүктелуде…"
    assert not page.evaluate(DRAWN)
    reader.complaints.clear()  # of the failure that was ordered


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024)])
def test_no_page_scrolls_sideways_on_a_small_screen(
    new_reader: Callable, path: str, width: int, height: int
) -> None:
    # When
    page = new_reader(width=width, height=height, role=role_for(path)).open(path, lang="ru")
    # Then
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_address_with_nonsense_is_answered_kindly(reader, path: str) -> None:
    # When
    page = reader.open(
        path, lang="en", as_of="2013-02-31", channel="nobody", context="x", here="y", app="z", q="1"
    )
    # Then
    assert page.locator(".kz-state").count() == 0
    assert "2013-02-31" in page.locator("main").inner_text()

"""Every page in every language: drawn, and free of what only a program would say."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from dashboard import pages
from etl.regulation.model import LANGUAGES

PATHS = [page.PATH for page in pages.load()]
NONSENSE = re.compile(r"\b(NaN|NaT|null|undefined|Traceback|Infinity)\b|<NA>|\{\w*\}")
NO_WORD_BUT_IN_ENGLISH = re.compile(r"\bNone\b")
UNTRANSLATED = {"kk": "Overdue", "ru": "Overdue", "en": "Просрочено"}


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
    assert page.locator("main").inner_text().strip()
    assert not NONSENSE.findall(words)
    assert lang == "en" or not NO_WORD_BUT_IN_ENGLISH.search(words)
    assert UNTRANSLATED[lang] not in words


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024)])
def test_no_page_scrolls_sideways_on_a_small_screen(
    new_reader: Callable, path: str, width: int, height: int
) -> None:
    # When
    page = new_reader(width=width, height=height).open(path, lang="ru")
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

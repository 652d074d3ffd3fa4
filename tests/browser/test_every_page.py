"""Every page in every language: drawn, as wide as the screen, with no word of a program alone.

axe finds nothing against WCAG 2.2 AA on it, in each theme and width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard import pages
from etl.regulation.model import LANGUAGES
from tests.support.reader import DRAWN

BRIEFING = "/briefing"
PATHS = [page.PATH for page in (*pages.load(), *pages.papers())]
RULES = {
    "resultTypes": ["violations"],  # of what passes not every element is told
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
}
SIZES = ((1440, 900), (390, 844))
UNFOLD = "() => document.querySelectorAll('details.kz-folded').forEach(d => { d.open = true; })"
THEMES = ("light", "dark")
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
WIDE = "document.documentElement.scrollWidth"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_drawn_in_every_language_and_axe_finds_nothing(
    reader, path: str, lang: str
) -> None:
    # When
    page = reader.open(path, lang=lang)
    # Then
    words = page.locator("body").inner_text()
    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("h1").count() == 1
    assert not NONSENSE.findall(words)
    assert FOREIGN[lang].findall(NAMES.sub("", words + page.evaluate(SPOKEN))) == []
    # And each theme at one width, which of them in Russian is the other way about; what is made
    # of other pages' panels for paper, which is light and wide, as it is printed
    page.evaluate(UNFOLD)
    themes = reversed(THEMES) if lang == "ru" else THEMES
    looks = list(zip(SIZES, themes, strict=True)) if path != BRIEFING else [(SIZES[0], "light")]
    for (width, height), scheme in looks:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(DRAWN)
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        assert list(findings(page)) == [], (scheme, width)
        assert page.evaluate(WIDE) <= width, scheme
    if path != BRIEFING:
        page.set_viewport_size({"width": 768, "height": 1024})
        page.wait_for_function(DRAWN)
        assert page.evaluate(WIDE) <= 768


def test_an_open_filter_is_accessible_too(reader) -> None:
    # Given
    page = reader.open("/", lang="kk")
    chips = page.locator(".kz-chip")
    # Then
    for chip in chips.all():
        chip.click()
        for opener in page.locator("details[open] .kz-date-open").all():
            opener.click()  # with a calendar
        assert list(findings(page)) == []
    assert chips.count() > 3


def test_axe_would_find_what_is_wrong(reader) -> None:
    # Given
    page = reader.open("/", lang="en")
    # When
    page.evaluate("() => document.querySelector('.kz-theme').removeAttribute('aria-label')")
    page.evaluate("() => document.querySelector('.kz-theme').removeAttribute('title')")
    # Then
    assert [rule for rule, _ in findings(page)] == ["button-name"]


def findings(page: Page) -> Iterator[tuple[str, Any]]:
    """The rules that a page breaks, each with the first element that does."""
    for broken in Axe().run(page, options=RULES).response["violations"]:
        yield broken["id"], broken["nodes"][0]["html"]

"""What is said of every measure: complete, translated, true to its kind; the page made of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.i18n import Translator, read_catalogue
from dashboard.measures import GROUPS, REGISTRY, Measure, handbook
from etl.regulation.model import LANGUAGES, Lang
from tests.support import messages

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "measures.md"
COMMAND = "kezek kpi explain --markdown --lang en >docs/measures.md"

# What is no share and is still taken over something: middles, tails, rates.
TAKEN_OVER = {
    "days_late", "days_p50", "days_p80", "days_p90", "days_mean", "days_max", "queue_wait",
    "queue_clearance",
}  # fmt: skip


def texts(measure: Measure) -> list[str]:
    said = [measure.name, measure.definition, *measure.caveats]
    return [*said, measure.denominator] if measure.denominator else said


@pytest.mark.parametrize("key", REGISTRY)
def test_a_share_and_a_percentile_say_what_they_are_taken_over(key: str) -> None:
    measure = REGISTRY[key]
    if measure.unit == "share" or key in TAKEN_OVER:
        assert measure.denominator, f"{key} needs denominator=N_(…): what its n counts"


@pytest.mark.parametrize("key", REGISTRY)
def test_every_text_is_a_sentence_that_every_language_has(key: str) -> None:
    measure = REGISTRY[key]
    marked = {m for m in messages.used() if isinstance(m, str)}
    catalogues = {lang: read_catalogue(lang).messages for lang in LANGUAGES}
    for text in texts(measure):
        assert text in marked, f"{text!r} is not in N_(…)"
        assert [lang for lang in LANGUAGES if text not in catalogues[lang]] == []
    for text in texts(measure)[1:]:
        assert text.endswith(".")
        assert [lang for lang in LANGUAGES if not catalogues[lang][text][0].endswith(".")] == []


def test_see_also_names_other_measures() -> None:
    for key, measure in REGISTRY.items():
        assert set(measure.see) <= set(REGISTRY) - {key}
        assert len(set(measure.see)) == len(measure.see)


def test_each_measure_is_of_one_group() -> None:
    assert [m.key for group in GROUPS.values() for m in group] == list(REGISTRY)


def test_figures_that_hide_something_say_so() -> None:
    assert "within_limit" in REGISTRY["decided_on_time"].see
    assert any("open cases" in caveat for caveat in REGISTRY["decided_on_time"].caveats)
    assert any("naive" in caveat for caveat in REGISTRY["p_within"].caveats)
    assert any("five" in caveat for caveat in REGISTRY["satisfied"].caveats)
    for key in ("received", "open", "within_limit"):
        assert any("rejected" in caveat for caveat in REGISTRY[key].caveats)
    for key in (key for key in REGISTRY if key.startswith("queue")):
        assert any("channels or offices" in caveat for caveat in REGISTRY[key].caveats)


# --- docs/measures.md -------------------------------------------


def test_the_page_is_what_the_registry_says() -> None:
    made = handbook.markdown(Translator(read_catalogue("en")))
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    assert written == made, f"docs/measures.md is not of these measures; write it: {COMMAND}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_a_section_of_every_measure_that_its_contents_lead_to(lang: Lang) -> None:
    t = Translator(read_catalogue(lang))
    page = handbook.markdown(t)
    assert re.findall(r"^### (\w+)$", page, re.MULTILINE) == list(REGISTRY)
    assert set(re.findall(r"\(#(\w+)\)", page)) == set(REGISTRY)
    sections = dict(
        zip(REGISTRY, re.split(r"^### \w+$", page, flags=re.MULTILINE)[1:], strict=True)
    )
    for key, measure in REGISTRY.items():
        assert [text for text in map(t, texts(measure)) if text not in sections[key]] == []
    assert re.findall(r"\{\w*\}", page) == []


def test_the_page_names_the_key_of_the_regulation_s_item() -> None:
    page = handbook.markdown(Translator(read_catalogue("en")))
    clocked = [m for m in REGISTRY.values() if m.rests_on == "clock"]
    assert page.count("`clocks.<code>.item`") == len(clocked)
    assert page.count("`survey.item`") == len(REGISTRY) - len(clocked) - sum(
        m.rests_on is None for m in REGISTRY.values()
    )

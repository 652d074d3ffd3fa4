"""``kezek kpi`` for a reader: tables and words in the language."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.i18n import Translator, read_catalogue
from etl.regulation.model import LANGUAGES
from tests.support.kpi_command import (
    answer,
    fill,
    invoke,
)
from tests.support.regulations import almaty


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse with a small city of Almaty's regulation."""
    return fill(tmp_path_factory.mktemp("kpi") / "kezek.db")


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_is_told_the_ages_and_the_surveys(url: str, lang: Any) -> None:
    t = Translator(read_catalogue(lang))
    told = invoke("kpi", "--database", url, "--lang", lang).stdout
    found = answer(url)["measures"]
    age = found["freshness"]["office"]["newest_event_hours"]
    assert t("{number} h", number=t.number(age, 1)) in told
    rate = found["response_rate"]
    line = next(x for x in told.splitlines() if t("Surveys per finished application") in x)
    assert f"{t.number(rate['value'], 2)} ({rate['responses']} : {rate['stopped']})" in line
    later = invoke("kpi", "--database", url, "--lang", lang, "--as-of", "2014-02-28").stdout
    assert t("Age of the data") in later
    assert t("{number} h", number=t.number(age, 1)) not in later


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_gets_tables_with_names_in_the_language(url: str, lang: Any) -> None:
    result = invoke("kpi", "--database", url, "--lang", lang, "--by", "category")
    assert result.exit_code == 0, result.output
    regulation = almaty()
    assert regulation.city[lang] in result.stdout
    assert regulation.categories[1].short[lang] in result.stdout
    received = answer(url)["measures"]["received"]
    assert str(received) in result.stdout


def test_nothing_is_shown_as_a_dash_and_too_few_answers_in_words(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = invoke("kpi", "--database", url, "--lang", "en", "--as-of", "1995-01-31")
    line = next(x for x in result.stdout.splitlines() if "Decided within the legal limit" in x)
    assert line.split()[-1] == "–"
    monkeypatch.setenv("KEZEK_MIN_ANSWERS", "1000")
    few = invoke("kpi", "--database", url, "--lang", "en")
    assert "too few answers" in few.stdout

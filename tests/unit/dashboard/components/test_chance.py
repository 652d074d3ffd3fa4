"""What is said below the chance of being finished is true of the figures above it."""

from __future__ import annotations

import pytest

from dashboard.components.chance import chance_said
from dashboard.i18n import Translator, read_catalogue
from etl.regulation.model import Lang

LEAVES_OUT = {"kk": "ең баяу", "ru": "самые медленные", "en": "the slowest"}
AS_WELL = {"kk": "да дәл сондай", "ru": "столько же", "en": "as well"}
NOT_YET = {"kk": "бақыланған жоқ", "ru": "не проследить", "en": "not been followed"}

languages = pytest.mark.parametrize("lang", ["kk", "ru", "en"])


def said(
    lang: Lang, value: float, naive: float | None, *, oldest: int = 60, rough: bool = False
) -> list[str]:
    chance = {"t": 30, "value": value, "low": 0.1, "high": 0.9, "naive": naive}
    found = chance_said(Translator(read_catalogue(lang)), chance, oldest=oldest, rough=rough)
    return list(found)


@languages
def test_the_open_cases_make_the_difference_where_there_is_one(lang: Lang) -> None:
    (sentence,) = said(lang, 0.6, 1.0)
    assert LEAVES_OUT[lang] in sentence


@languages
def test_where_both_figures_are_one_no_case_is_said_to_be_left_out(lang: Lang) -> None:
    (sentence,) = said(lang, 0.93, 0.93)
    assert AS_WELL[lang] in sentence
    assert LEAVES_OUT[lang] not in sentence


@languages
def test_days_that_nobody_can_have_been_followed_for_are_named(lang: Lang) -> None:
    assert NOT_YET[lang] in said(lang, 0.6, 1.0, oldest=29)[1]
    assert len(said(lang, 0.6, 1.0, oldest=30)) == 1
    assert len(said(lang, 1.0, 1.0, oldest=29)) == 1  # all are finished


def test_a_naive_figure_that_is_not_told_is_not_spoken_of() -> None:
    assert said("en", 0.6, None, rough=True) == []
    (sentence,) = said("en", 0.0, None)
    assert "None of them is finished yet" in sentence

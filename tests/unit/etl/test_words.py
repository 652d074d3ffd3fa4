"""Spellings and codes."""

from __future__ import annotations

import unicodedata

import pandas as pd

from etl.words import coded

CODES = {"ҰОС ардагерлері": "veterans", "Йөк": "y", "жоқ": ""}


def meaning(*words: str | None) -> list[object]:
    result = coded(pd.Series(list(words), dtype="str"), CODES)
    return [None if pd.isna(word) else word for word in result]


def test_case_white_space_and_the_form_of_letters_do_not_count() -> None:
    spellings = ("ҰОС ардагерлері", "ұос   АРДАГЕРЛЕРІ", "ҰОС\nардагерлері", "ҰОС\u00a0ардагерлері")
    assert meaning(*spellings) == ["veterans"] * 4
    assert meaning(unicodedata.normalize("NFD", "йөк")) == ["y"]


def test_a_spelling_may_mean_nothing_and_an_unknown_one_stays() -> None:
    assert meaning("Жоқ", "басқа", None, "veterans") == [None, "басқа", None, "veterans"]

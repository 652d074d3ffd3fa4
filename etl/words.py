"""Spellings and the codes they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import pandas as pd


def folded(text: str) -> str:
    """A spelling as it is compared: letter case and the white space between words do not count."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def coded(words: pd.Series, codes: Mapping[str, str]) -> pd.Series:
    """``words`` (``str``) with every known spelling replaced by its code; others stay as they are.

    An empty code means that the spelling says nothing: null.
    """
    known = {folded(word): code for word, code in codes.items()}
    meaning = {word: known.get(folded(word), word) or None for word in words.dropna().unique()}
    return words.map(meaning).astype("str")

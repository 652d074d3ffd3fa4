"""The IIN: its check digits, its pseudonym, its mask."""

from __future__ import annotations

import hashlib
import hmac

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.identity import MASK, iin_check, masked, pseudonym, without_iin, without_iins

FIRST = range(1, 12)
SECOND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)


def slowly(number: str) -> bool:
    if len(number) != 12 or not all(c in "0123456789" for c in number):
        return False
    digits = [int(c) for c in number]
    for weights in (FIRST, SECOND):
        check = sum(d * w for d, w in zip(digits, weights, strict=False)) % 11
        if check < 10:
            return check == digits[11]
    return False


def check(*numbers: str | None) -> list[bool]:
    return iin_check(pd.Series(list(numbers), dtype="str")).tolist()


def test_known_numbers() -> None:
    valid = ("500101100000", "651231200007", "990101500006")
    second_pass = ("500101100106", "651231200800", "990101500708")
    assert check(*valid, *second_pass) == [True] * 6
    never = [f"{stem}{digit}" for stem in ("50010110012", "65123120085") for digit in range(10)]
    assert check(*never) == [False] * 20
    assert check("500101100001") == [False]


def test_what_is_no_number_fails_and_an_absent_one_is_none() -> None:
    assert (
        check(None, "", "50010110000", "5001011000000", "50010110000O", "500101100000\n")
        == [False] * 6
    )
    assert check() == []


@settings(deadline=None)
@given(st.lists(st.one_of(st.text("0123456789", min_size=12, max_size=12), st.text(max_size=13))))
def test_columns_are_checked_as_single_numbers_are(numbers: list[str]) -> None:
    assert check(*numbers) == [slowly(number) for number in numbers]


@pytest.mark.parametrize("key", ["k", "a key of some length", "ұ" * 100])
def test_a_pseudonym_is_hmac_sha256_cut_to_128_bits(key: str) -> None:
    numbers = pd.Series(["500101100000", None, "5001 0110 0000", "651231200007"], dtype="str")
    expected = hmac.new(key.encode(), b"500101100000", hashlib.sha256).hexdigest()[:32]
    result = pseudonym(numbers, key)
    assert result.tolist()[0] == result.tolist()[2] == expected
    assert result.isna().tolist() == [False, True, False, False]
    assert result.nunique() == 2


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_nothing_is_kept(key: str | None) -> None:
    assert pseudonym(pd.Series(["500101100000"], dtype="str"), key).isna().all()


def test_a_mask_shows_that_there_was_something_and_how_long() -> None:
    assert masked("500101100000") == "*" * 12
    assert masked("x" * 5000) == "*" * 20
    assert masked(None) is None


@pytest.mark.parametrize("text", ["{}", "ИИН {}.", "{}.xml", "№{}/1", "KZ{}", "{}-{}", "\n{}\n"])
def test_an_iin_is_masked_wherever_it_stands(text: str) -> None:
    iin = "500101100000"
    assert without_iin(text.format(iin, iin)) == text.format(MASK, MASK)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "500101100001",  # another check digit
        "981340000015",  # a firm's number has no day where a person's has one
        "130304000123",  # no century
        "5001011000001",  # a digit more
        "201303041000",  # a time
        "3787ac5e-bb48-d120-ee2e-500101100000",  # a UUID
        "a3f500101100000b77c19e04d2f6a8c1",  # a digest
    ],
)
def test_other_numbers_stay_as_they_are(text: str) -> None:
    assert without_iin(text) == text


def test_a_column_keeps_its_index_and_its_blanks() -> None:
    texts = pd.Series(["a", None, "500101100000"], index=[3, 5, 9], dtype="str")
    found = without_iins(texts)
    assert found.tolist()[0::2] == ["a", MASK]
    assert found.isna().tolist() == [False, True, False]
    assert found.index.tolist() == [3, 5, 9]
    assert texts.iloc[2] == "500101100000", "what was given is not changed"

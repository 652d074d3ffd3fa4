"""Invented people: their IINs are well formed, and nobody alive has one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.sample.people import iins, spoilt

VALID = (
    "500101100000",
    "651231200007",
    "990101500006",
    "500101100106",
    "651231200800",
    "990101500708",
)


def _is_valid(iin: str) -> bool:
    """The digest's rule, digit by digit."""
    digits = [int(c) for c in iin]
    if len(digits) != 12:
        return False
    first = sum(d * w for d, w in zip(digits, range(1, 12), strict=False)) % 11
    if first == 10:
        weights = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
        first = sum(d * w for d, w in zip(digits, weights, strict=False)) % 11
    return first == digits[11]


@pytest.mark.parametrize("iin", VALID)
def test_the_oracle_knows_the_published_vectors(iin: str) -> None:
    assert _is_valid(iin)


@given(st.integers(0, 2**32))
def test_iins_are_valid_and_of_the_nineteenth_century(seed: int) -> None:
    for iin in iins(np.random.default_rng(seed), 50):
        assert _is_valid(iin)
        assert iin[6] in "12"
        assert 1 <= int(iin[2:4]) <= 12
        assert 1 <= int(iin[4:6]) <= 28


def test_the_second_pass_is_used_and_a_number_never_issued_is_not_given() -> None:
    first_pass = [
        sum(int(d) * w for d, w in zip(iin, range(1, 12), strict=False)) % 11
        for iin in iins(np.random.default_rng(0), 2000)
    ]
    assert 10 in first_pass


@given(st.integers(0, 2**32), st.integers(0, 1 << 20))
def test_a_spoilt_iin_is_always_wrong(seed: int, how: int) -> None:
    (iin,) = iins(np.random.default_rng(seed), 1)
    assert not _is_valid(spoilt(iin, how))

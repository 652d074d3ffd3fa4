"""Hashes that are kept for years: what they are, and what tells two rows apart."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.hashes import duplicated, hash_rows, rough

MASK = 2**64 - 1


def siphash(key: bytes, data: bytes) -> int:
    """SipHash-2-4 as Aumasson and Bernstein describe it."""
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    v = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]

    def rotated(x: int, bits: int) -> int:
        return (x << bits | x >> (64 - bits)) & MASK

    def rounds(n: int) -> None:
        for _ in range(n):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotated(v[1], 13) ^ v[0]
            v[0] = rotated(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotated(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotated(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotated(v[1], 17) ^ v[2]
            v[2] = rotated(v[2], 32)

    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 255])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def mixed(number: int) -> int:
    """The finish of SplitMix64 (Steele, Lea, Flood)."""
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & MASK
    return number ^ number >> 31


def test_the_oracle_knows_the_published_vectors() -> None:
    key = bytes(range(16))
    assert siphash(key, b"") == 0x726FDB47DD0E0E31
    assert siphash(key, bytes(range(15))) == 0xA129CA6149BE45E5


def test_the_hash_is_siphash_under_two_keys() -> None:
    # pinned: it stands in warehouses that were filled years ago
    frame = pd.DataFrame(
        {"a": ["Ә", "x"], "b": [datetime(2013, 7, 15), pd.NaT], "c": [True, False]}
    )
    rows = ["Ә\x1f1373846400000000\x1f1", "x\x1f\x00\x1f0"]
    keys = (b"kezek record one", b"kezek record two")
    expected = [
        "".join(f"{mixed(siphash(key, row.encode())):016x}" for key in keys) for row in rows
    ]
    assert hash_rows(frame).tolist() == expected


cells = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ab", "Ә", "0"]))


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=2, max_size=6))
def test_rows_hash_alike_exactly_when_they_are_alike(
    rows: list[tuple[str | None, str | None]],
) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="str")
    hashes = hash_rows(frame).tolist()
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            assert (hashes[i] == hashes[j]) == (one == other)


def test_no_rows_have_no_hashes() -> None:
    assert hash_rows(pd.DataFrame({"a": pd.Series([], dtype="str")})).tolist() == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20)), st.integers(0, 5))
def test_texts_have_one_rough_number_exactly_when_they_are_alike(
    texts: list[str], before: int
) -> None:
    whole = pa.array(["before"] * before + texts, pa.large_string())
    numbers = rough(whole.slice(before)).tolist()
    assert numbers == [rough(pa.array([text], pa.large_string()))[0] for text in texts]
    assert len(set(numbers)) == len(set(texts))


def test_rough_numbers_of_near_texts_fall_evenly_into_shares() -> None:
    near = pa.array([f"A-{number:08d}" for number in range(64_000)], pa.large_string())
    shares = np.bincount((rough(near) % 64).astype("int64"))
    assert 900 < shares.min() <= shares.max() < 1100


@pytest.mark.parametrize("keep", ["first", "last", False])
@pytest.mark.parametrize("numbers", [[0, 0, 0, 0, 0], [1, 2, 1, 2, 3]])
def test_texts_of_one_number_are_told_apart_by_their_words(keep, numbers) -> None:
    texts = pd.Series(["one", "two", "one", "three", "four"])
    found = duplicated(texts, np.array(numbers, dtype="uint64"), keep=keep)
    assert found.tolist() == texts.duplicated(keep=keep).tolist()

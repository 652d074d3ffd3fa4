"""The IIN, a citizen's number: checked, turned into a pseudonym, and taken no further than here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from etl.columns import octets, text_array

_DIGITS = 12
_FIRST = np.arange(1, 12, dtype="int64")
_SECOND = np.array([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2], dtype="int64")
_BLOCK = 64  # bytes that SHA-256 takes at a time
_PSEUDONYM_LENGTH = 32  # hex digits: 128 bits
_MASK_AT_MOST = 20

MASK = "*" * _DIGITS  # what stands for an IIN that was found where none belongs
# A day of birth, the century with the sex, four digits, the check digit. A firm's number (BIN) has
# no such day, and few other numbers of twelve digits have one.
_SHAPE = "[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[1-6][0-9]{5}"
_FOUND = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{20,}"  # UUIDs and digests
    rf"|(?<![0-9])(?P<iin>{_SHAPE})(?![0-9])"
)


def iin_check(numbers: pd.Series) -> pd.Series:
    """Which of the texts are IINs that could have been issued (``bool``, same index).

    Twelve digits of which the last is Σ dᵢ·i mod 11 of the others; where that gives 10, the same
    with the weights 3…11, 1, 2; where that gives 10 as well, the number is never issued. A null is
    no IIN.
    """
    texts = text_array(numbers)
    formed = pc.fill_null(pc.match_substring_regex(texts, "^[0-9]{12}$"), fill_value=False)
    digits = octets(texts.filter(formed), _DIGITS).astype("int64") - ord("0")
    check = digits[:, :-1] @ _FIRST % 11
    check = np.where(check == 10, digits[:, :-1] @ _SECOND % 11, check)
    sound = formed.to_numpy(zero_copy_only=False).copy()
    sound[sound] = check == digits[:, -1]
    return pd.Series(sound, index=numbers.index)


def pseudonym(numbers: pd.Series, key: str | None) -> pd.Series:
    """What stands for a person in the warehouse (``str``): a keyed hash, or null without a key.

    HMAC-SHA256, the first 32 hex digits: the same person has the same pseudonym wherever the same
    key is used, and without the key nobody can try all IINs.
    """
    if not key:
        return pd.Series(None, index=numbers.index, dtype="str")
    positions, known = pd.factorize(numbers)
    keyed = _keyed(key.encode(), known.tolist())
    given = positions >= 0
    result = pd.Series(None, index=numbers.index, dtype="str")
    result[given] = pd.array(keyed, dtype="str").take(positions[given])
    return result


def _keyed(key: bytes, numbers: Sequence[str]) -> list[str]:
    """HMAC-SHA256 as RFC 2104 defines it, the hashes of the padded key made but once."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in padded))
    outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in padded))
    result = []
    for number in numbers:
        message, whole = inner.copy(), outer.copy()
        message.update("".join(number.split()).encode())
        whole.update(message.digest())
        result.append(whole.hexdigest()[:_PSEUDONYM_LENGTH])
    return result


def masked(number: str | None) -> str | None:
    """As many asterisks as the text has characters, to show that it was there and how long."""
    return None if number is None else "*" * min(len(number), _MASK_AT_MOST)


def without_iins(texts: pd.Series) -> pd.Series:
    """The texts with asterisks for every IIN that stands in one, by itself or among other words.

    An IIN is told from other numbers by its day, its century and its check digit.
    """
    array = text_array(texts)
    if (pc.max(pc.binary_length(array)).as_py() or 0) < _DIGITS:
        return texts
    suspect = pc.fill_null(pc.match_substring_regex(array, _SHAPE), fill_value=False)
    where = np.flatnonzero(suspect.to_numpy(zero_copy_only=False))
    if not where.size:
        return texts
    some = texts.take(where)
    numbers = {found["iin"] for text in some for found in _FOUND.finditer(text) if found["iin"]}
    listed = pd.Series(sorted(numbers), dtype="str")
    iins = set(listed[iin_check(listed)])
    hidden = [
        _FOUND.sub(lambda found: MASK if found["iin"] in iins else found[0], text) for text in some
    ]
    result = texts.copy()
    result.iloc[where] = pd.array(hidden, dtype="str")
    return result


def without_iin(text: str) -> str:
    """The same of one text."""
    return str(without_iins(pd.Series([text], dtype="str")).iloc[0])

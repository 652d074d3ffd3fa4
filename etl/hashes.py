"""Stable hashes of whole columns: the same words give the same 32 hex digits on every machine.

SipHash-2-4 under two fixed keys, each mixed once more by the finish of SplitMix64, as pandas does
it: 128 bits together, enough that no two of a country's records meet, and several times as fast as
a digest made row by row. Not for secrets: see ``identity``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.columns import octets, text_array

_KEYS = ("kezek record one", "kezek record two")  # 16 bytes each, as SipHash asks
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio: near numbers come apart
_SEPARATOR, _NULL = "\x1f", "\x00"

Halves = npt.NDArray[np.uint64]


def hash_rows(columns: pd.DataFrame) -> pd.Series:
    """32 hex digits (``str``) for each row: of its values, and of which of them are null.

    Times count as microseconds, so a column must keep its type from run to run. The order of the
    columns matters, their names do not.
    """
    return hex_of(halves(joined([columns[name] for name in columns.columns])))


def joined(columns: Sequence[pd.Series]) -> pa.Array:
    """One text a row, from which every value could be told."""
    texts = [_as_text(column) for column in columns]
    return pc.binary_join_element_wise(
        *texts,
        pa.scalar(_SEPARATOR, pa.large_string()),
        null_handling="replace",
        null_replacement=_NULL,
    )


def halves(texts: pa.Array) -> Halves:
    """``uint64`` of shape (rows, 2)."""
    values = texts.to_numpy(zero_copy_only=False)
    parts = [pd.util.hash_array(values, hash_key=key, categorize=False) for key in _KEYS]
    return np.column_stack(parts) if len(values) else np.empty((0, 2), dtype="uint64")


def rough(texts: pa.LargeStringArray) -> npt.NDArray[np.uint64]:
    """A number for each text, the same everywhere, in a tenth of the time of `halves`: equal texts
    have equal numbers, and by chance others hardly ever do, but who wants to finds some that do.
    For what is compared in words before anything hangs on it."""
    widths = pc.binary_length(texts).fill_null(0).to_numpy()
    found = np.zeros(len(texts), dtype="uint64")
    for width in np.unique(widths).tolist():
        where = np.flatnonzero(widths == width)
        own = texts if where.size == len(texts) else texts.take(pa.array(where))
        words = np.zeros((where.size, -(-width // 8)), dtype="<u8")
        words.view("uint8")[:, :width] = octets(pc.fill_null(own, ""), width)
        number = np.full(where.size, width, dtype="uint64")
        for word in words.T:
            number = (number ^ word) * SPREAD
            number ^= number >> np.uint64(32)
            number *= SPREAD
            number ^= number >> np.uint64(29)
        found[where] = number
    return found


def duplicated(
    texts: pd.Series, numbers: npt.NDArray[np.uint64], *, keep: Literal["first", "last", False]
) -> npt.NDArray[np.bool_]:
    """Which of the texts stand there again, as pandas counts it; ``numbers``: one for each, the
    same for equal texts. Numbers are told apart several times as fast, so that words are compared
    only where two of these are the same."""
    again = pd.Series(numbers).duplicated(keep=False).to_numpy(copy=True)
    where = np.flatnonzero(again)
    again[where] = texts.take(where).duplicated(keep=keep)
    return again


def hex_of(numbers: Halves) -> pd.Series:
    """Two ``uint64`` a row as 32 hex digits."""
    digits = numbers.astype(">u8").tobytes().hex().encode()
    offsets = np.arange(len(numbers) + 1, dtype="int64") * 32
    array = pa.LargeStringArray.from_buffers(
        len(numbers), pa.py_buffer(offsets), pa.py_buffer(digits)
    )
    return pd.Series(pd.array(array, dtype="str"))


def _as_text(column: pd.Series) -> pa.Array:
    if column.dtype.kind == "M":
        numbers = column.astype("datetime64[us]").astype("int64")
        return pc.cast(pa.array(numbers, mask=column.isna().to_numpy()), pa.large_string())
    if column.dtype.kind in "biu":
        return pc.cast(pa.array(column.astype("int64")), pa.large_string())
    return text_array(column)

"""Columns of text between pandas and Arrow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa


def text_array(texts: pd.Series) -> pa.LargeStringArray:
    """The texts of a ``str`` column, or of one that holds nothing, as one Arrow array."""
    array = pa.array(texts, from_pandas=True)
    chunked = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    whole = chunked.cast(pa.large_string()).combine_chunks()
    return whole if isinstance(whole, pa.Array) else whole.chunk(0)


def octets(texts: pa.LargeStringArray, width: int) -> npt.NDArray[np.uint8]:
    """The bytes of texts that all have ``width`` of them, a row a text; none may be null."""
    if not len(texts):
        return np.empty((0, width), dtype="uint8")
    _, offsets, data = texts.buffers()
    first = int(np.frombuffer(offsets, dtype="int64")[texts.offset])
    return np.frombuffer(data, "uint8", width * len(texts), first).reshape(len(texts), width)

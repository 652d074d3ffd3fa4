"""What another process made comes whole, and its file goes."""

from __future__ import annotations

import os
import pickle
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from etl.errors import KezekError
from etl.handing import Parcel, packed, unpacked

MANY = 200_000


def _result() -> dict[str, object]:
    numbers = np.arange(MANY)
    return {
        "numbers": numbers,
        "rows": pa.table({"n": numbers, "word": [f"әліп {n % 7}" for n in range(MANY)]}),
        "frame": pd.DataFrame(
            {"day": pd.date_range("2013-01-01", periods=3), "who": ["а", "", "б"]}
        ),
        "few": np.array([1, 2, 3], dtype="int16"),
        "none": np.empty(0),
    }


def _sent(parcel: Parcel) -> Parcel:
    return pickle.loads(pickle.dumps(parcel))  # noqa: S301


def test_a_large_result_comes_as_it_was_sent_and_leaves_no_file(tmp_path: Path) -> None:
    parcel = _sent(packed(_result(), tmp_path))
    assert list(tmp_path.iterdir()) == [parcel.file]
    came, made = unpacked(parcel), _result()
    assert not list(tmp_path.iterdir())
    assert came["rows"].equals(made["rows"])
    pd.testing.assert_frame_equal(came["frame"], made["frame"])
    for name in ("numbers", "few", "none"):
        np.testing.assert_array_equal(came[name], made[name])


def test_a_small_result_needs_no_file(tmp_path: Path) -> None:
    parcel = _sent(packed({"few": np.arange(3)}, tmp_path))
    assert parcel.file is None
    assert not list(tmp_path.iterdir())
    np.testing.assert_array_equal(unpacked(parcel)["few"], [0, 1, 2])


def test_whatever_came_may_be_written_to(tmp_path: Path) -> None:
    came = unpacked(_sent(packed(_result(), tmp_path)))
    came["numbers"][0] = came["few"][0] = 7
    assert (came["numbers"][0], came["few"][0]) == (7, 7)


def test_a_file_that_was_cut_short_is_no_result(tmp_path: Path) -> None:
    parcel = packed(_result(), tmp_path)
    assert parcel.file
    os.truncate(parcel.file, parcel.file.stat().st_size - 1)
    with pytest.raises(KezekError, match="temporary folder"):
        unpacked(parcel)
    parcel.file.unlink()
    with pytest.raises(KezekError, match="temporary folder"):
        unpacked(parcel)


def test_a_folder_that_cannot_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(KezekError, match=rf"temporary folder {re.escape(str(tmp_path))} .*TMPDIR"):
        packed(_result(), tmp_path / "gone")

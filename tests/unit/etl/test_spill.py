"""What does not fit in memory lies in the temporary folder, and says so where that has no room."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from etl import spill
from etl.errors import KezekError
from etl.spill import Spill


@pytest.mark.parametrize("in_memory", [1000, 3])
def test_bytes_come_back_from_any_place(in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_IN_MEMORY", in_memory)
    kept = Spill()
    places = [kept.add(some) for some in (b"one", b"", memoryview(b"three"))]
    assert places == [0, 3, 3]
    assert kept.read(3, 5) == b"three"
    assert kept.read(0, 3) == b"one"
    assert kept.add(b"!") == kept.size - 1 == 8
    assert kept.read(2, 7) == b"ethree!"


def test_a_folder_without_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_IN_MEMORY", 3)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    kept = Spill()
    with pytest.raises(KezekError, match=rf"folder {re.escape(str(tmp_path))}.*TMPDIR"):
        kept.add(b"more than three")

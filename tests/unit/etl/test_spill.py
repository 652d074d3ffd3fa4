"""What does not fit in memory lies in the temporary folder, and says so where that has no room."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from pathlib import Path

import pytest

from etl import spill
from etl.errors import KezekError
from etl.spill import Spill, roomy


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


def test_no_folder_at_all_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    with (
        pytest.raises(KezekError, match=r"The temporary folder cannot be used \(No usable"),
        roomy(),
    ):
        nowhere()


def test_what_finds_no_room_only_when_it_is_read_says_so() -> None:
    kept = Spill()
    kept.add(b"some")
    kept._file.close()
    kept._file = _Full()  # type: ignore[assignment]
    with pytest.raises(KezekError, match=r"No space left.*TMPDIR"):
        kept.read(0, 4)


class _Full:
    """A file whose disk is full."""

    def seek(self, _place: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

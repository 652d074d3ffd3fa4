"""A file is written whole or stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.cli.whole_file import write_whole
from etl.errors import KezekError


def test_the_text_is_there_as_utf_8_with_its_own_line_ends(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.csv", ["\ufeffә\r\n", "б\n"])
    assert (tmp_path / "a.csv").read_bytes() == "\ufeffә\r\nб\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError])
def test_half_a_file_is_never_seen(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")

    def breaks() -> Iterator[str]:
        yield "half"
        raise error

    with pytest.raises(KezekError if error is OSError else error):
        write_whole(path, breaks())
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def test_a_link_stays_a_link_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    write_whole(tmp_path / "link.csv", ["x"])
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "a.csv").read_text() == "x"


@pytest.mark.parametrize("place", [".", "none/a.csv", "file/a.csv", "/dev/null"])
def test_a_place_where_no_file_can_be_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KezekError) as refused:
        write_whole(tmp_path / place, ["x"])
    assert place.strip(".") in str(refused.value)
    assert "name " in str(refused.value)

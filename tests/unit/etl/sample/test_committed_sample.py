"""The small export that comes with the project is what the generator makes."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

from etl.sample import write_city
from tests.support.regulations import almaty

DATA = Path(__file__).parents[4] / "data"
LARGEST = 150_000  # bytes


def test_it_is_made_anew_byte_for_byte(tmp_path: Path) -> None:
    # Given a folder laid out like data/
    write_city(
        tmp_path / "sample",
        regulation=almaty(),
        applications=60,
        seed=1,
        as_of=date(2013, 12, 31),
        sources=tmp_path / "sources.toml",
    )
    # Then the same files lie in it, and nothing else
    made, kept = _contents(tmp_path / "sample"), _contents(DATA / "sample")
    assert made == kept
    assert (tmp_path / "sources.toml").read_bytes() == (DATA / "sources.toml").read_bytes()


def test_it_stays_small() -> None:
    sizes = [path.stat().st_size for path in (DATA / "sample").rglob("*") if path.is_file()]
    assert sum(sizes) < LARGEST


def _contents(folder: Path) -> dict[str, object]:
    """Bytes by name; of a workbook those of its parts, as compressors differ between machines."""
    return {
        path.relative_to(folder).as_posix(): _parts(path)
        if path.suffix == ".xlsx"
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _parts(path: Path) -> list[tuple[str, tuple[int, ...], bytes]]:
    with zipfile.ZipFile(path) as book:
        return [(part.filename, part.date_time, book.read(part)) for part in book.infolist()]

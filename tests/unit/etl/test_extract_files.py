"""Which files a source means, and that each is read whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from etl import extract
from etl.errors import KezekError
from etl.extract import files
from tests.support.sources import spec

CSV = b"id\n1\n2\n"


def found(folder: Path, pattern: str) -> list[str]:
    source = spec(path=folder / pattern, declared_in=folder / "sources.toml")
    return [files.label(source, path) for path in files.found(source)]


def test_patterns_find_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt", ".hidden.csv", "~$a.csv", "deep/er/d.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(CSV)
    (tmp_path / "folder.csv").mkdir()
    assert found(tmp_path, "*.csv") == ["a.csv", "b.csv"]
    assert found(tmp_path, "[b-z].*") == ["b.csv", "c.txt"]
    assert found(tmp_path, "**/*.csv") == ["a.csv", "b.csv", "deep/er/d.csv"]
    assert found(tmp_path, "d*/*/d.csv") == ["deep/er/d.csv"]


def test_a_name_that_looks_like_a_pattern_is_found_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "journal [2013].csv").write_bytes(CSV)
    assert found(tmp_path, "journal [2013].csv") == ["journal [2013].csv"]


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("none.csv", "there is no file .*none.csv"),
        ("*.xml", "no file matches .*\\*.xml"),
        ("no/such/*.csv", "no file matches"),
        ("folder", "is a folder; name the files in it"),
        ("a.csv/b.csv", "there is no file"),
    ],
)
def test_what_finds_nothing_is_told(tmp_path: Path, pattern: str, complaint: str) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "folder").mkdir()
    with pytest.raises(KezekError, match=complaint):
        found(tmp_path, pattern)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(KezekError, match=r"a\.csv is no file"):
        found(tmp_path, "a.csv")
    with pytest.raises(KezekError, match=r"no file matches .*\*\.csv"):
        found(tmp_path, "*.csv")


def test_a_folder_that_cannot_be_listed_is_no_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(KezekError, match=r"the folder .* cannot be read \(Permission denied\)"):
        found(tmp_path, "*.csv")


def test_a_file_that_cannot_be_opened_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    (tmp_path / "a.csv").write_bytes(CSV)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(KezekError, match=r"a.csv cannot be read \(Permission denied\)"):
        extract.read(spec(path=tmp_path / "a.csv"))


def test_a_packed_file_is_read_and_known_by_its_own_bytes(tmp_path: Path) -> None:
    packed = gzip.compress(CSV)
    (tmp_path / "a.csv.gz").write_bytes(packed)
    read = extract.read(spec(path=tmp_path / "*.gz", declared_in=tmp_path / "sources.toml"))
    assert read.records["id"].tolist() == ["1", "2"]
    (file,) = read.files
    sha256 = hashlib.sha256(packed).hexdigest()
    assert (file.name, file.size, file.sha256, file.rows) == ("a.csv.gz", len(packed), sha256, 2)


@pytest.mark.parametrize("keep", [12, -9, -1])
def test_half_a_packed_file_is_no_file(tmp_path: Path, keep: int) -> None:
    (tmp_path / "a.csv").write_bytes(gzip.compress(CSV * 1000)[:keep])
    with pytest.raises(KezekError, match=r"a.csv is a damaged or incomplete gzip file"):
        extract.read(spec(path=tmp_path / "a.csv"))


def test_records_of_several_files_keep_their_places(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").write_bytes(b"other;id\nx;3\ny\n")
    source = spec(path=tmp_path / "*.csv", declared_in=tmp_path / "sources.toml", delimiter=";")
    read = extract.read(source)
    assert read.records["id"].tolist() == ["1", "2", "3"]
    assert read.place.to_dict("list") == {"file": ["a.csv", "a.csv", "b.csv"], "row": [2, 3, 2]}
    assert [(file.name, file.rows) for file in read.files] == [("a.csv", 2), ("b.csv", 2)]
    assert read.unreadable[["file", "row", "rule"]].to_numpy().tolist() == [
        ["b.csv", 3, "ragged_row"]
    ]


def test_the_size_of_a_source_is_that_of_its_files_and_unknown_where_one_is_packed(
    tmp_path: Path,
) -> None:
    source = spec(path=tmp_path / "*.csv", declared_in=tmp_path / "sources.toml")
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").write_bytes(CSV + CSV)
    assert extract.size(source) == 3 * len(CSV)
    (tmp_path / "c.csv").write_bytes(gzip.compress(CSV))
    assert extract.size(source) is None


def test_the_size_of_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    source = spec(path=tmp_path / "none.csv", declared_in=tmp_path / "sources.toml")
    with pytest.raises(KezekError, match="there is no file"):
        extract.size(source)


@pytest.mark.parametrize(("more", "expected"), [({"table": "t"}, 7), ({"query": "SELECT 1"}, None)])
def test_the_size_of_a_table_is_that_of_its_file(
    tmp_path: Path, more: dict[str, str], expected: int | None
) -> None:
    (tmp_path / "r.sqlite").write_bytes(b"1234567")
    source = spec(kind="database", url=f"sqlite:///{tmp_path / 'r.sqlite'}", **more)
    assert extract.size(source) == expected
    server = spec(kind="database", url="postgresql://nowhere/town", table="t")
    assert extract.size(server) is None


def test_a_file_that_bears_its_stamp_is_known_without_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    source = spec(path=path, declared_in=tmp_path / "sources.toml")
    assert files.fingerprint(source, path, {}).stamp is None  # written a moment ago
    monkeypatch.setattr(files, "_UNSETTLED", -(10**18))
    (file,) = extract.read(source).files
    assert file.stamp
    assert files.fingerprint(source, path, {file.stamp: "told"}).sha256 == "told"
    assert files.fingerprint(source, path, {}).sha256 == hashlib.sha256(CSV).hexdigest()


def test_other_bytes_have_another_stamp_though_their_time_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_UNSETTLED", -(10**18))
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    source = spec(path=path, declared_in=tmp_path / "sources.toml")
    before = files.fingerprint(source, path, {})
    times = path.stat()
    other = CSV.replace(b"2", b"3")
    while path.stat().st_ctime_ns == times.st_ctime_ns:  # until the clock of the disk has moved
        path.write_bytes(other)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_mtime_ns == times.st_mtime_ns
    after = files.fingerprint(source, path, {before.stamp: before.sha256})
    assert after.stamp != before.stamp
    assert after.sha256 == hashlib.sha256(other).hexdigest()

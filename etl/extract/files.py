"""Finding files and reading their bytes: whole, or not at all."""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.errors import KezekError
from etl.extract.model import FileInfo
from etl.sources.model import SourceSpec

_MAGIC = re.compile(r"[*?\[]")
_GZIP = b"\x1f\x8b"


def found(spec: SourceSpec) -> list[Path]:
    """The files that the source's path means, sorted by name; hidden and lock files left out.

    Raises KezekError where there is none, or where a folder on the way cannot be listed: a file
    that is not seen would be missing without a word.
    """
    try:
        paths = sorted(_matching(spec.path))
    except OSError as error:
        raise KezekError(
            f"Source {spec.name}: the folder {error.filename} cannot be read "
            f"({error.strerror}); give this user the right to read it."
        ) from None
    if not paths:
        what = "no file matches" if _MAGIC.search(str(spec.path)) else "there is no file"
        raise KezekError(
            f"Source {spec.name}: {what} {spec.path}; "
            f"put it there or correct path in {spec.declared_in}."
        )
    return paths


def _matching(pattern: Path) -> list[Path]:
    if pattern.is_dir():
        raise KezekError(f"{pattern} is a folder; name the files in it, such as {pattern}/*.csv.")
    if _exists(pattern):
        return [pattern]
    folders = [Path(pattern.anchor)]
    for part in pattern.parts[1:-1]:
        folders = [f for folder in folders for f in _folders(folder, part)]
    return [
        file
        for folder in dict.fromkeys(folders)
        for file in _children(folder, pattern.name)
        if file.is_file()
    ]


def _exists(path: Path) -> bool:
    """Whether the file is there; unlike ``Path.exists`` a folder without rights is an error."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _folders(folder: Path, part: str) -> Iterator[Path]:
    if part == "**":
        yield folder
        for child in _children(folder, "*"):
            if child.is_dir() and not child.is_symlink():
                yield from _folders(child, part)
    elif _MAGIC.search(part):
        yield from (c for c in _children(folder, part) if c.is_dir())
    elif (folder / part).is_dir():
        yield folder / part


def _children(folder: Path, pattern: str) -> Iterator[Path]:
    for child in folder.iterdir():
        hidden = child.name.startswith((".", "~$")) and not pattern.startswith(child.name[0])
        if not hidden and fnmatch.fnmatchcase(child.name, pattern):
            yield child


@dataclass(frozen=True)
class RawFile:
    """One file: its bytes (unpacked), and name, size and sha256 of the file as it lies there."""

    name: str
    data: bytes
    size: int
    sha256: str

    def info(self, rows: int) -> FileInfo:
        """What the ledger keeps of it."""
        return FileInfo(self.name, self.size, self.sha256, rows)


def opened(spec: SourceSpec, path: Path) -> RawFile:
    """The file, unpacked where it is gzip; its name is relative to the sources file's folder.

    Raises KezekError where it cannot be read or its gzip is cut short or damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(spec, path, error) from None
    size, digest = len(data), hashlib.sha256(data).hexdigest()
    if data.startswith(_GZIP):
        data = _unpacked(data, path)
    return RawFile(label(spec, path), data, size, digest)


def fingerprint(spec: SourceSpec, path: Path) -> tuple[str, str]:
    """Name and sha256 of the file as it lies there, as the ledger keeps them.

    Raises KezekError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return label(spec, path), hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(spec, path, error) from None


def label(spec: SourceSpec, path: Path) -> str:
    """How messages and the ledger call the file."""
    folder = spec.declared_in.parent.absolute()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _unreadable(spec: SourceSpec, path: Path, error: OSError) -> KezekError:
    return KezekError(
        f"Source {spec.name}: {path} cannot be read ({error.strerror}); "
        "check that it is there and that this user may read it."
    )


def _unpacked(data: bytes, path: Path) -> bytes:
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error):
        raise KezekError(
            f"{path} is a damaged or incomplete gzip file; fetch it again, none of it was used."
        ) from None

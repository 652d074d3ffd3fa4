"""Finding files and reading their bytes: whole, or not at all."""

from __future__ import annotations

import fnmatch
import hashlib
import itertools
import os
import re
import time
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from etl.errors import KezekError
from etl.extract.model import FileInfo, Fingerprint
from etl.identity import without_iin
from etl.sources.model import SourceSpec

_MAGIC = re.compile(r"[*?\[]")
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # what zlib calls a gzip header and the largest window
_BLOCK = 2**20
_UNSETTLED = 2_000_000_000  # nanoseconds: what the coarsest file systems tell apart


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
        if not pattern.is_file():  # a pipe or a device may have no end
            raise KezekError(f"{pattern} is no file; name one that can be read to its end.")
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
    """A file or a part of one: its bytes (unpacked), and name, size and sha256 of the file as it
    lies there; those of a file that is read in parts are known when the last was given."""

    name: str
    data: bytes
    size: int | None
    sha256: str | None
    stamp: str | None = None

    def info(self, rows: int) -> FileInfo:
        """What the ledger keeps of it."""
        return FileInfo(self.name, self.size, self.sha256, rows, self.stamp)


def opened(spec: SourceSpec, path: Path) -> RawFile:
    """The file, unpacked where it is gzip; its name is relative to the sources file's folder.

    Raises KezekError where it cannot be read or its gzip is cut short or damaged.
    """
    stream = Stream(spec, path)
    data = b"".join(stream.blocks())
    return RawFile(stream.name, data, stream.size, stream.sha256, stream.stamp)


class Stream:
    """One file, read once from beginning to end: unpacked and hashed on the way.

    ``size``, ``sha256`` and ``stamp``, of the file as it lies there, are right once all blocks were
    taken.
    """

    def __init__(self, spec: SourceSpec, path: Path) -> None:
        self.name = label(spec, path)
        self.size = 0
        self.stamp: str | None = None
        self._spec = spec
        self._path = path
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """64 hex digits."""
        return self._digest.hexdigest()

    def blocks(self, size: int = _BLOCK) -> Iterator[bytes]:
        """The unpacked bytes, about ``size`` at a time.

        Raises KezekError where the file cannot be read or its gzip is cut short or damaged: what
        was given before that must not be used.
        """
        try:
            with self._path.open("rb") as file:
                self.stamp = _stamp(file)
                raw = self._raw(file, size)
                first = next(raw, b"")
                packed = first.startswith(_GZIP)
                whole = itertools.chain([first], raw)
                yield from self._unpacked(whole) if packed else whole
        except OSError as error:
            raise _unreadable(self._spec, self._path, error) from None

    def _raw(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        while block := file.read(size):
            self.size += len(block)
            self._digest.update(block)
            yield block

    def _unpacked(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        member = zlib.decompressobj(_GZIP_WINDOW)
        begun = False  # whether a member was begun that has not ended
        total = 0
        try:
            for block in blocks:
                data = block
                while data:
                    if member.eof:
                        data = data.lstrip(b"\0")  # padding between or behind members
                        member = zlib.decompressobj(_GZIP_WINDOW)
                        continue
                    unpacked = member.decompress(data, _BLOCK)
                    total += len(unpacked)
                    if total > self._spec.max_unpacked:
                        raise too_much(self._spec, self.name)
                    yield unpacked
                    begun = not member.eof
                    data = member.unused_data or member.unconsumed_tail
        except zlib.error:
            begun = True
        if begun:
            raise KezekError(
                f"{self._path} is a damaged or incomplete gzip file; "
                "fetch it again, none of it was used."
            )


def fingerprint(spec: SourceSpec, path: Path, known: Mapping[str, str]) -> Fingerprint:
    """What the file is known by as it lies there; ``known``: the sha256 of a stamp.

    Raises KezekError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            stamp = _stamp(file)
            sha256 = known.get(stamp) if stamp else None
            digest = sha256 or hashlib.file_digest(file, "sha256").hexdigest()
            return Fingerprint(without_iin(label(spec, path)), digest, stamp)
    except OSError as error:
        raise _unreadable(spec, path, error) from None


def _stamp(file: BinaryIO) -> str | None:
    """A file that is written to has another one: its place on the disk, its size and the times when
    its content and its entry were changed last. Whoever sets the first time back cannot set the
    second. None of a file changed so lately that a change to come might bear the same time."""
    told = os.fstat(file.fileno())
    if max(told.st_mtime_ns, told.st_ctime_ns) > time.time_ns() - _UNSETTLED:
        return None
    where, when = (told.st_dev, told.st_ino), (told.st_mtime_ns, told.st_ctime_ns)
    return " ".join(map(str, (*where, told.st_size, *when)))


def unread(spec: SourceSpec, known: Collection[str]) -> list[Path]:
    """The files of the source but those that the ledger knows by one of these names."""
    return [path for path in found(spec) if without_iin(label(spec, path)) not in known]


def size(spec: SourceSpec, known: Collection[str] = ()) -> int | None:
    """The bytes of all files of the source but the known ones; None where one of them is gzip.

    Raises KezekError where one is not there or cannot be read.
    """
    sizes = [_size(spec, path) for path in unread(spec, known)]
    told = [one for one in sizes if one is not None]
    return sum(told) if len(told) == len(sizes) else None


def _size(spec: SourceSpec, path: Path) -> int | None:
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
            return None if packed else os.fstat(file.fileno()).st_size
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


def too_much(spec: SourceSpec, name: str) -> KezekError:
    """What to say of a packed file from which more comes than the source allows."""
    return KezekError(
        f"{name} is more than {spec.max_unpacked >> 20} MB unpacked; if it is what it should be, "
        f"write a larger max_unpacked_mb in [sources.{spec.name}]. None of it was used."
    )

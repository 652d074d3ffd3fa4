"""How a large result comes from another process of this machine: its columns by way of a file, and
not through a pipe, which would copy them four times, half of that in the process that all wait for.
"""

from __future__ import annotations

import errno
import mmap
import pickle
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.spill import roomy

_WORTH_IT = 2**18  # bytes of a column


@dataclass(frozen=True)
class Parcel:
    """Something pickled but for its ``columns``: each as it is, or how many bytes of it come next
    in ``file``."""

    rest: bytes
    columns: Sequence[bytes | int]
    file: Path | None


def packed(what: object, folder: Path) -> Parcel:
    """To be unpacked once, by whoever may read the folder. Of a slice of a column the whole column
    is sent. Raises KezekError where the folder has no room."""
    buffers: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(what, protocol=5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    large = [column for column in raw if column.nbytes >= _WORTH_IT]
    columns = [c.nbytes if c.nbytes >= _WORTH_IT else bytes(c) for c in raw]
    if not large:
        return Parcel(rest, columns, file=None)
    with roomy(), tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.writelines(large)
    return Parcel(rest, columns, Path(file.name))


def unpacked(parcel: Parcel) -> Any:
    """What was packed, all of it to be written to; its file is gone. Raises KezekError where the
    file is not as it was written."""
    with roomy():
        columns = list(_columns(parcel))
    return pickle.loads(parcel.rest, buffers=columns)  # noqa: S301 (of our own worker)


def _columns(parcel: Parcel) -> Iterator[bytearray | mmap.mmap]:
    with nullcontext() if parcel.file is None else parcel.file.open("rb") as file:
        for column in parcel.columns:
            if isinstance(column, bytes):
                yield bytearray(column)
            elif file is not None:
                # Not from the allocator, which would keep some of it for other columns.
                room = mmap.mmap(-1, column, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
                if file.readinto(room) != column:
                    raise OSError(errno.EIO, f"{file.name} is cut short")
                yield room
    if parcel.file is not None:
        parcel.file.unlink()

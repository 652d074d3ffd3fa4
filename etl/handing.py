"""How a large result comes from another process of this machine: its columns in a file, which is
mapped into memory, and not through a pipe, which would copy them four times."""

from __future__ import annotations

import mmap
import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WORTH_IT = 2**18  # bytes of a column


@dataclass(frozen=True)
class Parcel:
    """Something pickled but for its ``columns``; of a large one where it lies in ``file``, and how
    long it is."""

    rest: bytes
    columns: Sequence[bytes | tuple[int, int]]
    file: Path | None


def packed(what: object, folder: Path) -> Parcel:
    """To be unpacked once, by whoever may read the folder."""
    buffers: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(what, protocol=5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    if all(column.nbytes < _WORTH_IT for column in raw):
        return Parcel(rest, [bytes(column) for column in raw], file=None)
    columns: list[bytes | tuple[int, int]] = []
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for column in raw:
            if column.nbytes < _WORTH_IT:
                columns.append(bytes(column))
            else:
                columns.append((file.tell(), column.nbytes))
                file.write(column)
                file.write(bytes(-column.nbytes % mmap.ALLOCATIONGRANULARITY))
    return Parcel(rest, columns, Path(file.name))


def unpacked(parcel: Parcel) -> Any:
    """What was packed. Each column is mapped by itself: whoever keeps a small one keeps no more."""
    if parcel.file is None:
        return pickle.loads(parcel.rest, buffers=parcel.columns)  # noqa: S301 (of our own worker)
    with parcel.file.open("rb") as file:
        columns = [
            column
            if isinstance(column, bytes)
            else mmap.mmap(file.fileno(), column[1], access=mmap.ACCESS_COPY, offset=column[0])
            for column in parcel.columns
        ]
    parcel.file.unlink()
    return pickle.loads(parcel.rest, buffers=columns)  # noqa: S301 (of our own worker)

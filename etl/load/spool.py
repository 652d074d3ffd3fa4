"""Numbers that tell things apart: millions of them lie on disk, and a share is looked at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from etl.contract.keys import Marks
from etl.spill import Spill

Int64s = npt.NDArray[np.int64]

_ROW = np.dtype([("at", "int64"), ("mark", "uint64")])
_SHARES = 64
_AT_ONCE = 250_000  # marks, as long as the shares can be so small


class Spool:
    """Marks, and for each the place of what it stands for; equal marks lie in one share."""

    def __init__(self) -> None:
        self.size = 0
        self._rows = Spill()
        self._starts: list[Int64s] = []  # of each part, where its shares begin and end, in rows

    def add(self, marks: Marks, at: Int64s) -> None:
        """The marks of one more part; their places are greater than those of the part before."""
        share = (marks % np.uint64(_SHARES)).astype("uint8")
        order = np.argsort(share, kind="stable")
        rows = np.empty(len(marks), dtype=_ROW)
        rows["at"], rows["mark"] = at[order], marks[order]
        self._starts.append(self.size + np.searchsorted(share[order], np.arange(_SHARES + 1)))
        self._rows.add(rows.tobytes())
        self.size += len(marks)

    def shares(self) -> Iterator[tuple[Int64s, Marks]]:
        """All places and their marks, share by share; those of equal marks in ascending order."""
        count = min(_SHARES, 1 + self.size // _AT_ONCE)
        bounds = [_SHARES * number // count for number in range(count + 1)]
        for low, high in pairwise(bounds):
            parts = [self._read(starts[low], starts[high]) for starts in self._starts]
            rows = np.concatenate(parts) if parts else np.empty(0, dtype=_ROW)
            yield rows["at"], rows["mark"]

    def _read(self, first: np.int64, end: np.int64) -> npt.NDArray[np.void]:
        width = _ROW.itemsize
        return np.frombuffer(self._rows.read(int(first) * width, int(end - first) * width), _ROW)

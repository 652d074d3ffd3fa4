"""What became of each record of a delivery; of a large one on disk: millions would fill memory."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import ipc

from etl.spill import roomy

Int64s = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

OK, REJECTED, DUPLICATE = STATUSES = ("ok", "rejected", "duplicate")
_PLACE = ["file", "row", "key", "record_hash"]
_IN_MEMORY = 500_000  # records


class Records:
    """The records of the parts of a delivery, numbered from 0 through all of them.

    ``superseded``: those that a record of another part makes superfluous, in ascending order.
    """

    def __init__(self) -> None:
        self.size = 0
        self.superseded: Int64s = np.array([], dtype="int64")
        self._parts: list[tuple[int, pa.Table | Path]] = []  # the first record, the rest
        self._counts: Counter[str] = Counter()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def add(self, records: pa.Table) -> None:
        """The records of the next part: file, row, key, record_hash, status."""
        counted = records["status"].value_counts().to_pylist()
        self._counts.update({entry["values"]: entry["counts"] for entry in counted})
        kept = records.select([*_PLACE, "status"])
        in_memory = self.size + len(kept) <= _IN_MEMORY
        self._parts.append((self.size, kept if in_memory else self._written(kept)))
        self.size += len(kept)

    def supersede(self, records: Int64s, status: str) -> None:
        """These records, counted as ``status`` so far, are duplicates of another part's."""
        self.superseded = np.union1d(self.superseded, records)
        self._counts[status] -= len(records)
        self._counts[DUPLICATE] += len(records)

    def count(self, status: str) -> int:
        """How many records are ok, rejected or duplicate."""
        return self._counts[status]

    def places(self, records: Int64s) -> pd.DataFrame:
        """record, file, row, key, record_hash of these records, which are in ascending order."""
        found = []
        ends = [first for first, _ in self._parts[1:]] + [self.size]
        for (first, table), end in zip(self._parts, ends, strict=True):
            low, high = np.searchsorted(records, [first, end])
            if low < high:
                some = _opened(table).select(_PLACE).take(pa.array(records[low:high] - first))
                found.append(some.to_pandas().assign(record=records[low:high]))
        none = pd.DataFrame(columns=["record", *_PLACE])
        whole: pd.DataFrame = pd.concat(found, ignore_index=True) if found else none
        return whole

    def accepted(self) -> Iterator[pd.DataFrame]:
        """record, record_hash and key of the accepted records, part by part."""
        for first, table in self._parts:
            some = _opened(table).select(["record_hash", "key", "status"]).to_pandas()
            some = some.assign(record=np.arange(first, first + len(some)))
            some = some[some["status"] == OK]
            yield some[~some["record"].isin(self.superseded)][["record", "record_hash", "key"]]

    def _written(self, records: pa.Table) -> Path:
        options = ipc.IpcWriteOptions(compression="lz4")
        with roomy():
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="kezek-records-")
            path = Path(self._folder.name) / f"{self.size}.arrow"
            with ipc.new_file(path, records.schema, options=options) as writer:
                writer.write_table(records)
        return path


def _opened(table: pa.Table | Path) -> pa.Table:
    if isinstance(table, pa.Table):
        return table
    with pa.memory_map(str(table)) as source:
        return ipc.open_file(source).read_all()

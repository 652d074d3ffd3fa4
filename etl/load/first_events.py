"""The events of a warehouse that held none: what is staged of them is what it will hold.

So of a first load, in which they are millions, nobody asks the database whether each has a case, or
for what was written just now.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc
from sqlalchemy import Connection, select

from etl.hashes import rough
from etl.load.across import Places
from etl.load.event_rows import ROW, Int32s, Int64s, Names, Rows, Shares, by_number
from etl.warehouse import cases

_IN_MEMORY = 8 * 2**20  # bytes
_IDS_AT_ONCE = 100_000
_STAGED = pa.schema([("case_id", pa.large_string()), ("row", pa.binary(ROW.itemsize))])


class StagedEvents:
    """The events of a source as they were staged, part by part; on disk where they are many.

    Their steps and outcomes are numbers in ``steps`` and ``outcomes``, an outcome of -1 is none.
    """

    def __init__(self) -> None:
        self.steps, self.outcomes = Names(), Names()
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._parts: list[tuple[int, int]] = []  # where each lies, and how long it is, in bytes
        self._gone = np.empty(0, "int64")
        self._moved = Places()

    def add(self, events: pa.Table) -> None:
        """Some more, typed like the table of events."""
        rows = np.zeros(len(events), dtype=ROW)
        rows["position"] = events["position"].to_numpy()
        rows["at"] = events["occurred_at"].cast(pa.int64()).to_numpy()
        rows["on"] = events["occurred_on"].cast(pa.int32()).to_numpy()
        for name, names in (("step", self.steps), ("outcome", self.outcomes)):
            coded = events[name].combine_chunks().dictionary_encode()
            places = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy()
            rows[name] = names.numbers(coded.dictionary.to_pylist())[places]
        packed = pa.Array.from_buffers(
            _STAGED.field("row").type, len(rows), [None, pa.py_buffer(rows)]
        )
        ids = events["case_id"].combine_chunks()
        written = pa.record_batch([ids, packed], schema=_STAGED).serialize()
        self._parts.append((self._file.tell(), written.size))
        self._file.write(written)

    def settle(self, *, gone: Sequence[int], moved: Places) -> None:
        """What was changed where they are staged: by ``n``, those that are gone, and those that
        have another place now."""
        self._gone, self._moved = np.array(gone, "int64"), moved

    def parts(self) -> Iterator[tuple[Int64s, pa.LargeStringArray, Rows]]:
        """Their ``n``, the ids of their cases, and their rows, in which these have no number."""
        first = 1
        for start, size in self._parts:
            self._file.seek(start)
            batch = ipc.read_record_batch(pa.py_buffer(self._file.read(size)), _STAGED)
            rows = np.frombuffer(batch["row"].buffers()[1], dtype=ROW, count=len(batch)).copy()
            low, high = np.searchsorted(self._moved.n, [first, first + len(rows)])
            rows["position"][self._moved.n[low:high] - first] = self._moved.place[low:high]
            n = np.arange(first, first + len(rows))
            first += len(rows)
            kept = np.flatnonzero(np.isin(n, self._gone, invert=True))
            yield n[kept], batch["case_id"].take(pa.array(kept)), rows.take(kept)


class FirstEvents:
    """The events that a run has staged, by the numbers of their cases: all cases of the warehouse,
    from 1 in the order of their ids. Made when all cases are there and no event.
    """

    def __init__(self, connection: Connection) -> None:
        self._numbers = _CaseNumbers(_case_ids(connection))
        self.rows = Shares(len(self._numbers))
        self.steps, self.outcomes = Names(), Names()
        self._are_all = True

    def are_all(self, *, new: int) -> bool:
        """Whether they are the very events that the warehouse holds, now that so many ``new`` ones
        were written."""
        return self._are_all and self.rows.size == new

    def take(self, events: StagedEvents | None) -> Int64s | None:
        """Take the events of a source in but those, by their ``n``, that are not known to have a
        case: of them the database must be asked. Of all where None is given, and then returned."""
        if events is None:
            self._are_all = False
            return None
        steps = self.steps.numbers(events.steps.words)
        outcomes = self.outcomes.numbers(events.outcomes.words)
        unknown = [np.empty(0, "int64")]
        for n, ids, rows in events.parts():
            rows["number"] = self._numbers.of(ids)
            rows["step"], rows["outcome"] = steps[rows["step"]], outcomes[rows["outcome"]]
            is_known = rows["number"] > 0
            unknown.append(n[~is_known])
            self.rows.add(by_number(rows if is_known.all() else rows[is_known]))
        return np.concatenate(unknown)


class _CaseNumbers:
    """Cases numbered from 1 as their ``ids`` stand; none of these is there twice."""

    def __init__(self, ids: pa.LargeStringArray) -> None:
        marks = rough(ids)
        order = np.argsort(marks)
        self._ids, self._marks, self._order = ids, marks[order], order.astype("int32")

    def __len__(self) -> int:
        return len(self._ids)

    def of(self, ids: pa.LargeStringArray) -> Int32s:
        """The number of each of these cases, 0 where it is not certain to be among them."""
        if not len(self):
            return np.zeros(len(ids), "int32")
        wanted = rough(ids)
        order = np.argsort(wanted)  # what lies together is found together: in a fifth of the time
        found = np.empty(len(ids), "int64")
        found[order] = np.searchsorted(self._marks, wanted[order])
        places = self._order[np.minimum(found, len(self) - 1)]
        is_same = pc.equal(self._ids.take(pa.array(places)), ids)
        numbers: Int32s = np.where(is_same, places + 1, 0).astype("int32")
        return numbers


def _case_ids(connection: Connection) -> pa.LargeStringArray:
    """In the order in which the database numbers them."""
    query = select(cases.c.case_id).order_by(cases.c.case_id)
    found = connection.execute(query, execution_options={"yield_per": _IDS_AT_ONCE}).scalars()
    parts = [pa.array(part, pa.large_string()) for part in found.partitions()]
    return pa.concat_arrays(parts) if parts else pa.array([], pa.large_string())

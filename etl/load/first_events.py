"""The events of a warehouse that held none: what is staged of them is what it will hold.

So of a first load, in which they are millions, nobody asks the database whether each has a case, or
for what was written just now. Why so: docs/decisions/0019-first-events.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc
from sqlalchemy import Connection, exists, select

from etl.hashes import rough
from etl.load.across import Places
from etl.load.event_rows import ROW, Int32s, Names, Rows, Shares, by_number
from etl.load.spool import Int64s
from etl.spill import Spill
from etl.warehouse import cases, events

_IDS_AT_ONCE = 100_000
_STAGED = pa.schema([("case_id", pa.large_string()), ("row", pa.binary(ROW.itemsize))])


@dataclass(frozen=True)
class FirstEvents:
    """All events of the warehouse, by the numbers of their cases: these are all that it holds, from
    1 in the order of their ids. ``rows`` point into ``steps`` and ``outcomes``."""

    rows: Shares
    steps: Names
    outcomes: Names


def are_awaited(connection: Connection) -> bool:
    """Whether the warehouse holds no event yet."""
    return not connection.scalar(select(exists().select_from(events)))


class StagedEvents:
    """The events of a source as they were staged, part by part.

    Their steps and outcomes are numbers in ``steps`` and ``outcomes``, an outcome of -1 is none.
    """

    def __init__(self) -> None:
        self.steps, self.outcomes = Names(), Names()
        self._batches = Spill()
        self._parts: list[tuple[int, int]] = []  # where each lies, and how long it is, in bytes
        self._gone = np.empty(0, "int64")
        self._moved = Places()

    def add(self, staged: pa.Table) -> None:
        """Some more, typed like the table of events."""
        rows = np.zeros(len(staged), dtype=ROW)
        rows["position"] = staged["position"].to_numpy()
        rows["at"] = staged["occurred_at"].cast(pa.int64()).to_numpy()
        rows["on"] = staged["occurred_on"].cast(pa.int32()).to_numpy()
        for name, names in (("step", self.steps), ("outcome", self.outcomes)):
            coded = staged[name].combine_chunks().dictionary_encode()
            places = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy()
            rows[name] = names.numbers(coded.dictionary.to_pylist())[places]
        packed = pa.Array.from_buffers(
            _STAGED.field("row").type, len(rows), [None, pa.py_buffer(rows)]
        )
        ids = staged["case_id"].combine_chunks()
        batch = pa.record_batch([ids, packed], schema=_STAGED).serialize()
        self._parts.append((self._batches.add(memoryview(batch)), batch.size))

    def settle(self, *, gone: Sequence[int], moved: Places) -> None:
        """What was changed where they are staged: by ``n``, those that are gone, and those that
        have another place now."""
        self._gone, self._moved = np.sort(np.array(gone, "int64")), moved

    def parts(self) -> Iterator[tuple[Int64s, pa.LargeStringArray, Rows]]:
        """Their ``n``, the ids of their cases, and their rows, in which these have no number."""
        first = 1
        for start, size in self._parts:
            batch = ipc.read_record_batch(pa.py_buffer(self._batches.read(start, size)), _STAGED)
            end = first + len(batch)
            rows = np.frombuffer(batch["row"].buffers()[1], ROW, len(batch)).copy()
            low, high = np.searchsorted(self._moved.n, [first, end])
            rows["position"][self._moved.n[low:high] - first] = self._moved.place[low:high]
            low, high = np.searchsorted(self._gone, [first, end])
            kept = np.delete(np.arange(end - first), self._gone[low:high] - first)
            yield first + kept, batch["case_id"].take(pa.array(kept)), rows.take(kept)
            first = end


class Homes:
    """Finds the case of each staged event. Made when all cases are written and no event is."""

    def __init__(self, connection: Connection) -> None:
        self._numbers = _CaseNumbers(_case_ids(connection))
        self._found = FirstEvents(Shares(len(self._numbers)), Names(), Names())
        self._before = 0  # events of the sources before
        self._are_all = True

    def find(self, staged: StagedEvents) -> Int64s:
        """By their ``n``, the events of a source that are not known to have a case: of them the
        database must be asked."""
        found = self._found
        steps = found.steps.numbers(staged.steps.words)
        outcomes = found.outcomes.numbers(staged.outcomes.words)
        unknown = [np.empty(0, "int64")]
        for n, ids, rows in staged.parts():
            rows["number"] = self._numbers.of(ids)
            rows["step"], rows["outcome"] = steps[rows["step"]], outcomes[rows["outcome"]]
            is_known = rows["number"] > 0
            unknown.append(n[~is_known])
            found.rows.add(by_number(rows if is_known.all() else rows[is_known]))
        return np.concatenate(unknown)

    def confirm(self, *, staged: int, new: int) -> None:
        """So many events of the same source are ``staged``, and of these so many were ``new``."""
        found = self._found.rows.size
        self._are_all &= found - self._before == staged == new
        self._before = found

    def first_events(self) -> FirstEvents | None:
        """What was found, if it is all that was written."""
        return self._found if self._are_all else None


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

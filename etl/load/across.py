"""What two parts of one delivery say of the same thing, settled as if they had been one part.

A part is judged by itself, so what it repeats of another is seen only when all lie in staging.
Numbers of eight bytes tell records apart: that two of a hundred million different ones meet by
chance is one in thousands. Copies of a row among those left are compared in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Column, Connection, Table, bindparam, delete, select, update

from etl.contract.frames import TYPES
from etl.load.entities import EVENTS, Entity
from etl.load.prepared import Marks, row_hashes

Int64s = npt.NDArray[np.int64]

_AT_ONCE = 250_000  # marks
_CHUNK = 500  # below every driver's limit of bound values


def repeated(marks: Marks, chosen: npt.NDArray[np.bool_], *, keep: str) -> Int64s:
    """The positions of the chosen marks that stand there again, the ``keep`` (first, last) of each
    left out."""
    found = []
    for share in _shares(marks):
        positions = share[chosen[share]]
        again = pd.Series(marks[positions]).duplicated(keep=keep)  # type: ignore[arg-type]
        found.append(positions[again.to_numpy()])
    return np.sort(np.concatenate(found))


def forget(connection: Connection, table: Table, records: Int64s) -> list[int]:
    """Take the rows of these records out of a staged table; returns their ``n``, if they have."""
    gone: list[int] = []
    for some in _chunks(records):
        theirs = table.c.record.in_(some)
        if "n" in table.c:
            gone += connection.scalars(select(table.c.n).where(theirs))
        connection.execute(delete(table).where(theirs))
    return gone


def drop_copies(connection: Connection, table: Table, entity: Entity, keys: Marks) -> list[int]:
    """Leave one row a key; ``keys`` has a number for the key of each row, by ``n`` from 1.

    The last stays, of events rather one that says how the case ended. Returns the ``n`` of the
    others.
    """
    again = [share[pd.Series(keys[share]).duplicated(keep=False)] for share in _shares(keys)]
    columns = [table.c.n, table.c[entity.key]]
    columns += [table.c.outcome] if entity is EVENTS else []
    rows = fetched(connection, table, np.concatenate(again) + 1, columns)
    if rows.empty:
        return []
    says = rows["outcome"].notna() if entity is EVENTS else pd.Series(0, index=rows.index)
    ordered = rows.assign(says=says).sort_values(["says", "n"])
    gone = ordered["n"][ordered[entity.key].duplicated(keep="last")].to_numpy()
    for some in _chunks(gone):
        connection.execute(delete(table).where(table.c.n.in_(some)))
    return [int(n) for n in gone]


def number_ties(
    connection: Connection,
    table: Table,
    *,
    moments: Marks,
    sizes: Sequence[int],
    gone: Sequence[int],
    source: str,
) -> None:
    """Number the events of one case and one time through all parts, as within one.

    ``moments``: for each event, by ``n`` from 1, a number for its case and time. ``sizes``: how
    many events each part had. ``gone``: the ``n`` of those that were taken out.
    """
    parts = np.repeat(np.arange(len(sizes), dtype="int32"), sizes)
    disturbed = np.zeros(len(moments), dtype=bool)
    disturbed[np.array(gone, dtype="int64") - 1] = True
    shares = [_tied_across(moments, parts, disturbed, share) for share in _shares(moments)]
    tied = np.sort(np.concatenate(shares))
    columns = [table.c.n, *(table.c[name] for name in EVENTS.columns)]
    rows = fetched(connection, table, tied + 1, columns).sort_values("n")
    if rows.empty:
        return
    position = rows.groupby(["case_id", "occurred_at"]).cumcount()
    is_moved = position != rows["position"]
    if not is_moved.any():
        return
    moved = rows[is_moved].assign(position=position)
    types = {name: kind for name, kind in TYPES["events"].items() if name in EVENTS.columns}
    moved = moved.astype(types)
    told = moved.assign(row_hash=row_hashes(EVENTS, moved, source))
    changes = [
        {"of_n": n, "position": place, "row_hash": row_hash}
        for n, place, row_hash in told[["n", "position", "row_hash"]].itertuples(index=False)
    ]
    renumbered: dict[str, Any] = {
        "position": bindparam("position"),
        "row_hash": bindparam("row_hash"),
    }
    of_n = table.c.n == bindparam("of_n")
    connection.execute(update(table).where(of_n).values(renumbered), changes)


def _tied_across(
    moments: Marks,
    parts: npt.NDArray[np.int32],
    disturbed: npt.NDArray[np.bool_],
    share: Int64s,
) -> Int64s:
    """The positions, of ``share``, of moments that more than one part knows, or of which one is
    gone (``disturbed``)."""
    order = share[np.argsort(moments[share], kind="stable")]
    if not order.size:
        return order
    ordered = moments[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(order)]
    wanted = parts[order[starts]] != parts[order[ends - 1]]
    wanted |= np.add.reduceat(disturbed[order], starts, dtype="int64") > 0
    tied: Int64s = order[np.repeat(wanted, ends - starts)]
    return tied


def _shares(marks: Marks) -> Iterator[Int64s]:
    """The positions of all marks, some at a time, equal ones together: what is worked out of them
    takes memory for a share alone."""
    count = np.uint64(1 + len(marks) // _AT_ONCE)
    for share in range(int(count)):
        yield np.flatnonzero(marks % count == share)


def fetched(
    connection: Connection, table: Table, numbers: Int64s, columns: Sequence[Column[Any]]
) -> pd.DataFrame:
    """The rows of these ``n`` that are still there."""
    rows: list[tuple[Any, ...]] = []
    for some in _chunks(numbers):
        found = connection.execute(select(*columns).where(table.c.n.in_(some)))
        rows += [tuple(row) for row in found]
    return pd.DataFrame(rows, columns=[column.name for column in columns])


def _chunks(numbers: Int64s) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _CHUNK):
        yield numbers[start : start + _CHUNK].tolist()

"""What two parts of one delivery say of the same thing, settled as if they had been one part.

A part is judged by itself, so what it repeats of another is seen only when all lie in staging.
Numbers of eight bytes tell records apart: that two of a hundred million different ones meet by
chance is one in thousands. Copies of a row among those left are compared in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sqlalchemy import BigInteger, Column, Integer, Table, delete, select, update

from etl.load.area import Area
from etl.load.entities import EVENTS, Entity
from etl.load.prepared import Marks
from etl.scratch import analyze

Int64s = npt.NDArray[np.int64]

_AT_ONCE = 250_000  # marks


def repeated(marks: Marks, chosen: npt.NDArray[np.bool_], *, keep: str) -> Int64s:
    """The positions of the chosen marks that stand there again, the ``keep`` (first, last) of each
    left out."""
    found = []
    for share in _shares(marks):
        positions = share[chosen[share]]
        again = pd.Series(marks[positions]).duplicated(keep=keep)  # type: ignore[arg-type]
        found.append(positions[again.to_numpy()])
    return np.sort(np.concatenate(found))


def forget(area: Area, table: Table, records: Int64s) -> list[int]:
    """Take the rows of these records out of a staged table; returns their ``n``, if they have."""
    if not records.size:
        return []
    with _listed(area, number=records) as listed:
        theirs = table.c.record.in_(select(listed.c.number))
        known = select(table.c.n).where(theirs) if "n" in table.c else None
        gone = [] if known is None else list(area.connection.scalars(known))
        area.connection.execute(delete(table).where(theirs))
    return gone


def drop_copies(area: Area, table: Table, entity: Entity, keys: Marks) -> list[int]:
    """Leave one row a key; ``keys`` has a number for the key of each row, by ``n`` from 1.

    The last stays, of events rather one that says how the case ended. Returns the ``n`` of the
    others.
    """
    again = [share[pd.Series(keys[share]).duplicated(keep=False)] for share in _shares(keys)]
    columns = [table.c.n, table.c[entity.key]]
    columns += [table.c.outcome] if entity is EVENTS else []
    rows = _fetched(area, table, np.concatenate(again) + 1, columns)
    if rows.empty:
        return []
    says = rows["outcome"].notna() if entity is EVENTS else pd.Series(0, index=rows.index)
    ordered = rows.assign(says=says).sort_values(["says", "n"])
    gone = ordered["n"][ordered[entity.key].duplicated(keep="last")].to_numpy()
    if gone.size:
        with _listed(area, number=np.sort(gone)) as listed:
            theirs = table.c.n.in_(select(listed.c.number))
            area.connection.execute(delete(table).where(theirs))
    return [int(n) for n in gone]


def number_ties(
    area: Area,
    table: Table,
    *,
    moments: Marks,
    sizes: Sequence[int],
    gone: Sequence[int],
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
    columns = [table.c.n, table.c.case_id, table.c.occurred_at, table.c.position]
    rows = _fetched(area, table, tied + 1, columns).sort_values("n")
    if rows.empty:
        return
    position = rows.groupby(["case_id", "occurred_at"]).cumcount()
    is_moved = position != rows["position"]
    if not is_moved.any():
        return
    moved, places = rows["n"][is_moved].to_numpy(), np.asarray(position[is_moved], dtype="int64")
    with _listed(area, number=moved, place=places) as listed:
        place = select(listed.c.place).where(listed.c.number == table.c.n).scalar_subquery()
        theirs = table.c.n.in_(select(listed.c.number))
        area.connection.execute(update(table).where(theirs).values(position=place))


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


def _fetched(
    area: Area, table: Table, numbers: Int64s, columns: Sequence[Column[Any]]
) -> pd.DataFrame:
    """The rows of these ``n`` that are still there."""
    rows: list[tuple[Any, ...]] = []
    if numbers.size:
        with _listed(area, number=np.sort(numbers)) as listed:
            wanted = select(*columns).join_from(listed, table, table.c.n == listed.c.number)
            rows = [tuple(row) for row in area.connection.execute(wanted)]
    return pd.DataFrame(rows, columns=[column.name for column in columns])


@contextmanager
def _listed(area: Area, **columns: Int64s) -> Iterator[Table]:
    """The columns as a table to join; the values of the first are all different."""
    whole = BigInteger().with_variant(Integer, "sqlite")
    key = next(iter(columns)) if area.connection.dialect.name == "sqlite" else None
    kept = (Column(name, whole, primary_key=name == key) for name in columns)
    listed = area.table("listed", *kept)
    area.write(listed, pa.table(columns))
    area.open()
    analyze(area.connection, listed)
    yield listed
    listed.drop(area.connection)

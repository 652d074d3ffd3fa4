"""What two parts of one delivery say of the same thing, settled as if they had been one part.

A part is judged by itself, so what it repeats of another is seen only when all lie in staging.
Numbers of eight bytes tell records apart: that two of a hundred million different ones meet by
chance is one in thousands. Copies of a row among those left are compared in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from sqlalchemy import Column, Table, delete, select, update

from etl.contract.keys import Marks
from etl.load.area import Area, as_table
from etl.load.entities import EVENTS, Entity
from etl.load.spool import Int64s, Spool


@dataclass(frozen=True)
class Places:
    """The ``n`` of staged rows, rising, and the place of each among those of its moment."""

    n: Int64s = field(default_factory=lambda: np.empty(0, "int64"))
    place: Int64s = field(default_factory=lambda: np.empty(0, "int64"))


def repeated(marks: Spool, *, keep: Literal["first", "last", False]) -> Int64s:
    """The places of the marks that stand there again, in ascending order, the ``keep`` of each
    left out."""
    found = [at[pd.Series(some).duplicated(keep=keep)] for at, some in marks.shares()]
    return np.sort(np.concatenate(found))


def forget(area: Area, table: Table, records: Int64s) -> list[int]:
    """Take the rows of these records out of a staged table; returns their ``n``, if they have."""
    if not records.size:
        return []
    with as_table(area, number=records) as listed:
        theirs = table.c.record.in_(select(listed.c.number))
        known = select(table.c.n).where(theirs) if "n" in table.c else None
        gone = [] if known is None else list(area.connection.scalars(known))
        area.connection.execute(delete(table).where(theirs))
    return gone


def drop_copies(area: Area, table: Table, entity: Entity, keys: Spool) -> list[int]:
    """Leave one row a key; ``keys`` has a number for the key of each row, placed at its ``n``.

    The last stays, of events rather one that says how the case ended. Returns the ``n`` of the
    others.
    """
    columns = [table.c.n, table.c[entity.key]]
    columns += [table.c.outcome] if entity is EVENTS else []
    rows = _fetched(area, table, repeated(keys, keep=False), columns)
    if rows.empty:
        return []
    says = rows["outcome"].notna() if entity is EVENTS else pd.Series(0, index=rows.index)
    ordered = rows.assign(says=says).sort_values(["says", "n"])
    gone = ordered["n"][ordered[entity.key].duplicated(keep="last")].to_numpy()
    if gone.size:
        with as_table(area, number=np.sort(gone)) as listed:
            theirs = table.c.n.in_(select(listed.c.number))
            area.connection.execute(delete(table).where(theirs))
    return [int(n) for n in gone]


def number_ties(
    area: Area,
    table: Table,
    *,
    moments: Spool,
    sizes: Sequence[int],
    gone: Sequence[int],
) -> Places:
    """Number the events of one case and one time through all parts, as within one; which have
    another number now.

    ``moments``: for each event a number for its case and time, placed at its ``n``, from 1.
    ``sizes``: how many events each part had. ``gone``: the ``n`` of those that were taken out.
    """
    ends, missing = np.cumsum(sizes), np.array(gone, dtype="int64")
    shares = [_tied_across(at, some, ends, missing) for at, some in moments.shares()]
    tied = np.sort(np.concatenate(shares))
    columns = [table.c.n, table.c.case_id, table.c.occurred_at, table.c.position]
    rows = _fetched(area, table, tied, columns).sort_values("n")
    if rows.empty:
        return Places()
    position = rows.groupby(["case_id", "occurred_at"]).cumcount()
    is_moved = position != rows["position"]
    if not is_moved.any():
        return Places()
    moved, places = rows["n"][is_moved].to_numpy(), np.asarray(position[is_moved], dtype="int64")
    with as_table(area, number=moved, place=places) as listed:
        place = select(listed.c.place).where(listed.c.number == table.c.n).scalar_subquery()
        theirs = table.c.n.in_(select(listed.c.number))
        area.connection.execute(update(table).where(theirs).values(position=place))
    return Places(moved, places)


def _tied_across(at: Int64s, marks: Marks, ends: Int64s, gone: Int64s) -> Int64s:
    """The places of moments that more than one part (``ends``: the last ``n`` of each) knows, or of
    which one is ``gone``."""
    if not at.size:
        return at
    order = np.argsort(marks, kind="stable")
    ordered, places = marks[order], at[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(places)])
    parts = np.searchsorted(ends, places)
    wanted = parts[starts] != parts[starts + sizes - 1]
    if gone.size:
        wanted |= np.add.reduceat(np.isin(places, gone), starts, dtype="int64") > 0
    tied: Int64s = places[np.repeat(wanted, sizes)]
    return tied


def _fetched(
    area: Area, table: Table, numbers: Int64s, columns: Sequence[Column[Any]]
) -> pd.DataFrame:
    """The rows of these ``n`` that are still there."""
    rows: list[tuple[Any, ...]] = []
    if numbers.size:
        with as_table(area, number=np.sort(numbers)) as listed:
            wanted = select(*columns).join_from(listed, table, table.c.n == listed.c.number)
            rows = [tuple(row) for row in area.connection.execute(wanted)]
    return pd.DataFrame(rows, columns=[column.name for column in columns])

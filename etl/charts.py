"""Recorded rebasings: from which month a control chart's limits begin anew, why, and who said so.

Nothing here is ever deleted: what was undone stays, with who undid it and when.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert, select, update

from etl.connect import Witness, begin
from etl.errors import KezekError
from etl.identity import without_iin
from etl.warehouse import chart_rebase


def rebase(
    engine: Engine,
    measure: str,
    from_month: date,
    *,
    why: str,
    by: str,
    at: datetime,
    witness: Callable[[Connection, int], None] | None = None,
) -> int:
    """Record that the limits of ``measure`` begin anew, and return the number of the record.

    ``from_month``: the first of it. ``at``: naive UTC. An IIN in ``why`` is masked. ``witness``:
    tells of it within the transaction, by that number. Raises KezekError where the chart begins
    anew from that month already, or cannot be written.
    """
    c = chart_rebase.c
    with begin(engine) as connection:
        same = (c.measure == measure, c.from_month == from_month, c.undone_at.is_(None))
        there = connection.execute(select(c.rebase_id).where(*same)).scalar()
        if there is not None:
            raise KezekError(
                f"The limits of {measure} begin anew from {from_month:%Y-%m} already "
                f"(number {there}); undo that first with `kezek chart undo {there}`."
            )
        made = connection.execute(
            insert(chart_rebase).values(
                measure=measure,
                from_month=from_month,
                why=without_iin(why),
                made_by=by,
                made_at=at,
            )
        )
        number = int(made.inserted_primary_key[0])  # type: ignore[index]  # one row has one
        if witness:
            witness(connection, number)
        return number


def undo(
    engine: Engine, rebase_id: int, *, by: str, at: datetime, witness: Witness | None = None
) -> None:
    """Let a rebasing hold no more. ``at``: naive UTC. ``witness``: tells of it.

    Raises KezekError where there is none of that number, where it was undone before, or where it
    cannot be written.
    """
    c = chart_rebase.c
    row = c.rebase_id == rebase_id
    with begin(engine) as connection:
        found = connection.execute(select(c.undone_at, c.undone_by).where(row)).one_or_none()
        if found is None:
            raise KezekError(
                f"There is no rebasing of number {rebase_id}; `kezek chart list --all` has them."
            )
        if found.undone_at is not None:
            raise KezekError(
                f"Number {rebase_id} was undone already, by {found.undone_by}; "
                "it stays in `kezek chart list --all`."
            )
        connection.execute(update(chart_rebase).where(row).values(undone_by=by, undone_at=at))
        if witness:
            witness(connection)

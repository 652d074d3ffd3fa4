"""Entries of the queue that a register which lists all lists no longer."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Connection, Table, delete, insert, select

from etl import versions
from etl.load.entities import QUEUE
from etl.load.staging import Staged
from etl.scratch import analyze, temporary
from etl.warehouse import QUEUE_FACTS, WORD, quarantine, queue_entries


def remove(connection: Connection, staged: Staged, *, version: int) -> list[date]:
    """Take the entries out that the source gave once and no longer lists; after its rejects were
    noted, for what lies in quarantine is listed.

    They are kept as they were counted until ``version``. Returns the day that each began on. While
    a record cannot be taken apart nobody knows which entry it lists, and nothing is taken out.
    """
    if staged.rejects["record_key"].isna().any() or not staged.full:
        return []
    gone = _gone(connection, staged)
    nothing = select(queue_entries).where(queue_entries.c.entry_id.is_(None)).subquery()
    versions.supersede(connection, QUEUE_FACTS, nothing, version=version, owners=gone)
    ids = select(gone.c.entry_id)
    theirs = queue_entries.c.entry_id.in_(ids)
    days = list(connection.scalars(select(queue_entries.c.registered_on).where(theirs)))
    connection.execute(delete(queue_entries).where(theirs))
    return days


def _gone(connection: Connection, staged: Staged) -> Table:
    gone = temporary(
        connection, f"vanished_{staged.number}", Column("entry_id", WORD, primary_key=True)
    )
    in_quarantine = select(quarantine.c.record_key).where(
        quarantine.c.source == staged.source,
        quarantine.c.closed_run_id.is_(None),
        quarantine.c.record_key.is_not(None),
    )
    found = select(queue_entries.c.entry_id).where(
        queue_entries.c.source == staged.source, queue_entries.c.entry_id.not_in(in_quarantine)
    )
    listed = staged.tables.get(QUEUE.frame)
    if listed is not None:
        same = listed.c.entry_id == queue_entries.c.entry_id
        found = found.outerjoin_from(queue_entries, listed, same).where(listed.c.entry_id.is_(None))
    connection.execute(insert(gone).from_select(["entry_id"], found))
    analyze(connection, gone)
    return gone

"""What records said that were kept out, and what heads wrote to cases that are over, goes after a
time: by configuration, whole, and for good.

Why what goes and what stays: docs/decisions/0016-retention.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from etl import connect, erasing, lock
from etl.load.area import take_leftover_away
from etl.load.remarks import ORPHANED
from etl.people import PEOPLE, refusal, session
from etl.warehouse import (
    IS_PURGED,
    case_clocks,
    case_remark,
    cases,
    findings,
    quarantine,
    run,
)

_REMARKS = (quarantine, findings)
_DELETED = ("deleted", "findings", "sessions", "refusals")  # as Purged names what goes whole


@dataclass(frozen=True, kw_only=True)
class Purged:
    """How many rows of before ``before`` (naive UTC) were purged.

    ``emptied``: entries that stand in quarantine, and what they said is gone. ``deleted``: settled
    entries of the quarantine; ``findings``: settled findings; ``sessions``; ``refusals``: attempts
    to sign in, by account and by address. ``notes``: those of heads that lost their text.
    """

    before: datetime
    emptied: int
    deleted: int
    findings: int
    sessions: int
    refusals: int
    notes: int

    def to_json(self) -> dict[str, str | int]:
        return {**vars(self), "before": self.before.isoformat() + "Z"}


def purge(
    engine: Engine, *, before: datetime, note: Callable[[Connection, Purged], None]
) -> Purged:
    """Take out of the warehouse what was kept out ``before`` (naive UTC) or sooner.

    An entry that still stands keeps its source, rule, place, key and hash, so that it is settled as
    any other; one that is settled goes whole. No count of a run changes. A note of a head that was
    taken back by then, or written by then to a case that was finished, loses its text; who wrote it
    when, and the expected date, stay. It happens in one transaction, in which ``note`` tells of it,
    and while no run is at work. Then the files are written anew in which it stood, also where
    nothing was to go: a purge that was killed may have left them.

    Raises KezekError where a run is at work, and where the warehouse cannot be written.
    """
    with lock.only_run(engine):
        # The lock keeps all others from the remarks; who signs in or is noted waits for this.
        with connect.begin(engine, writers=PEOPLE) as connection:
            purged = _counted(connection, before)
            _empty(connection, before)
            emptied = update(case_remark).where(*_notes_to_empty(before))
            connection.execute(emptied.values(note=None))
            for table, *chosen in _to_delete(before):
                connection.execute(delete(table).where(*chosen))
            note(connection, purged)
        take_leftover_away(engine)
        erasing.rewrite(engine, (*_REMARKS, case_remark))
    return purged


def to_purge(engine: Engine, *, before: datetime) -> Purged:
    """What `purge` would take away now."""
    with connect.begin(engine, write=False) as connection:
        return _counted(connection, before)


def _counted(connection: Connection, before: datetime) -> Purged:
    def n(table: Table, *chosen: ColumnElement[bool]) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(*chosen)) or 0

    return Purged(
        before=before,
        emptied=n(quarantine, *_to_empty(before)),
        notes=n(case_remark, *_notes_to_empty(before)),
        **{name: n(*each) for name, each in zip(_DELETED, _to_delete(before), strict=True)},
    )


def _to_delete(before: datetime) -> Iterator[tuple[Table, *tuple[ColumnElement[bool], ...]]]:
    for table in _REMARKS:
        yield table, _is_old(table, before), table.c.closed_run_id.is_not(None)
    yield session, session.c.made_at <= before
    yield refusal, refusal.c.last_at <= before


def _empty(connection: Connection, before: datetime) -> None:
    """The number of the case that an event waits for stays: runs ask by it whether it has come."""
    number = case((quarantine.c.rule.in_(ORPHANED), quarantine.c.value), else_=null())
    emptied = update(quarantine).where(*_to_empty(before))
    connection.execute(emptied.values(raw=JSON.NULL, value=number))


def _to_empty(before: datetime) -> tuple[ColumnElement[bool], ...]:
    closed = quarantine.c.closed_run_id
    return (_is_old(quarantine, before), closed.is_(None), ~IS_PURGED)


def _notes_to_empty(before: datetime) -> tuple[ColumnElement[bool], ...]:
    c, back = case_remark.c, case_remark.alias("back")
    taken_back = exists().where(
        back.c.case_id == c.case_id, back.c.withdraws == c.remark_id, back.c.written_at <= before
    )
    is_over = and_(c.written_at <= before, ~_goes_on(before.date()))
    return c.note.is_not(None), or_(taken_back, is_over)


def _goes_on(day: date) -> ColumnElement[bool]:
    """Whether the case of a remark was open at the end of ``day``, or has not begun by any clock.

    One that the warehouse knows no longer does not.
    """
    known = cases.outerjoin(case_clocks, case_clocks.c.case_id == cases.c.case_id)
    stopped = case_clocks.c.stopped_on
    return (
        exists()
        .select_from(known)
        .where(cases.c.case_id == case_remark.c.case_id, or_(stopped.is_(None), stopped > day))
        .correlate(case_remark)
    )


def _is_old(table: Table, before: datetime) -> ColumnElement[bool]:
    return table.c.run_id.in_(select(run.c.run_id).where(run.c.started_at <= before))

"""What a message said of its case and says no more: it is for another case now, or corrected.

What a case's record says of its executor and its number in the queue lies under what a later
message said. Where that message goes, the record's own words come back, if they were read in this
run, as those of a gateway always are; else nothing is known until they are read again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    Column,
    Connection,
    Table,
    case,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from etl.load.entities import CASES, MESSAGES
from etl.load.staging import Staged
from etl.scratch import analyze, temporary
from etl.warehouse import WORD, cases, messages

_TOLD = ("executor", "queue_number")
_UNREAD = ""  # no record's hash: what is read next of the case differs


def find_overwritten(connection: Connection, staged: Staged, changed: Table) -> Table:
    """What the messages that the ``changed`` ones are about to replace said of their cases:
    case_id, executor, queue_number."""
    rows = staged.tables[MESSAGES.frame]
    found = (
        select(messages.c.case_id, *(messages.c[name] for name in _TOLD))
        .join_from(changed, rows, rows.c.n == changed.c.n)
        .join(messages, messages.c.message_id == rows.c.message_id)
        .where(changed.c.is_new == 0)
    )
    told = temporary(
        connection,
        f"overwritten_{staged.number}",
        Column("case_id", WORD, nullable=False),
        *(Column(name, WORD) for name in _TOLD),
    )
    connection.execute(insert(told).from_select([c.name for c in told.columns], found))
    return told


def take_back(
    connection: Connection, overwritten: Table, staged: Sequence[Staged], *, run_id: int | None
) -> None:
    """Give the cases the words of their own records again, read in any of the ``staged``; where
    they were not, take away what the messages had said. To be told anew by `derive` afterwards."""
    if not connection.scalar(select(func.count()).select_from(overwritten)):
        return
    own = _own_words(connection, overwritten, staged)
    connection.execute(
        update(cases)
        .values({name: own.c[name] for name in _TOLD} | {"run_id": run_id})
        .where(
            cases.c.case_id == own.c.case_id,
            or_(*(cases.c[name].is_distinct_from(own.c[name]) for name in _TOLD)),
        )
    )
    theirs = overwritten.c.case_id == cases.c.case_id
    said = {name: exists().where(theirs, overwritten.c[name] == cases.c[name]) for name in _TOLD}
    connection.execute(
        update(cases)
        .values(
            {name: case((said[name], null()), else_=cases.c[name]) for name in _TOLD}
            | {"row_hash": _UNREAD, "run_id": run_id}
        )
        .where(
            cases.c.case_id.in_(select(overwritten.c.case_id)),
            cases.c.case_id.not_in(select(own.c.case_id)),
            or_(*said.values()),
        )
    )
    own.drop(connection)


def _own_words(connection: Connection, overwritten: Table, staged: Sequence[Staged]) -> Table:
    """Of each case that was read in the words in which it is kept, what its record says."""
    own = temporary(
        connection,
        f"own_of_{overwritten.name}",
        Column("case_id", WORD, primary_key=True),
        *(Column(name, WORD) for name in _TOLD),
    )
    asked = select(overwritten.c.case_id)
    known = select(own.c.case_id)
    for rows in (one.tables[CASES.frame] for one in staged if CASES.frame in one.tables):
        found = (
            select(rows.c.case_id, *(rows.c[name] for name in _TOLD))
            .join_from(rows, cases, cases.c.case_id == rows.c.case_id)
            .where(
                rows.c.row_hash == cases.c.row_hash,
                rows.c.case_id.in_(asked),
                rows.c.case_id.not_in(known),
            )
        )
        connection.execute(insert(own).from_select([c.name for c in own.columns], found))
    analyze(connection, own)
    return own

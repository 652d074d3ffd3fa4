"""The versions of what can be counted: every change makes one, and what held before is kept.

A figure that was shown once can so be shown again: `counted_at` counts what a version knew, and
`changed` has the rows that make the difference between two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from etl.warehouse import Facts
from etl.warehouse import version as version_table

Columns = ReadOnlyColumnCollection[str, Any]


def upcoming(connection: Connection) -> int:
    """The number of the version that this transaction would make: there is one writer at a time."""
    return (connection.scalar(select(func.max(version_table.c.version))) or 0) + 1


def publish(connection: Connection, number: int, *, run_id: int | None, made_at: datetime) -> None:
    """Tell readers that what they hold is old."""
    connection.execute(insert(version_table).values(version=number, made_at=made_at, run_id=run_id))


def supersede(
    connection: Connection,
    facts: Facts,
    told: FromClause,
    *,
    version: int,
    owners: FromClause | None = None,
) -> None:
    """Keep the rows that ``told`` is about to replace, as they were counted until ``version``.

    ``told``: the new rows, with the keys and the counted columns of ``facts``. ``owners``: the
    values of the first key of which ``told`` says everything, so that a row which it leaves out is
    gone; without it only rows that ``told`` holds are replaced.
    """
    kept, owner = facts.kept, facts.keys[0]
    same = and_(*(told.c[key] == kept.c[key] for key in facts.keys))
    changed = differs(facts, told.c, kept.c)
    columns = [c.name for c in facts.former.columns if c.name != "until"]
    query = select(*(kept.c[name] for name in columns), literal(version, Integer))
    if owners is None:
        query = query.join_from(told, kept, same).where(changed)
    else:
        gone = told.c[owner].is_(None)
        theirs = owners.c[owner] == kept.c[owner]
        query = query.join_from(owners, kept, theirs).outerjoin(told, same)
        query = query.where(or_(gone, changed))
    query = query.where(kept.c.since < version)  # what this transaction wrote nobody has seen
    connection.execute(insert(facts.former).from_select([*columns, "until"], query))


def differs(facts: Facts, told: Columns, kept: Columns) -> ColumnElement[bool]:
    """Whether two rows of one key are counted differently, or differ in what is kept beside."""
    counted = [name for name in (*facts.names, *facts.beside) if name not in facts.keys]
    return or_(*(told[name].is_distinct_from(kept[name]) for name in counted))


def counted_at(facts: Facts, version: int) -> Select[Any]:
    """The rows that the mart held once ``version`` was made, in the order of its columns."""
    kept, former = facts.kept.c, facts.former.c
    rows = union_all(
        select(*(kept[name] for name in facts.names)).where(kept.since <= version),
        select(*(former[name] for name in facts.names)).where(
            former.since <= version, former.until > version
        ),
    ).subquery()
    return select(*rows.c, func.count().label("n")).group_by(*rows.c)


def changed(facts: Facts, before: int, after: int) -> Select[Any]:
    """The rows that were written or gone between two versions, as they were counted at each.

    Columns: the keys of ``facts``, and every other counted column twice, as ``then_…`` (at
    ``before``) and ``now_…`` (at the later ``after``), null throughout where there was no such
    row. A row may be the same at both, when it changed and changed back. What neither version saw
    change is not read.
    """
    kept, former = facts.kept.c, facts.former.c
    counted = [name for name in facts.names if name not in facts.keys]
    names = [*facts.keys, *counted]
    rows = union_all(
        select(*(former[name] for name in names), literal(0).label("side")).where(
            former.since <= before, former.until > before, former.until <= after
        ),
        select(*(former[name] for name in names), literal(1).label("side")).where(
            former.since > before, former.since <= after, former.until > after
        ),
        select(*(kept[name] for name in names), literal(1).label("side")).where(
            kept.since > before, kept.since <= after
        ),
    ).subquery()
    keys = [rows.c[name] for name in facts.keys]
    # At most one row a key and side: its maximum is the row itself.
    forms = [
        func.max(case((rows.c.side == side, rows.c[name]))).label(f"{prefix}_{name}")
        for side, prefix in enumerate(("then", "now"))
        for name in counted
    ]
    return select(*keys, *forms).group_by(*keys)

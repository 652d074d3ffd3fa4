"""The small tables that the screens read, kept current for what changed.

A mart counts rows by whole days and dimensions, so every measure over days (shares, percentiles,
Kaplan-Meier) comes from it exactly, and its size does not follow the number of cases.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from etl.scratch import analyze, temporary
from etl.warehouse import FACTS, Facts

_CHUNK = 500  # below every driver's limit of bound values


def refresh(connection: Connection, facts: Facts, days: Collection[date] | None = None) -> None:
    """Recount the mart for the days that its rows start on; all of it where ``days`` is None.

    The day is ``received_on``, ``registered_on`` or ``answered_on``. A change of a row's start
    must name both days, the old and the new. Runs in the caller's transaction.
    """
    day = facts.day
    wanted = None if days is None else sorted(days)
    for chunk in _chunks(wanted):
        connection.execute(delete(facts.mart).where(_among(facts.mart.c[day], chunk)))
        counted = recount(facts).where(_among(facts.kept.c[day], chunk))
        connection.execute(insert(facts.mart).from_select([*facts.names, "n"], counted))


def shift(connection: Connection, facts: Facts, owners: FromClause, *, version: int) -> None:
    """Count what ``version`` changed of the rows that ``owners`` (values of the first key) have,
    and nothing else: its cost follows the changes, not the days that they touch.

    Before it the mart must count what held until then. Runs in the caller's transaction.
    """
    moved = _moved(connection, facts, owners, version)
    mart = facts.mart
    same = and_(*(_same(connection, mart.c[name], moved.c[name]) for name in facts.names))
    connection.execute(update(mart).values(n=mart.c.n + moved.c.n).where(same))
    told = select(*(moved.c[name] for name in facts.names), moved.c.n)
    unknown = told.where(~exists().where(same))
    connection.execute(insert(mart).from_select([*facts.names, "n"], unknown))
    connection.execute(delete(mart).where(mart.c.n == 0, exists().where(same)))


def _moved(connection: Connection, facts: Facts, owners: FromClause, version: int) -> Table:
    """By how much each row of the mart grows, or shrinks, with ``version``."""
    kept, former, owner = facts.kept, facts.former, facts.keys[0]
    new = (
        select(*(kept.c[name] for name in facts.names), literal(1).label("n"))
        .join_from(owners, kept, kept.c[owner] == owners.c[owner])
        .where(kept.c.since == version)
    )
    old = (
        select(*(former.c[name] for name in facts.names), literal(-1).label("n"))
        .join_from(owners, former, former.c[owner] == owners.c[owner])
        .where(former.c.until == version)
    )
    both = union_all(new, old).subquery()
    grown = func.sum(both.c.n)
    columns = [both.c[name] for name in facts.names]
    moved = temporary(
        connection,
        f"moved_{facts.mart.name}",
        *(Column(name, facts.mart.c[name].type) for name in facts.names),
        Column("n", Integer, nullable=False),
    )
    query = select(*columns, grown).group_by(*columns).having(grown != 0)
    connection.execute(insert(moved).from_select([*facts.names, "n"], query))
    analyze(connection, moved)
    return moved


def _same(connection: Connection, one: Column[Any], other: Column[Any]) -> ColumnElement[bool]:
    """Whether two values are equal, or both nothing. An index is of use only to =, and PostgreSQL
    joins by hashing what is compared with =: so there what stands for nothing is so compared first,
    or every changed row would be held against all that are equal in the rest."""
    if not one.nullable:
        return one == other
    same = one.is_not_distinct_from(other)
    if connection.dialect.name != "postgresql":
        return same
    nothing = date.min if isinstance(one.type, Date) else ""
    return and_(func.coalesce(one, nothing) == func.coalesce(other, nothing), same)


def recount(facts: Facts) -> Select[Any]:
    """The rows that the mart should hold, in the order of its columns, counted anew.

    Days come first where a database sorts to count: there they differ soonest, and in the mart the
    rows of a day lie together.
    """
    columns = [facts.kept.c[name] for name in facts.names]
    sorted_by = sorted(columns, key=lambda column: not isinstance(column.type, Date))
    return select(*columns, func.count().label("n")).group_by(*map(_WithoutIndex, sorted_by))


class _WithoutIndex(FunctionElement[Any]):
    """A column to count by, of which SQLite is to use no index: it would go along that, sort all
    the same, and look each row up meanwhile."""

    inherit_cache = True


@compiles(_WithoutIndex)
def _as_it_is(element: _WithoutIndex, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_WithoutIndex, "sqlite")
def _signed(element: _WithoutIndex, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def rebuild(connection: Connection) -> None:
    """Recount every mart from the warehouse, in the caller's transaction."""
    for facts in FACTS:
        refresh(connection, facts)


def _chunks(days: list[date] | None) -> list[list[date]] | list[None]:
    if days is None:
        return [None]
    return [days[start : start + _CHUNK] for start in range(0, len(days), _CHUNK)]


def _among(column: ColumnElement[Any], days: list[date] | None) -> ColumnElement[bool]:
    return true() if days is None else column.in_(days)

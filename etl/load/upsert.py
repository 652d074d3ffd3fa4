"""One entity of one source into its table: what is new, what differs, what is gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    Select,
    Subquery,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.ddl import CreateView

from etl import versions
from etl.load import indexes
from etl.load.entities import CASES, EVENTS, Entity
from etl.load.staging import Staged
from etl.scratch import analyze, temporary
from etl.warehouse import FACTS, SURVEY_FACTS, WORD, cases, events, key_of, survey_answers

# Both databases speak the same ON CONFLICT, each through its own class.
_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True)
class Changes:
    """Staged rows that the warehouse does not hold in these words: ``rows`` (n, record and is_new,
    1 or 0), how many they are of so many ``staged`` ones, and how many of them are ``new``."""

    rows: Table
    how_many: int
    staged: int
    new: int


def find_changes(
    connection: Connection, entity: Entity, staged: Staged, *, outranking: Collection[str]
) -> Changes:
    """What the warehouse does not hold as it is staged.

    A row that a source of ``outranking`` gave stays as it is: where two sources tell of the same
    thing, the later one of ``sources.toml`` is believed, in whatever order they arrive. So is, of
    two gateway messages, the one sent later.
    """
    rows, kept = staged.tables[entity.frame], entity.table
    name = f"changed_{entity.frame}_{staged.number}"
    if not connection.scalar(select(exists().select_from(kept))):  # all of them: that needs no list
        everything = select(rows.c.n, rows.c.record, literal(1, Integer).label("is_new"))
        view = CreateView(everything, name, temporary=True)
        connection.execute(view)
        size = _count(connection, rows)
        return Changes(view.table, how_many=size, staged=size, new=size)
    changed = temporary(
        connection,
        name,
        Column("n", Integer, nullable=False),
        Column("record", BigInteger, nullable=False),
        Column("is_new", Integer, nullable=False),
    )
    is_new = kept.c[entity.key].is_(None)
    differs = and_(entity.differs(rows, staged.source), kept.c.source.not_in(outranking))
    if "stated_at" in kept.c:
        differs = and_(differs, _not_older(rows, kept))
    found = (
        select(rows.c.n, rows.c.record, case((is_new, 1), else_=0))
        .join_from(rows, kept, kept.c[entity.key] == rows.c[entity.key], isouter=True)
        .where(or_(is_new, differs))
    )
    connection.execute(insert(changed).from_select(["n", "record", "is_new"], found))
    analyze(connection, changed)
    counted = select(func.count(), func.coalesce(func.sum(changed.c.is_new), 0))
    how_many, new = connection.execute(counted).one()
    return Changes(changed, how_many, staged=_count(connection, rows), new=new)


def find_cases_left(connection: Connection, staged: Staged, changed: Table) -> Table:
    """The cases (case_id) that the ``changed`` events are about to leave: their source says now
    that they belong to another."""
    rows = staged.tables[EVENTS.frame]
    left = temporary(connection, f"left_{staged.number}", Column("case_id", WORD, nullable=False))
    found = (
        select(events.c.case_id)
        .join_from(changed, rows, rows.c.n == changed.c.n)
        .join(events, events.c.event_id == rows.c.event_id)
        .where(changed.c.is_new == 0, events.c.case_id != rows.c.case_id)
    )
    connection.execute(insert(left).from_select(["case_id"], found.distinct()))
    return left


def _not_older(rows: Table, kept: Table) -> ColumnElement[bool]:
    """Whether a staged row was stated after the one kept; of one moment, the greater hash stays."""
    later = rows.c.stated_at > kept.c.stated_at
    same = and_(rows.c.stated_at == kept.c.stated_at, rows.c.row_hash > kept.c.row_hash)
    undated = or_(rows.c.stated_at.is_(None), kept.c.stated_at.is_(None))
    return or_(later, same, undated)


def write_changes(
    connection: Connection,
    entity: Entity,
    staged: Staged,
    changes: Changes,
    *,
    run_id: int | None,
    version: int,
    entered_at: datetime | None = None,
) -> None:
    """Insert or overwrite the changed rows; nothing at all where there are none."""
    rows, how_many = staged.tables[entity.frame], changes.how_many
    if not how_many:
        return
    values: dict[str, Any] = {name: rows.c[name] for name in entity.staged}
    values |= {"source": literal(staged.source), "run_id": literal(run_id, Integer)}
    if "since" in entity.table.c:
        values["since"] = literal(version, Integer)
    if "entered_at" in entity.table.c:
        values["entered_at"] = literal(entered_at, DateTime)
    query = select(*values.values()).where(literal(1) == 1)  # SQLite's grammar asks for a WHERE
    if how_many < changes.staged:
        query = query.where(rows.c.n.in_(select(changes.rows.c.n)))
    if not indexes.are_left_out(connection, entity.table):  # filled in its order, an index is fast
        query = query.order_by(rows.c[entity.key])
    if changes.new == how_many:
        insert_new(connection, entity.table, list(values), query, how_many=how_many)
    else:
        upsert(connection, entity.table, list(values), query)


def insert_new(
    connection: Connection, table: Table, columns: list[str], query: Select[Any], *, how_many: int
) -> None:
    """Insert about ``how_many`` rows, none of which the table holds; PostgreSQL would take half as
    long again if it had to be prepared for others."""
    connection.execute(insert(table).from_select(columns, query))
    indexes.complete(connection, table)
    if connection.dialect.name == "postgresql" and how_many > indexes.MANY:
        # The server would look by itself, but minutes later: until then it takes a few changed
        # cases for many. Whoever does not own the table is told so, and nothing else.
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def upsert(connection: Connection, table: Table, columns: list[str], query: Select[Any]) -> None:
    """Insert what ``query`` gives for ``columns``; overwrite the rows that have its keys.

    ``since`` stays where a row is counted as it was.
    """
    keys = key_of(table)
    statement = _INSERTS[connection.dialect.name](table).from_select(columns, query)
    others = {name: statement.excluded[name] for name in columns if name not in keys}
    if "since" in others:
        facts = next(facts for facts in FACTS if facts.kept is table)
        counted_anew = versions.differs(facts, statement.excluded, table.c)
        others["since"] = case((counted_anew, others["since"]), else_=table.c.since)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))


def replace_answers(
    connection: Connection, staged: Staged, changed: Table, *, version: int
) -> None:
    """The answers of the changed responses, and no others, after the responses themselves."""
    responses, answers = staged.tables["surveys"], staged.tables["answers"]
    theirs = (
        select(responses.c.response_id).where(responses.c.n.in_(select(changed.c.n))).subquery()
    )
    versions.supersede(connection, SURVEY_FACTS, answers, version=version, owners=theirs)
    kept = survey_answers
    same = and_(*(answers.c[key] == kept.c[key] for key in SURVEY_FACTS.keys))
    ids = select(theirs.c.response_id)
    connection.execute(delete(kept).where(kept.c.response_id.in_(ids), ~exists().where(same)))
    columns = [c.name for c in answers.columns if c.name != "record"]
    new = (*(answers.c[name] for name in columns), literal(version, Integer))
    told = select(*new).where(answers.c.response_id.in_(ids))
    upsert(connection, kept, [*columns, "since"], told)


def remove_vanished_events(connection: Connection, staged: Staged) -> Table | None:
    """Delete the events that this source once gave of a case and no longer lists.

    Only for sources whose record lists all events of its case: there a corrected time makes another
    event, and the old one must not stay. Before the cases are written: a case whose hash is the
    same has the same events. Returns a table of what is gone: record, case_id.
    """
    listed = staged.tables.get(EVENTS.frame)
    if not staged.whole_events or (CASES.frame not in staged.tables and listed is None):
        return None
    gone = temporary(
        connection,
        f"gone_{staged.number}",
        Column("event_id", WORD, nullable=False),
        Column("case_id", WORD, nullable=False),
        Column("record", BigInteger, nullable=False),
    )
    told = _told_anew(staged)
    found = (
        select(events.c.event_id, events.c.case_id, told.c.record)
        .join_from(told, events, events.c.case_id == told.c.case_id)
        .where(events.c.source == staged.source)
    )
    if listed is not None:
        # An outer join, for which SQLite makes an index by itself; for NOT EXISTS it would not.
        found = found.outerjoin(listed, listed.c.event_id == events.c.event_id)
        found = found.where(listed.c.event_id.is_(None))
    connection.execute(insert(gone).from_select(["event_id", "case_id", "record"], found))
    connection.execute(
        delete(events).where(events.c.event_id.in_(select(gone.c.event_id).scalar_subquery()))
    )
    return gone


def _told_anew(staged: Staged) -> Subquery:
    """The cases (case_id, record) of which the source tells otherwise than before."""
    rows = staged.tables.get(CASES.frame)
    if rows is None:  # wide rows that tell of events alone
        rows = staged.tables[EVENTS.frame]
        query = select(rows.c.case_id, func.max(rows.c.record).label("record"))
        return query.group_by(rows.c.case_id).subquery()
    known = and_(cases.c.case_id == rows.c.case_id, cases.c.row_hash != rows.c.row_hash)
    return select(rows.c.case_id, rows.c.record).join_from(rows, cases, known).subquery()


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0

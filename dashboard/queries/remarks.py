"""What did not get in, and what looked odd, counted by source and rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, Table, false, func, select

from dashboard.access import Scope
from dashboard.queries.keeping import held
from dashboard.queries.ledger import last_ended
from dashboard.queries.reading import connected
from etl.warehouse import IS_PURGED, findings, quarantine

_TABLES = {"rejected": quarantine, "finding": findings}


def remarks(engine: Engine) -> pd.DataFrame:
    """Still standing remarks: kind ("rejected", "finding"), source, rule, n; the most first."""
    key = ("remarks", last_ended(engine))  # only a run settles one or adds one
    return held(engine, key, lambda: _counted(engine), until="load").copy(deep=False)


def _counted(engine: Engine) -> pd.DataFrame:
    with connected(engine) as connection:
        rows = [
            (kind, *row)
            for kind, table in _TABLES.items()
            for row in connection.execute(_open(table))
        ]
    return pd.DataFrame(rows, columns=["kind", "source", "rule", "n"])


def _open(table: Table) -> Select[tuple[str, str, int]]:
    count = func.count()
    return (
        select(table.c.source, table.c.rule, count)
        .where(table.c.closed_run_id.is_(None))
        .group_by(table.c.source, table.c.rule)
        .order_by(count.desc(), table.c.source, table.c.rule)
    )


def examples(engine: Engine, *, scope: Scope, each: int = 3) -> pd.DataFrame:
    """The newest still standing remarks, ``each`` of a kind and rule.

    Columns: kind ("rejected", "finding"), rule, source, file, column, value (str or None), row
    (Int64), is_purged (whether what the record said has been taken away). Values as they are kept:
    personal data is masked. A value may be the number of a case, and a record that was not
    understood belongs to no office: outside a scope of every case there are none.
    """
    names = ("rule", "source", "file", "column", "value", "row")
    key = ("examples", each, last_ended(engine))
    newest = held(engine, key, lambda: _newest(engine, each), until="load")
    with connected(engine) as connection:
        rows = [
            (kind, *row)
            for kind, table in _TABLES.items()
            for row in _in_order(connection, table, names, newest[kind])
        ]
    found = pd.DataFrame(rows, columns=["kind", *names, "is_purged"])
    found = found.astype({"row": "Int64", "is_purged": "bool"})
    return found if scope.every else found.assign(value=None)


def _newest(engine: Engine, each: int) -> dict[str, list[int]]:
    """Which remarks are the examples of each kind, in their order.

    What they say is not kept: a purge takes it away between two runs.
    """
    with connected(engine) as connection:
        return {
            kind: list(connection.scalars(_of_each_rule(table, each)))
            for kind, table in _TABLES.items()
        }


def _of_each_rule(table: Table, each: int) -> Select[tuple[int]]:
    place = func.row_number().over(
        partition_by=table.c.rule, order_by=(table.c.run_id.desc(), table.c.remark_id)
    )
    ranked = (
        select(table.c.remark_id, table.c.rule, place.label("place"))
        .where(table.c.closed_run_id.is_(None))
        .subquery()
    )
    chosen = select(ranked.c.remark_id).where(ranked.c.place <= each)
    return chosen.order_by(ranked.c.rule, ranked.c.place)


def _in_order(
    connection: Connection, table: Table, names: Sequence[str], wanted: Sequence[int]
) -> list[Sequence[Any]]:
    purged = IS_PURGED if table is quarantine else false()
    query = select(table.c.remark_id, *(table.c[name] for name in names), purged)
    rows = connection.execute(query.where(table.c.remark_id.in_(wanted))).all()
    found = {row[0]: row[1:] for row in rows}
    return [found[number] for number in wanted if number in found]

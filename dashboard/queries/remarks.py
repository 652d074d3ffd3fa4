"""What did not get in, and what looked odd, counted by source and rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Engine, Select, Table, false, func, select

from dashboard.access import Scope
from etl.warehouse import IS_PURGED, findings, quarantine

_TABLES = {"rejected": quarantine, "finding": findings}


def remarks(engine: Engine) -> pd.DataFrame:
    """Still standing remarks: kind ("rejected", "finding"), source, rule, n; the most first."""
    with engine.connect() as connection:
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
    with engine.connect() as connection:
        rows = [
            (kind, *row)
            for kind, table in _TABLES.items()
            for row in connection.execute(_newest(table, names, each))
        ]
    found = pd.DataFrame(rows, columns=["kind", *names, "is_purged"])
    found = found.astype({"row": "Int64", "is_purged": "bool"})
    return found if scope.every else found.assign(value=None)


def _newest(table: Table, names: Sequence[str], each: int) -> Select[Any]:
    place = func.row_number().over(
        partition_by=table.c.rule, order_by=(table.c.run_id.desc(), table.c.remark_id)
    )
    purged = IS_PURGED if table is quarantine else false()
    ranked = (
        select(*(table.c[name] for name in names), purged.label("is_purged"), place.label("place"))
        .where(table.c.closed_run_id.is_(None))
        .subquery()
    )
    shown = (*names, "is_purged")
    chosen = select(*(ranked.c[name] for name in shown)).where(ranked.c.place <= each)
    return chosen.order_by(ranked.c.rule, ranked.c.place)

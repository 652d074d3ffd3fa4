"""What did not get in, and what looked odd, counted by source and rule."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Engine, Select, Table, func, select

from etl.warehouse import findings, quarantine

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

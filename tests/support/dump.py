"""The whole warehouse as plain sorted rows, to compare two states of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, select

from etl import warehouse

LEDGER = ("run", "run_source")
LEDGER_IDS = ("run_id", "closed_run_id", "remark_id", "made_at")
DERIVED = (
    "case_clocks",
    "mart_cases",
    "mart_queue",
    "mart_survey",
    "case_courses",
    "mart_courses",
    "mart_steps",
    "mart_step_times",
)


def dump(
    engine: Engine, *, without: Collection[str] = (), columns_out: Collection[str] = ()
) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but ``without``, every column but ``columns_out``, rows in a fixed order."""
    result = {}
    with engine.connect() as connection:
        for table in warehouse.metadata.sorted_tables:
            if table.name in without:
                continue
            columns = [c for c in table.columns if c.name not in columns_out]
            rows = connection.execute(select(*columns)).all()
            result[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return result


def settled(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What the warehouse holds, whichever runs brought it there: `dump` without the ledger and its
    numbers, but with the remarks that stand.
    """
    held = dump(engine, without=LEDGER, columns_out=LEDGER_IDS)
    with engine.connect() as connection:
        for table in (warehouse.quarantine, warehouse.findings):
            standing = select(table.c.source, table.c.rule, table.c.record_hash).where(
                table.c.closed_run_id.is_(None)
            )
            held[f"standing {table.name}"] = sorted(
                tuple(row) for row in connection.execute(standing)
            )
    return held


def without_stamps(files: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The ledger's files but for their stamps, which hang on how long ago they were written."""
    return [{name: told for name, told in file.items() if name != "stamp"} for file in files]

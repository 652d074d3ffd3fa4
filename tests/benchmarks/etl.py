"""How fast a run loads, beside pandas ``to_sql`` writing the same cases and events."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import pandas as pd

from etl.run import run
from etl.warehouse import cases, events, open_engine
from tests.benchmarks.cities import AS_OF, Warehouse


@dataclass(frozen=True)
class EtlTimes:
    """Seconds of the first run, of a run that finds nothing new, and of ``to_sql``."""

    kind: str
    applications: int
    records: int
    events: int
    first: float
    again: float
    to_sql: float


def measure_etl(warehouse: Warehouse) -> EtlTimes:
    """Fill the warehouse, run once more, then let pandas write what came of it elsewhere."""
    started = perf_counter()
    report = _run(warehouse)
    first = perf_counter() - started
    started = perf_counter()
    _run(warehouse)
    again = perf_counter() - started
    frames = {t.name: pd.read_sql_table(t.name, warehouse.engine) for t in (cases, events)}
    return EtlTimes(
        kind=warehouse.kind,
        applications=warehouse.applications,
        records=sum(source["read"] for source in report["sources"].values()),
        events=len(frames["events"]),
        first=first,
        again=again,
        to_sql=_to_sql(warehouse, frames),
    )


def _run(warehouse: Warehouse) -> dict:
    return run(
        engine=warehouse.engine,
        regulation=warehouse.regulation,
        sources=warehouse.sources,
        today=AS_OF,
        pseudonym_key="bench",
    ).to_json()


def _to_sql(warehouse: Warehouse, frames: dict[str, pd.DataFrame]) -> float:
    """The peer: the frames into tables of their own, without a check, a key or an index."""
    elsewhere = f"sqlite:///{warehouse.folder}/peer-{warehouse.applications}.db"
    engine = open_engine(elsewhere) if warehouse.kind == "SQLite" else warehouse.engine
    started = perf_counter()
    for name, frame in frames.items():
        frame.to_sql(f"peer_{name}", engine, index=False, chunksize=10_000)
    return perf_counter() - started

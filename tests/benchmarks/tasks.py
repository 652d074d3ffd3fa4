"""What is measured in a process of its own: ``python -m tests.benchmarks.tasks TASK JSON``.

Importing is never in the time that is told. Memory is the peak of resident bytes, of the process
itself and of the largest of its workers.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, func, select, text

from dashboard.settings import DEFAULT_REGULATION, Settings
from etl import regulation
from etl.databases import open_engine
from etl.migrate import upgrade
from etl.run import run
from etl.warehouse import events, mart_cases
from etl.workers import Workers
from tests.benchmarks.narrow import AS_OF, write_log

Found = dict[str, Any]

_KIB = 1 if sys.platform == "darwin" else 1024  # what getrusage counts memory in
_DRAWN = 10


def log(*, folder: str, applications: int) -> Found:
    """A narrow log in the folder."""
    write_log(Path(folder), applications=applications)
    return {}


def load(*, url: str, sources: str, afresh: bool = False) -> Found:
    """A run into the warehouse, which is made or brought up to date first."""
    engine = open_engine(url)
    upgrade(engine)
    rules = regulation.load(DEFAULT_REGULATION)
    started = perf_counter()
    with Workers() as workers:
        report = run(
            engine=engine,
            regulation=rules,
            sources=Path(sources),
            today=AS_OF,
            pseudonym_key=None,
            afresh=afresh,
            workers=workers,
        )
    seconds = perf_counter() - started
    tallies = [source.tally for source in report.sources.values()]
    return {
        "seconds": seconds,
        "records": sum(tally.read for tally in tallies),
        "changed": sum(tally.inserted + tally.updated for tally in tallies),
        "memory": _peak(),
        "worker_memory": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _KIB,
    }


def warehouse(*, url: str) -> Found:
    """How large it is: events, rows of the mart of cases, bytes on disk."""
    engine = open_engine(url)
    with engine.connect() as connection:
        counted = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in (events, mart_cases)
        }
    return {**counted, "bytes": _bytes(engine)}


def to_sql(*, url: str, rows: int, elsewhere: str) -> Found:
    """pandas writes the first ``rows`` events of a warehouse into a new table, with no key, index
    or check."""
    import pandas as pd

    with open_engine(url).connect() as connection:
        frame = pd.read_sql_query(select(events).limit(rows), connection)
    engine = open_engine(elsewhere)
    started = perf_counter()
    frame.to_sql("peer_events", engine, index=False, chunksize=10_000)
    return {"seconds": perf_counter() - started, "events": len(frame)}


def dlt(*, url: str, folder: str, turns: int) -> Found:
    """dlt merges the same log ``turns`` times."""
    from tests.benchmarks.dlt_peer import merge

    return merge(url=url, folder=Path(folder), turns=turns)


def page(*, url: str) -> Found:
    """Milliseconds of the overview, the median of several; the process is warm."""
    from dashboard.app import create_app
    from tests.support import drawing, screens

    client = create_app(Settings(database_url=url), reader=screens.AKIM).server.test_client()
    seconds = []
    for _ in range(_DRAWN + 1):
        started = perf_counter()
        assert drawing.ask(client, "/", "?lang=ru").status_code == 200
        seconds.append(perf_counter() - started)
    return {"milliseconds": statistics.median(seconds[1:]) * 1000}


def pages(*, kind: str, url: str) -> Found:
    """Milliseconds of every page under ever other filters, [median, 95th percentile]."""
    from tests.benchmarks.pages import page_times

    return dict(page_times(kind, url))


def measures(*, url: str) -> Found:
    """Milliseconds of every measure, [median, 95th percentile]; what they read is kept but where
    it is said to be read first."""
    from tests.benchmarks.asked import measure_times

    return dict(measure_times(url))


def _peak() -> int:
    """Bytes. Not getrusage where it can be helped: on Linux that counts whoever started us, too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _bytes(engine: Engine) -> int:
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return Path(str(engine.url.database)).stat().st_size
    with engine.connect() as connection:
        size: int = connection.execute(
            text("SELECT pg_database_size(current_database())")
        ).scalar_one()
    return size


TASKS: Mapping[str, Callable[..., Found]] = {
    task.__name__: task for task in (log, load, warehouse, to_sql, dlt, page, pages, measures)
}

if __name__ == "__main__":  # workers import this module, too
    _, name, given = sys.argv
    print(json.dumps(TASKS[name](**json.loads(given))))  # noqa: T201 (what `alone` reads)

"""The peer that merges: dlt, from the same two files, by the keys of their records.

It is given the fastest way that it has: Arrow tables read from the CSV, and COPY where the database
has it. It checks nothing, derives nothing and keeps no history.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa
from pyarrow import csv
from sqlalchemy import make_url

_KEYS: Mapping[str, tuple[str, ...]] = {
    "applications": ("case_id",),
    "events": ("case_id", "step", "occurred_at"),
}


def merge(*, url: str, folder: Path, turns: int) -> dict[str, Any]:
    """Merge the log ``turns`` times; the first time into tables that are not there yet.

    Returns the ``seconds`` of each turn and the ``events`` that the database holds at the end.
    """
    with tempfile.TemporaryDirectory(prefix="kezek-dlt-") as own:
        # It reads them as it is imported, and would keep its files in the user's home.
        os.environ |= {
            "DLT_DATA_DIR": own,
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "CRITICAL",
        }
        import dlt

        pipeline = dlt.pipeline(
            "bench", pipelines_dir=own, destination=_destination(url), dataset_name="peer"
        )
        seconds = []
        for _ in range(turns):
            started = perf_counter()
            pipeline.run(
                [
                    dlt.resource(
                        _tables(folder, name),
                        name=name,
                        primary_key=key,
                        write_disposition="merge",
                    )
                    for name, key in _KEYS.items()
                ],
                loader_file_format=None if _is_sqlite(url) else "csv",
            )
            seconds.append(perf_counter() - started)
        with pipeline.sql_client() as client:
            ((events,),) = client.execute_sql("SELECT count(*) FROM events")
    return {"seconds": seconds, "events": events}


def _tables(folder: Path, name: str) -> Iterator[pa.Table]:
    for path in sorted(folder.glob(f"{name}*.csv")):
        with csv.open_csv(path) as batches:
            for batch in batches:
                yield pa.Table.from_batches([batch])


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _destination(url: str) -> Any:
    from dlt import destinations

    if _is_sqlite(url):
        return destinations.sqlalchemy(url)
    server = make_url(url)
    return destinations.postgres(
        {
            # A socket's folder, written so that it may stand where a host's name stands.
            "host": str(server.query["host"]).replace("/", "%2F"),
            "database": server.database,
            "username": server.username,
            "password": "none",  # it insists on one; the server asks for none
        }
    )

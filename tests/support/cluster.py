"""A Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def dask_cluster(folder: Path, *, workers: int = 2) -> Iterator[Any]:
    """The cluster; its files lie in ``folder``, its ports are free ones of the loopback."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        local_directory=str(folder),
    ) as cluster:
        yield cluster

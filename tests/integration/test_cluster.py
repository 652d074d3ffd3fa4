"""A Dask cluster that is not there, is another program or dies is told in one sentence."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from distributed import Client

from etl.errors import KezekError
from etl.program import code_version
from etl.workers import Work, Workers
from tests.support.cluster import dask_cluster


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with one worker."""
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=1) as cluster:
        yield cluster.scheduler_address


def _doubled(number: int) -> int:
    return 2 * number


def _killed(_number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def _work(*numbers: int) -> list[Work[int]]:
    return [Work(number, 1) for number in numbers]


def test_results_come_back_in_the_order_of_the_work(scheduler: str) -> None:
    with Workers(dask=scheduler) as workers:
        assert list(workers.each(_doubled, _work(*range(20)))) == list(range(0, 40, 2))


def test_where_nothing_is_to_be_read_no_cluster_is_asked() -> None:
    with Workers(dask="tcp://127.0.0.1:1") as workers:
        workers.expect(0)
        assert list(workers.each(_doubled, [])) == []


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.cluster._CONNECTING", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with (
            Workers(dask=address) as workers,
            pytest.raises(KezekError, match=r"scheduler .* does not answer .* KEZEK_DASK"),
        ):
            workers.expect(1)


def test_a_worker_of_another_version_is_refused(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = code_version()
    monkeypatch.setattr("etl.program.metadata.version", lambda _name: "9.9.9")
    with (
        Workers(dask=scheduler) as workers,
        pytest.raises(KezekError, match=rf"another Kezek \({theirs}\) than this .* \(9\.9\.9\)"),
    ):
        workers.expect(1)


def test_a_cluster_without_workers_is_told(tmp_path: Path) -> None:
    with (
        dask_cluster(tmp_path, workers=0) as cluster,
        Workers(dask=cluster.scheduler_address) as workers,
        pytest.raises(KezekError, match="has no workers"),
    ):
        workers.expect(1)


def test_work_that_kills_its_worker_again_and_again_is_given_up(tmp_path: Path) -> None:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        dask_cluster(tmp_path, workers=1) as cluster,
        Workers(dask=cluster.scheduler_address) as workers,
        pytest.raises(KezekError, match="lost the workers"),
    ):
        list(workers.each(_killed, _work(1)))


def test_a_run_does_not_wait_for_ever_for_workers_that_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.cluster._LOOKING", 0.1)
    monkeypatch.setattr("etl.cluster._GONE", 0.5)
    with (
        dask_cluster(tmp_path, workers=1) as cluster,
        Workers(dask=cluster.scheduler_address) as workers,
    ):
        workers.expect(1)
        with Client(cluster) as client:
            client.retire_workers(list(client.nthreads()), close_workers=True)
        with pytest.raises(KezekError, match="lost the workers"):
            list(workers.each(_doubled, _work(1)))

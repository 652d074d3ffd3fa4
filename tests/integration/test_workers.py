"""Processes that work for a run leave nothing behind, however it ends."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic

import numpy as np
import numpy.typing as npt
import pytest

from etl.errors import KezekError
from etl.workers import Work, Workers
from tests.support.apart import DEADLINE

MANY = 200_000
LARGE = 24 * 2**20 + 1  # bytes, as large a piece as other processes are worth


def _numbers(first: int) -> npt.NDArray[np.int64]:
    return np.arange(first, first + MANY)


def _torn(first: int) -> npt.NDArray[np.int64]:
    if first == 3:
        raise KezekError("The third piece is torn.")
    return _numbers(first)


def _pieces() -> Iterator[Work[int]]:
    return (Work(number, LARGE) for number in range(8))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_large_results_come_in_order_and_leave_no_file(folder: Path) -> None:
    with Workers(processes=2) as workers:
        came = list(workers.each(_numbers, _pieces()))
        (results,) = folder.iterdir()
        assert not list(results.iterdir())
    for number, found in enumerate(came):
        np.testing.assert_array_equal(found, _numbers(number))
    assert not list(folder.iterdir())


def test_a_run_that_fails_leaves_no_file(folder: Path) -> None:
    with pytest.raises(KezekError, match="third"), Workers(processes=2) as workers:
        list(workers.each(_torn, _pieces()))
    assert not list(folder.iterdir())


def test_a_run_that_is_killed_leaves_no_file(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_work_and_wait, args=(tmp_path, theirs)
    )
    process.start()
    assert ours.poll(DEADLINE)
    (results,) = tmp_path.iterdir()
    assert list(results.iterdir())
    process.kill()
    process.join(DEADLINE)
    process.close()
    deadline = monotonic() + DEADLINE
    while list(tmp_path.iterdir()):
        assert monotonic() < deadline


def _work_and_wait(folder: Path, pipe: Connection) -> None:
    """Have work done of which results lie about, and tell so."""
    tempfile.tempdir = str(folder)
    with Workers(processes=2) as workers:
        results = workers.each(_numbers, _pieces())
        next(results)
        while not any(folder.glob("*/*")):
            pass
        pipe.send(None)
        pipe.recv()

"""Who reads, judges and works out: this process, others on this machine, or a Dask cluster.

Whoever does it, results come back in the order in which the work was given, so what is loaded does
not depend on how many worked.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from etl.cluster import Cluster
from etl.errors import KezekError
from etl.handing import Parcel, packed, unpacked
from etl.spill import roomy

W = TypeVar("W")
R = TypeVar("R")

_WORTH_IT = 24 * 2**20  # bytes: less than that is read before other processes have started
_AHEAD = 2  # pieces of work that wait beside those that are being done


@dataclass(frozen=True)
class Work(Generic[W]):
    """A piece of work and how large it is, in bytes."""

    what: W
    size: int


class Others(Protocol):
    """Those who work beside this process; ``at_once``: how many pieces at a time."""

    at_once: int

    def submit(self, do: Callable[[W], R], what: W) -> Future[R]:
        """Hand a piece of work out."""

    def result(self, future: Future[R]) -> R:
        """What was made of it. Raises KezekError where they are gone, and what ``do`` raised."""

    def close(self, *, failed: bool) -> None:
        """Nothing more will come; ``failed``: nor does anybody wait for what was handed out."""


class Workers:
    """Does pieces of work, several at a time where that is worth it.

    ``processes``: how many of this machine, all of its processors' if None. ``dask``: the address
    of a scheduler, which goes before. Nothing is started until enough work has come, or is said to
    come.
    """

    def __init__(self, *, processes: int | None = None, dask: str | None = None) -> None:
        self._processes = processes or _processors()
        self._dask = dask
        self._others: Others | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._others is not None:
            self._others.close(failed=error is not None)
        self._others = None

    def expect(self, size: int) -> None:
        """So many bytes are about to come: others are started for the first of them, if that is
        worth it."""
        if size and self._is_worth_it(size):
            self._started()

    def each(self, do: Callable[[W], R], work: Iterable[Work[W]]) -> Iterator[R]:
        """What ``do`` makes of each piece, in order; few pieces are in memory at a time.

        ``do`` and the pieces go to other processes, so they must be picklable. Raises KezekError
        where the workers cannot be reached or died, and whatever ``do`` raises.
        """
        waiting: deque[Future[R]] = deque()
        done = 0
        for piece in work:
            if self._others is None and not self._is_worth_it(done + piece.size):
                done += piece.size
                yield do(piece.what)
                continue
            others = self._started()
            waiting.append(others.submit(do, piece.what))
            if len(waiting) >= others.at_once + _AHEAD:
                yield others.result(waiting.popleft())
        while waiting:
            yield self._started().result(waiting.popleft())

    def _is_worth_it(self, size: int) -> bool:
        return self._dask is not None or (self._processes > 1 and size > _WORTH_IT)

    def _started(self) -> Others:
        if self._others is None:
            self._others = Cluster(self._dask) if self._dask else _Processes(self._processes)
        return self._others


ALONE = Workers(processes=1)  # this process does it all


class _Processes:
    """So many processes of this machine, and a folder by way of which they hand over much."""

    def __init__(self, count: int) -> None:
        # Not forked: a copy would hold the warehouse's connections, and locks that nobody opens.
        context = multiprocessing.get_context("spawn")
        self.at_once = count
        with roomy():
            self._folder = Path(tempfile.mkdtemp(prefix="kezek-results-"))
        self._executor = ProcessPoolExecutor(
            count, mp_context=context, initializer=_serve, initargs=(self._folder,)
        )

    def submit(self, do: Callable[[W], R], what: W) -> Future[Any]:
        with _told():
            return self._executor.submit(_done, do, what, self._folder)

    def result(self, future: Future[Any]) -> Any:
        with _told():
            parcel = future.result()
        return unpacked(parcel)

    def close(self, *, failed: bool) -> None:
        self._executor.shutdown(wait=not failed, cancel_futures=True)
        for _ in range(self.at_once + 1):  # whoever is still at work may lay one more file there
            shutil.rmtree(self._folder, ignore_errors=True)


def _done(do: Callable[[W], R], what: W, folder: Path) -> Parcel:
    return packed(do(what), folder)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BrokenProcessPool, CancelledError):
        raise KezekError(
            "A process that worked for the run was ended from outside, perhaps for want of memory; "
            "nothing was changed. Try again with fewer of them: KEZEK_PROCESSES=1."
        ) from None


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _serve(folder: Path) -> None:
    """In a worker: let the run's own process answer Ctrl-C, and end with it however it ends, with
    what it was about to be handed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel, folder), daemon=True).start()


def _end_with(sentinel: int, folder: Path) -> None:
    connection.wait([sentinel])
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)

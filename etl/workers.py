"""Who reads and judges: this process, others on this machine, or a Dask cluster.

Whoever does it, results come back in the order in which the work was given, so what is loaded does
not depend on how many worked.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from types import TracebackType
from typing import Any, Generic, TypeVar

from etl.errors import KezekError

W = TypeVar("W")
R = TypeVar("R")

_WORTH_IT = 24 * 2**20  # bytes: less than that is read before other processes have started
_AHEAD = 2  # pieces of work that wait beside those that are being done
_DASK_SECONDS = 10


@dataclass(frozen=True)
class Work(Generic[W]):
    """A piece of work and how large it is, in bytes."""

    what: W
    size: int


class Workers:
    """Does pieces of work, several at a time where that is worth it.

    ``processes``: how many of this machine, all of its processors' if None. ``dask``: the address
    of a scheduler, which goes before. Nothing is started until enough work has come, or is said to
    come.
    """

    def __init__(self, *, processes: int | None = None, dask: str | None = None) -> None:
        self._processes = processes or _processors()
        self._dask = dask
        self._running = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(self._executor, ProcessPoolExecutor):
            self._executor.shutdown(wait=error is None, cancel_futures=True)
        self._running.close()
        self._executor = None

    def expect(self, size: int) -> None:
        """So many bytes are about to come: others are started for the first of them, if that is
        worth it."""
        if self._is_worth_it(size):
            self._started()

    def each(self, do: Callable[[W], R], work: Iterable[Work[W]]) -> Iterator[R]:
        """What ``do`` makes of each piece, in order; few pieces are in memory at a time.

        ``do`` and the pieces go to other processes, so they must be picklable. Raises KezekError
        where the workers cannot be reached or died, and whatever ``do`` raises.
        """
        waiting: deque[Future[R]] = deque()
        done = 0
        for piece in work:
            if self._executor is None and not self._is_worth_it(done + piece.size):
                done += piece.size
                yield do(piece.what)
                continue
            executor, at_once = self._started()
            with _told():
                waiting.append(executor.submit(do, piece.what))
            if len(waiting) >= at_once + _AHEAD:
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())

    def _is_worth_it(self, size: int) -> bool:
        return self._dask is not None or (self._processes > 1 and size > _WORTH_IT)

    def _started(self) -> tuple[Executor, int]:
        if self._executor is None:
            self._executor = self._of_cluster() if self._dask else _of_machine(self._processes)
        return self._executor, self._processes

    def _of_cluster(self) -> Executor:
        try:
            from distributed import Client  # noqa: PLC0415  # a library that few need
        except ImportError:
            raise KezekError(
                "KEZEK_DASK names a Dask scheduler, but Dask is not installed beside Kezek; "
                "install it with pip install 'kezek[dask]', or unset KEZEK_DASK."
            ) from None
        try:
            cluster: Any = Client(self._dask, timeout=_DASK_SECONDS)  # type: ignore[no-untyped-call]
            client = self._running.enter_context(cluster)
        except (OSError, ValueError) as error:
            raise KezekError(
                f"The Dask scheduler {self._dask} does not answer ({type(error).__name__}); "
                "start it, correct KEZEK_DASK, or unset it to work on this machine alone."
            ) from None
        threads = sum(client.nthreads().values())
        if not threads:
            raise KezekError(
                f"The Dask scheduler {self._dask} has no workers; start some, or unset KEZEK_DASK."
            )
        self._processes = threads
        executor: Executor = client.get_executor(pure=False)
        return executor


def _result(future: Future[R]) -> R:
    with _told():
        return future.result()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BrokenProcessPool, CancelledError):
        raise KezekError(
            "A process that read the sources was ended from outside, perhaps for want of memory; "
            "nothing was changed. Try again with fewer of them: KEZEK_PROCESSES=1."
        ) from None


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _of_machine(processes: int) -> ProcessPoolExecutor:
    # Not forked: a copy would hold the warehouse's connections, and locks that nobody opens.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_serve)


def _serve() -> None:
    """In a worker: let the run's own process answer Ctrl-C, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)

"""A Dask cluster that works for a run: reached, of the same program, and still there."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any, TypeVar

from etl.errors import KezekError
from etl.program import code_version

W = TypeVar("W")
R = TypeVar("R")

_CONNECTING = 10.0  # seconds
_LOOKING = 5.0  # from one look at the workers to the next, while a result is waited for
_GONE = 60.0  # without a worker: one that was started anew would be there again


class Cluster:
    """The workers of the scheduler at ``address``; ``at_once``: their threads.

    Raises KezekError where Dask is not installed, the scheduler does not answer, has no workers, or
    one of them has another Kezek or none: it would judge by other rules. One that joins later is
    not asked.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Any = _reached(address)
        try:
            self.at_once = self._require_the_same_program()
        except OSError as error:
            self._client.close()
            raise _silent(address, error) from None
        except BaseException:
            self._client.close()
            raise
        self._executor: Executor = self._client.get_executor(pure=False)

    def submit(self, do: Callable[[W], R], what: W) -> Future[R]:
        from distributed.client import ClosedClientError  # noqa: PLC0415  # it is there, or we not

        try:
            return self._executor.submit(do, what)
        except (OSError, RuntimeError, ClosedClientError):
            raise self._lost() from None

    def result(self, future: Future[R]) -> R:
        from distributed import KilledWorker  # noqa: PLC0415
        from distributed.comm.core import CommClosedError  # noqa: PLC0415

        alone_since: float | None = None
        while True:
            try:
                return future.result(timeout=_LOOKING)
            except TimeoutError:
                if future.done():  # since, or the work itself took too long for something
                    return future.result()
                now = time.monotonic()
                alone_since = None if self._has_workers() else alone_since or now
                if alone_since is not None and now - alone_since >= _GONE:
                    raise self._lost() from None
            except (CancelledError, KilledWorker, CommClosedError):
                raise self._lost() from None

    def close(self, *, failed: bool) -> None:  # noqa: ARG002  # what is handed out goes with us
        self._client.close()

    def _has_workers(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except Exception:  # whatever a client says whose scheduler is gone
            return False

    def _require_the_same_program(self) -> int:
        """Returns how many pieces of work the workers do at a time."""
        threads: dict[str, int] = self._client.nthreads()
        if not threads:
            raise KezekError(
                f"The Dask scheduler {self._address} has no workers; "
                "start some, or unset KEZEK_DASK."
            )
        ours = code_version()
        told: dict[str, Any] = self._client.run(code_version, on_error="return")
        for worker, theirs in sorted(told.items()):
            if isinstance(theirs, OSError):
                raise KezekError(
                    f"The Dask worker {worker} does not answer ({type(theirs).__name__}); "
                    "look whether it runs, or unset KEZEK_DASK."
                )
            if theirs != ours:
                version = theirs if isinstance(theirs, str) else "none that can be used"
                raise KezekError(
                    f"The Dask worker {worker} has another Kezek ({version}) than this machine "
                    f"({ours}); install the same on every one, or unset KEZEK_DASK."
                )
        return sum(threads.values())

    def _lost(self) -> KezekError:
        return KezekError(
            f"The Dask cluster {self._address} lost the workers of the run, perhaps for "
            "want of memory; nothing was changed. Start them anew, or unset KEZEK_DASK."
        )


def _reached(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415  # a library that few need
    except ImportError:
        raise KezekError(
            "KEZEK_DASK names a Dask scheduler, but Dask is not installed beside Kezek; "
            "install it with pip install 'kezek[dask]', or unset KEZEK_DASK."
        ) from None
    try:
        return Client(address, timeout=_CONNECTING)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise _silent(address, error) from None


def _silent(address: str, error: Exception) -> KezekError:
    return KezekError(
        f"The Dask scheduler {address} does not answer ({type(error).__name__}); "
        "start it, correct KEZEK_DASK, or unset it to work on this machine alone."
    )

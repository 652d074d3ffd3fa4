"""Another attempt at what failed by a fault that passes: a server that starts, a deadlock.

A library (tenacity) would bring the loop, which is ten lines here, and not the table of faults.
"""

from __future__ import annotations

import math
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar

from sqlalchemy.exc import DBAPIError

from etl.errors import KezekError, TransientError

T = TypeVar("T")
Doing = Literal["connecting", "reading", "writing"]

_NO_CONNECTION = ("08000", "08001", "08003", "08006", "53300", "57P03")
_UNDONE = ("40001", "40P01")  # not serializable, or in the way of a replica; deadlock
_SHUT_DOWN = ("57P01", "57P02")

# By SQLSTATE. What was written is gone with a connection that broke, and what was staged with it:
# then only somebody who has just read may ask again.
_PASSES: Mapping[Doing, tuple[str, ...]] = {
    "connecting": _NO_CONNECTION,
    "reading": (*_NO_CONNECTION, *_UNDONE, *_SHUT_DOWN),
    "writing": _UNDONE,
}

# libpq gives no SQLSTATE for a connection that it did not get. Its own words are English always;
# a server's are in the language of the server.
_NOT_CONNECTED = (
    "connection refused",
    "connection reset",
    "is the server running",
    "server closed the connection unexpectedly",
    "the database system is",  # starting up, shutting down, in recovery mode
    "too many clients",
    "too many connections",
    "connection slots are reserved",
    "система баз данных",
    "слишком много клиентов",
    "слишком много подключений",
)


def kind_of(error: Exception, doing: Doing) -> type[KezekError]:
    """TransientError for a database's fault that may have gone a moment later, else KezekError."""
    return TransientError if _passes(error, doing) else KezekError


def is_busy(error: sqlite3.Error) -> bool:
    """Whether a SQLite file could not be had because somebody else had it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _passes(error: Exception, doing: Doing) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    if (state := getattr(error.orig, "sqlstate", None)) is not None:
        return state in _PASSES[doing]
    if doing == "writing":
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        return is_busy(error.orig)
    said = str(error.orig).lower()
    return error.connection_invalidated or any(words in said for words in _NOT_CONNECTED)


def _to_nobody(said: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often, and for how long, a fault that passes is met with another attempt.

    Pauses double from ``first`` to at most ``longest`` seconds, each shortened by up to a half at
    random, so that several who were turned away do not come back together; none begins that would
    end more than ``total`` seconds after the first attempt. ``tell`` is given a line before each.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 4.0
    total: float = 15.0
    tell: Callable[[str], None] = _to_nobody
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def call(self, action: Callable[[], T]) -> T:
        """What ``action`` returns. Raises its last TransientError, and at once any other error."""
        end = self.clock() + self.total
        for pause in self._pauses():
            try:
                return action()
            except TransientError as error:
                if self.clock() + pause > end:
                    raise
                self.tell(f"{error} Trying again in {pause:.1f} s.")
            self.sleep(pause)
        return action()

    def stream(self, make: Callable[[], Iterator[T]]) -> Iterator[T]:
        """What ``make()`` gives. Raises as `call` does.

        Where an attempt fails by a fault that passes, the next one gives everything anew: what the
        one before has given is then worth nothing.
        """
        end = self.clock() + self.total
        for pause in (*self._pauses(), math.inf):
            try:
                yield from make()
            except TransientError as error:
                if self.clock() + pause > end:
                    raise
                self.tell(f"{error} Trying again in {pause:.1f} s.")
            else:
                return
            self.sleep(pause)

    @contextmanager
    def enter(self, context: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
        """``context()``, tried again where entering it fails; the block itself runs once."""
        with ExitStack() as stack:
            yield self.call(lambda: stack.enter_context(context()))

    def _pauses(self) -> Iterator[float]:
        pause = self.first
        for _ in range(self.attempts - 1):
            yield pause * (1 - self.chance() / 2)
            pause = min(2 * pause, self.longest)

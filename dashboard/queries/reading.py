"""What one reading asks for: each thing once, on one connection."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine


@dataclass(frozen=True)
class _Reading:
    """What one reading has asked for, and what it closes when it ends."""

    values: dict[Hashable, Any]
    ending: contextlib.ExitStack


_present: ContextVar[_Reading | None] = ContextVar("kezek_reading", default=None)
T = TypeVar("T")


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """While it lasts, whatever goes through ``once`` is asked for only the first time.

    For what draws and writes nothing: what is written meanwhile is seen by the next one. One within
    another is part of it.
    """
    if _present.get() is not None:
        yield
        return
    with contextlib.ExitStack() as ending:
        token = _present.set(_Reading({}, ending))
        ending.callback(_present.reset, token)
        yield


@contextlib.contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection to read by, on which every statement sees what is committed by then: one for
    all of the present ``reading``, which over a network saves two calls a statement."""
    present = _present.get()
    if present is None:
        with engine.connect() as own:
            yield own
        return

    def connect() -> Connection:
        made = present.ending.enter_context(engine.connect())
        return made.execution_options(isolation_level="AUTOCOMMIT")

    shared = once(("connection", engine), connect)
    try:
        yield shared
    except BaseException:
        shared.rollback()  # whoever reads on is not to fail for it
        raise


def is_reading() -> bool:
    """Whether a reading lasts."""
    return _present.get() is not None


def once(key: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` gives, made once in the present ``reading``; outside of one, every time."""
    present = _present.get()
    if present is None:
        return make()
    if key not in present.values:
        present.values[key] = make()
    value: T = present.values[key]
    return value

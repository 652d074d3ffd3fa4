"""What was read is kept until the warehouse changes, and asked for once while a page is drawn."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select

from etl.warehouse import version as version_table

_MOST = 400  # values of one version; the one that nobody has asked for longest goes first
_FEW = 16  # of those that each may take megabytes


@dataclass
class _Shelf:
    """Everything that is kept of one warehouse, all of it read at ``version`` or later."""

    version: int
    values: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    large: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    making: dict[Hashable, Any] = field(default_factory=dict)  # a lock for each value on its way


@dataclass(frozen=True)
class _Reading:
    """What one reading has asked for, and what it closes when it ends."""

    values: dict[Hashable, Any]
    ending: contextlib.ExitStack


_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()
_lock = Lock()
_present: ContextVar[_Reading | None] = ContextVar("kezek_reading", default=None)
T = TypeVar("T")


def data_version(engine: Engine) -> int:
    """The number that rises with every change that a screen could show; 0 before the first."""
    with connected(engine) as connection:
        return connection.execute(select(func.max(version_table.c.version))).scalar() or 0


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


def once(key: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` gives, made once in the present ``reading``; outside of one, every time."""
    present = _present.get()
    if present is None:
        return make()
    if key not in present.values:
        present.values[key] = make()
    value: T = present.values[key]
    return value


def held(engine: Engine, key: Hashable, make: Callable[[], T], *, large: bool = False) -> T:
    """What ``make`` gives, kept until the warehouse changes. ``key`` names it within the engine.

    ``large``: one of which few are kept. The version is asked before ``make`` reads: a change
    between the two costs one reading too many, never an old value under a new number.
    """
    version = once(("version", engine), lambda: data_version(engine))
    return once(("held", engine, key), lambda: _kept(engine, version, key, make, large=large))


def _kept(engine: Engine, version: int, key: Hashable, make: Callable[[], T], *, large: bool) -> T:
    with _lock:
        shelf = _shelves.get(engine)
        if shelf is None or shelf.version != version:
            shelf = _shelves[engine] = _Shelf(version)
        values, most = (shelf.large, _FEW) if large else (shelf.values, _MOST)
        if key in values:
            values.move_to_end(key)
            found: T = values[key]
            return found
        mine = shelf.making.setdefault(key, RLock())
    with mine:  # whoever asks meanwhile waits for it, rather than read the same again
        with _lock:
            if key in values:
                known: T = values[key]
                return known
        try:
            made = make()
        finally:
            with _lock:
                shelf.making.pop(key, None)
        with _lock:
            values[key] = made
            while len(values) > most:
                values.popitem(last=False)
    return made

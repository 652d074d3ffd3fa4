"""What was read is kept until the warehouse changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from dashboard.queries.marks import data_version
from dashboard.queries.reading import once

_MOST = 400  # values of one version; the one that nobody has asked for longest goes first
_FEW = 16  # of those that each may take megabytes


@dataclass
class _Shelf:
    """Everything that is kept of one warehouse, all of it read at ``version`` or later."""

    version: int
    values: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    large: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    making: dict[Hashable, Any] = field(default_factory=dict)  # a lock for each value on its way


_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()
_lock = Lock()
T = TypeVar("T")


def held(engine: Engine, key: Hashable, make: Callable[[], T], *, large: bool = False) -> T:
    """What ``make`` gives, kept until the warehouse changes. ``key`` names it within the engine.

    ``large``: one of which few are kept. The version is asked before ``make`` reads: a change
    between the two costs one reading too many, never an old value under a new number.
    """
    version = data_version(engine)
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

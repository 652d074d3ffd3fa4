"""What was read is kept until the warehouse changes: what forms of the survey say nothing of, until
the next load, since staff enter forms all day long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Any, Literal, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from dashboard.queries.marks import data_version, loaded_version
from dashboard.queries.reading import once

Size = Literal["small", "part", "large"]
_MOST: dict[Size, int] = {"small": 400, "part": 96, "large": 16}
"""Values of each size that are kept; the one that nobody has asked for longest goes first."""

Until = Literal["change", "load"]
_VERSIONS: dict[Until, Callable[[Engine], int]] = {"change": data_version, "load": loaded_version}


@dataclass
class _Shelf:
    """What is kept of one warehouse until a change, or a load: read at ``version`` or later."""

    version: int
    values: dict[Size, OrderedDict[Hashable, Any]] = field(
        default_factory=lambda: {size: OrderedDict() for size in _MOST}
    )
    making: dict[Hashable, Any] = field(default_factory=dict)  # a lock for each value on its way


_shelves: WeakKeyDictionary[Engine, dict[Until, _Shelf]] = WeakKeyDictionary()
_lock = Lock()
T = TypeVar("T")


def held(
    engine: Engine,
    key: Hashable,
    make: Callable[[], T],
    *,
    until: Until = "change",
    size: Size = "small",
) -> T:
    """What ``make`` gives, kept until the warehouse changes. ``key`` names it within the engine.

    ``until``: "load" for what no form that is entered can change: cases, events and the register;
    and for what changes between loads, too, if its mark (``marks``) is in the key. ``size``: "part"
    for what a filter lets through of a mart, some hundred kB; "large" for what may take many MB.
    The version is asked before ``make`` reads: a change between the two costs one reading too many,
    never an old value under a new number.
    """
    version = _VERSIONS[until](engine)

    def find() -> T:
        shelf = _shelf(engine, until, version)
        return _kept(shelf, size, key, make)

    return once(("held", engine, key), find)


def _shelf(engine: Engine, until: Until, version: int) -> _Shelf:
    """That of a version, empty where the one that stood was of another."""
    with _lock:
        shelves = _shelves.setdefault(engine, {})
        found = shelves.get(until)
        if found is None or found.version != version:
            found = shelves[until] = _Shelf(version)
        return found


def _kept(shelf: _Shelf, size: Size, key: Hashable, make: Callable[[], T]) -> T:
    with _lock:
        values = shelf.values[size]
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
            while len(values) > _MOST[size]:
                values.popitem(last=False)
    return made

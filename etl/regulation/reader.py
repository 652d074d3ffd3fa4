"""Reading a parsed TOML table key by key, gathering what is wrong instead of stopping at it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeVar

from etl.regulation.model import LANGUAGES, Lang, Text

T = TypeVar("T")

# What a code must not hold: it stands in addresses, in lists parted by commas, and on one line.
_FORBIDDEN_IN_CODE = re.compile(r"[,\x00-\x1f\x7f]|^\s|\s$|^$")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

UNKNOWN_DAY = date.min  # stands for a day that could not be read; its fault is already noted


@dataclass
class Faults:
    """What is wrong with a file, in the order found: pairs of key and reason."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, key: str, reason: str) -> None:
        self.found.append((key, reason))


def path(*keys: str) -> str:
    """The keys as TOML writes them: ``steps."T02 Check".next``."""
    return ".".join(k if _BARE_KEY.fullmatch(k) else f'"{k}"' for k in keys)


def suggestion(wrong: str, known: Collection[str]) -> str:
    """A closing "did you mean" for a code or key that is nearly a known one, or nothing."""
    close = get_close_matches(wrong, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


class Node:
    """One table of the file.

    Every read notes a fault for a missing or ill-typed value and gives a harmless one in its place,
    so that one reading finds every fault. ``close`` notes the keys that nobody asked for.
    """

    def __init__(self, table: dict[str, Any], keys: tuple[str, ...], faults: Faults) -> None:
        self._table = table
        self._keys = keys
        self._faults = faults
        self._asked: set[str] = set()
        self._children: list[Node] = []

    def fault(self, key: str, reason: str) -> None:
        self._faults.add(path(*self._keys, key), reason)

    def has(self, key: str) -> bool:
        return key in self._table

    def string(self, key: str) -> str:
        value = self._read(key, str, "text", "", True)
        if self._table.get(key) == value and not value.strip():
            self.fault(key, "is empty")
        return value

    def optional_string(self, key: str) -> str | None:
        return self.string(key) if self._optional(key) else None

    def integer(self, key: str, *, fallback: int) -> int:
        """``fallback`` only replaces what is wrong: the key is required."""
        return self._read(key, int, "a whole number", fallback, True)

    def number(self, key: str) -> float:
        """A required number, whole or not."""
        if type(self._table.get(key)) is int:
            return float(self._read(key, int, "a number", 0, True))
        return self._read(key, float, "a number", 0.0, True)

    def boolean(self, key: str, default: bool | None = None) -> bool:
        return self._read(key, bool, "true or false", bool(default), default is None)

    def day(self, key: str) -> date:
        return self._read(key, date, "a date like 2013-06-19", UNKNOWN_DAY, True)

    def optional_day(self, key: str) -> date | None:
        return self.day(key) if self._optional(key) else None

    def strings(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of different texts; empty only where it is not required."""
        values = self._list(key, str, "texts", required)
        for value in sorted({v for v in values if values.count(v) > 1}):
            self.fault(key, f"names {value} twice")
        if required and self._table.get(key) == []:
            self.fault(key, "is empty")
        return values

    def days(self, key: str) -> frozenset[date]:
        return frozenset(self._list(key, date, "dates", False))

    def choice(self, key: str, values: tuple[T, ...], default: T | None = None) -> T:
        """One of ``values``; the first stands in for a wrong one."""
        fallback = values[0] if default is None else default
        value = self._read(key, type(fallback), _either(values), fallback, default is None)
        if value not in values:
            self.fault(key, f"must be {_either(values)}, not {value!r}")
            return fallback
        return value

    def text(self, key: str) -> Text:
        """A text in every language of the house."""
        found = self._read(key, dict, f"a table of {', '.join(LANGUAGES)}", None, True)
        if found is None:
            return Text("", "", "")
        node = self._child(found, key)
        return Text(**{lang: node.translation(lang) for lang in LANGUAGES})

    def optional_text(self, key: str) -> Text | None:
        return self.text(key) if self._optional(key) else None

    def translation(self, lang: Lang) -> str:
        """What this table, a text, says in ``lang``."""
        if self.has(lang):
            return self.string(lang)
        self._asked.add(lang)
        self.fault(lang, "the translation is missing")
        return ""

    def texts(self, key: str) -> Iterator[tuple[str, Text]]:
        """The texts under ``key`` by their codes, in the file's order."""
        parent, codes = self._coded(key)
        for code in codes:
            yield code, parent.text(code)

    def table(self, key: str) -> Node:
        """The table under ``key``; where there is none an empty one, whose keys are missing."""
        return self._child(self._read(key, dict, "a table", {}, False), key)

    def tables(self, key: str) -> Iterator[tuple[str, Node]]:
        """The tables under ``key`` by their codes, in the file's order; at least one."""
        parent, codes = self._coded(key)
        for code in codes:
            yield code, parent.table(code)

    def items(self, key: str) -> Iterator[Node]:
        """The tables of the list under ``key``, in order; their key is their number from 1."""
        found = self._list(key, dict, "tables", True)
        for number, item in enumerate(found, start=1):
            yield self._child(item, key, str(number))

    def close(self) -> None:
        """Note every key, here and below, that is none of the format's."""
        for key in self._table:
            if key not in self._asked:
                self.fault(key, f"is unknown{suggestion(key, self._asked)}")
        for child in self._children:
            child.close()

    def _coded(self, key: str) -> tuple[Node, list[str]]:
        found = self._read(key, dict, "a table of tables", {}, True)
        if self._table.get(key) == {}:
            self.fault(key, "is empty")
        parent = self._child(found, key)
        for code in found:
            if _FORBIDDEN_IN_CODE.search(code):
                parent.fault(code, "a code holds no comma, no line break and no outer blank")
        return parent, list(found)

    def _optional(self, key: str) -> bool:
        self._asked.add(key)
        return self.has(key)

    def _child(self, table: dict[str, Any], *keys: str) -> Node:
        child = Node(table, (*self._keys, *keys), self._faults)
        self._children.append(child)
        return child

    def _read(self, key: str, kind: type[T], noun: str, fallback: T, required: bool) -> T:
        self._asked.add(key)
        if key not in self._table:
            if required:
                self.fault(key, "is missing")
            return fallback
        value = self._table[key]
        if type(value) is not kind:  # exactly: true is no number, a time of day no date
            self.fault(key, f"must be {noun}, not {_shown(value)}")
            return fallback
        return value

    def _list(self, key: str, kind: type[T], noun: str, required: bool) -> tuple[T, ...]:
        values: list[Any] = self._read(key, list, f"a list of {noun}", [], required)
        if any(type(v) is not kind for v in values):
            self.fault(key, f"must be a list of {noun} only")
        return tuple(v for v in values if type(v) is kind)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else repr(value)


def _either(values: tuple[object, ...]) -> str:
    return " or ".join(str(v) for v in values)

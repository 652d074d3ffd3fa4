"""The register of the queue: a SQLite database, older than every other system of the city."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np

from etl.sample.days import NEVER, Days, Ints, add, dated
from etl.sample.defects import CLEAN, Plan, Tally, accepted
from etl.sample.departures import STAYS, Entries, Queue, departures
from etl.sample.parameters import CATEGORIES, CATEGORY_MIX, REASONS
from etl.sample.people import iins, spoilt

SOURCE: Final = "register"
TABLE: Final = "register"
CATEGORY_NUMBERS: Final = {str(n): code for n, code in enumerate(CATEGORIES, start=1)}
REASON_NUMBERS: Final = {str(10 * n): code for n, code in enumerate(REASONS, start=1)}
COLUMNS: Final = ("entry_no", "queue_no", "category", "date_in", "date_out", "reason", "iin")
_KEY, _NUMBER, _CATEGORY, _IN, _OUT, _REASON, _IIN = range(len(COLUMNS))
_LETTERS: Final = "ВСБА"  # a list a category
_MOVED: Final = 0.03  # took over a number when moved between lists
_STOCK_CHUNK: Final = 50_000
_NEED_AN_END: Final = frozenset({"unknown_reason", "stop_before_start"})
_FIRST_DAY: Final = 60  # days after the first that counts: room for a mistaken date before it
_RISING: Final = 0.55  # below 1: more and more people register

Row = list[str | None]


class Register:
    """Writes entries and remembers who is in the queue."""

    def __init__(self, database: sqlite3.Connection, days: Days, tally: Tally) -> None:
        self.queue = Queue()
        self._database = database
        self._days = days
        self._tally = tally
        self._numbers: Counter[int] = Counter()
        self._keys = 0
        columns = ", ".join(f"{name} TEXT" for name in COLUMNS)
        database.execute(f"CREATE TABLE {TABLE} ({columns})")
        tally.open_source(SOURCE)

    def write_stock(self, rng: np.random.Generator, plan: Plan) -> None:
        """Those who were registered before the period, in the order of their registration."""
        n, begins = len(plan.codes), int(self._days.offices[0]) + _FIRST_DAY
        for first in range(0, n, _STOCK_CHUNK):
            size = min(_STOCK_CHUNK, n - first)
            place = (first + np.sort(rng.random(size)) * size) / n
            passed = place**_RISING * (self._days.first - 1 - begins)
            registered = add(self._days.offices, begins + passed.astype(np.int64), 0)
            category = rng.choice(len(CATEGORIES), size, p=CATEGORY_MIX)
            self._enter(rng, category, registered, plan.of(first, size))

    def write(self, rng: np.random.Generator, category: Ints, registered: Ints) -> list[str]:
        """Enter applications on the day they are registered (NEVER: not now); queue numbers."""
        numbers = np.full(len(category), "", dtype=object)
        now = registered < NEVER
        numbers[now] = self._enter(rng, category[now], registered[now], [CLEAN] * int(now.sum()))
        return [str(number) for number in numbers]

    def _enter(
        self, rng: np.random.Generator, category: Ints, registered: Ints, kinds: Sequence[str]
    ) -> list[str]:
        must = np.array([kind in _NEED_AN_END for kind in kinds], dtype=bool)
        entries = departures(rng, self._days, category, registered, must=must)
        self.queue.add(entries, accepted(kinds))
        rows = self._rows(rng, entries)
        how = rng.integers(0, 1 << 20, len(rows)).tolist()
        self._insert(
            row
            for clean, kind, vary in zip(rows, kinds, how, strict=True)
            for row in self._spoilt(clean, kind, vary)
        )
        return [row[_NUMBER] or "" for row in rows]

    def _rows(self, rng: np.random.Generator, entries: Entries) -> list[Row]:
        moved = (rng.random(len(entries)) < _MOVED).tolist()
        back = rng.integers(1, 400, len(entries)).tolist()
        numbers = [
            self._queue_number(category, far if is_moved else 0)
            for category, is_moved, far in zip(entries.category.tolist(), moved, back, strict=True)
        ]
        keys = range(self._keys + 1, self._keys + len(entries) + 1)
        self._keys += len(entries)
        columns = (
            [f"{key:07d}" for key in keys],
            numbers,
            [str(category + 1) for category in entries.category.tolist()],
            _iso(entries.registered),
            _iso(entries.removed),
            [None if r == STAYS else str(10 * r + 10) for r in entries.reason.tolist()],
            iins(rng, len(entries)),
        )
        return [list(row) for row in zip(*columns, strict=True)]

    def _queue_number(self, category: int, back: int) -> str:
        letter, last = _LETTERS[category], self._numbers[category]
        if 0 < back <= last:
            return f"{letter}-{last - back + 1:06d}/1"
        self._numbers[category] += 1
        return f"{letter}-{last + 1:06d}"

    def _spoilt(self, row: Row, kind: str, how: int) -> list[Row]:
        if kind == CLEAN:
            return [row]
        self._tally.planted(SOURCE, kind)
        if kind == "duplicate":
            return [row, row]
        day = row[_IN] or ""
        at, value = {
            "missing_key": (_KEY, None),
            "missing_value": (_IN, None),
            "bad_date": (_IN, f"{day[:5]}02-30"),
            "unknown_category": (_CATEGORY, "7"),
            "unknown_reason": (_REASON, "99"),
            "before_window": (_IN, "1899-12-30"),  # what an empty date becomes on its way
            "stop_before_start": (_OUT, _days_before(day, 1 + how % 50)),
            "in_future": (_IN, f"{self._year_ahead(day)}{day[4:]}"),
            "iin_check": (_IIN, spoilt(row[_IIN] or "", how)),
        }[kind]
        changed = row.copy()
        changed[at] = value
        return [changed]

    def _year_ahead(self, day: str) -> int:
        """A year of the same leap rhythm that has not come yet."""
        ahead = dated(self._days.as_of).year + 1 - int(day[:4])
        return int(day[:4]) + -(-ahead // 20) * 20

    def _insert(self, rows: Iterable[Row]) -> None:
        before = self._database.total_changes
        marks = ", ".join("?" * len(COLUMNS))
        self._database.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", rows)  # noqa: S608
        self._tally.wrote(SOURCE, self._database.total_changes - before)


def _days_before(day: str, count: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=count)).isoformat()


def _iso(days: Ints) -> list[str | None]:
    """ISO dates, null for NEVER."""
    known = np.where(days < NEVER, days, 0).astype("datetime64[D]").astype(str).tolist()
    return [text if day < NEVER else None for text, day in zip(known, days.tolist(), strict=True)]

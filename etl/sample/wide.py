"""Dirt in wide rows: one document a row, a column a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from etl.sample.days import DAY, NEVER
from etl.sample.people import spoilt

Cell = str | int  # an int is a real date of a spreadsheet, a count of days
Row = list[Cell]


@dataclass(frozen=True)
class Layout:
    """Where in a row each thing stands."""

    key: int
    iin: int
    category: int
    executor: int
    steps: slice
    received: int
    skippable: int  # a step that starts and stops no clock
    decided: int
    returned: int
    outcome: int


@dataclass(frozen=True)
class Strangers:
    """Words that no mapping knows."""

    category: str
    outcome: str
    service_point: str


@dataclass(frozen=True)
class Spoiler:
    """Spoils one row in one way. ``write`` gives a minute as this source's clerks type it."""

    layout: Layout
    strangers: Strangers
    officers: Sequence[str]
    write: Callable[[int], str]

    def spoil(self, row: Row, kind: str, how: int, minutes: Sequence[int]) -> list[Row]:
        """The rows that stand in for a clean one.

        ``how`` varies the dirt, ``minutes`` are the steps of the row (NEVER where blank).
        """
        if kind == "duplicate":
            return [self._first_entry(row, how), row]
        spoil: dict[str, Callable[[], tuple[int, Cell]]] = {
            "missing_key": lambda: (self.layout.key, ""),
            "missing_value": lambda: (self.layout.category, ""),
            "bad_date": lambda: self._no_such_day(minutes),
            "unknown_category": lambda: (self.layout.category, self.strangers.category),
            "unknown_outcome": lambda: (self.layout.outcome, self.strangers.outcome),
            "missing_outcome": lambda: (self.layout.outcome, ""),
            "before_window": lambda: self._last_century(minutes),
            "in_future": lambda: self._years_ahead(minutes),
            "stop_before_start": lambda: self._before_receipt(minutes, how),
            "iin_check": lambda: (self.layout.iin, spoilt(str(row[self.layout.iin]), how)),
            "step_order": lambda: (self.layout.skippable, ""),
            "event_after_result": lambda: self._after_result(minutes, how),
        }
        at, cell = spoil[kind]()
        changed = row.copy()
        changed[at] = cell
        return [changed]

    def _first_entry(self, row: Row, how: int) -> Row:
        """What was entered first: the same, or as it was before another officer took it over."""
        first = row.copy()
        if how % 2:
            others = [name for name in self.officers if name != row[self.layout.executor]]
            first[self.layout.executor] = others[how % len(others)]
        return first

    def _no_such_day(self, minutes: Sequence[int]) -> tuple[int, str]:
        return self.layout.received, f"31.02.{self._receipt(minutes)[6:]}"

    def _last_century(self, minutes: Sequence[int]) -> tuple[int, str]:
        text = self._receipt(minutes)
        return self.layout.received, f"{text[:6]}19{text[8:]}"

    def _receipt(self, minutes: Sequence[int]) -> str:
        return self.write(minutes[self.layout.received - self.layout.steps.start])

    def _years_ahead(self, minutes: Sequence[int]) -> tuple[int, str]:
        happened = [(minute, at) for at, minute in enumerate(minutes) if minute < NEVER]
        minute, last = max(happened)
        text = self.write(minute)
        return self.layout.steps.start + last, f"{text[:6]}{int(text[6:10]) + 20}{text[10:]}"

    def _before_receipt(self, minutes: Sequence[int], how: int) -> tuple[int, str]:
        received = minutes[self.layout.received - self.layout.steps.start]
        return self.layout.decided, self.write(received - (3 + how % 18) * DAY)

    def _after_result(self, minutes: Sequence[int], how: int) -> tuple[int, str]:
        decided = minutes[self.layout.decided - self.layout.steps.start]
        return self.layout.returned, self.write(decided + (1 + how % 9) * DAY)

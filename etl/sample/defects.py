"""Which records are planted dirty, one kind each, and the tally of what was in fact planted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from etl.sample.parameters import DIRTY_AT_MOST, RATES

CLEAN: Final = ""

# What a record of each sort of source may suffer from. Those of the first line need a decision.
NEED_A_RESULT: Final = frozenset(
    {"unknown_outcome", "missing_outcome", "stop_before_start", "step_order", "event_after_result"}
)
OF_WIDE_ROWS: Final = (
    "missing_key", "missing_value", "bad_date", "unknown_category", "unknown_outcome",
    "missing_outcome", "before_window", "in_future", "stop_before_start", "iin_check",
    "step_order", "event_after_result", "duplicate",
)  # fmt: skip
OF_TEXT_FILES: Final = ("ragged_row", "bad_encoding")
OF_CENTRES: Final = (*OF_WIDE_ROWS, "unknown_service_point", *OF_TEXT_FILES)
OF_PORTAL: Final = (
    "missing_key", "bad_date", "unknown_category", "unknown_step", "unknown_outcome",
    "before_window", "in_future", "unknown_case", "iin_check", "step_order",
    "event_after_result", "duplicate",
)  # fmt: skip
OF_REGISTER: Final = (
    "missing_key", "missing_value", "bad_date", "unknown_category", "unknown_reason",
    "before_window", "in_future", "stop_before_start", "iin_check", "duplicate",
)  # fmt: skip
OF_SURVEYS: Final = (
    "missing_key", "missing_value", "bad_date", "unknown_service_point", "before_window",
    "in_future", "bad_answer", "duplicate",
)  # fmt: skip

NOT_REJECTED: Final = frozenset({"iin_check", "step_order", "event_after_result", "duplicate"})


@dataclass(frozen=True)
class Plan:
    """``kinds[codes[k] - 1]`` is what ails the k-th record of a source; code 0 is a clean one."""

    kinds: tuple[str, ...]
    codes: NDArray[np.int8]

    def of(self, first: int, n: int) -> list[str]:
        """The kinds of ``n`` records from the ``first``; CLEAN for most."""
        names = (CLEAN, *self.kinds)
        return [names[code] for code in self.codes[first : first + n].tolist()]

    def needs_a_result(self, first: int, n: int) -> NDArray[np.bool_]:
        """Which of ``n`` records must be decided soon, so that their dirt can be planted."""
        wanted = [code for code, kind in enumerate(self.kinds, start=1) if kind in NEED_A_RESULT]
        return np.isin(self.codes[first : first + n], wanted)


def plan(rng: np.random.Generator, kinds: Sequence[str], n: int, *, settled: int) -> Plan:
    """Spread each kind over ``n`` records; at least one of each where the source is large enough.

    ``settled``: so many of the first records are old enough to have a result by now.
    """
    codes = np.zeros(n, dtype=np.int8)
    left = int(DIRTY_AT_MOST * n)
    for at in rng.permutation(len(kinds)).tolist():
        kind = kinds[at]
        among = settled if kind in NEED_A_RESULT else n
        free = np.flatnonzero(codes[:among] == 0)
        count = min(max(1, round(RATES[kind] * n)), left, len(free))
        codes[rng.choice(free, count, replace=False)] = at + 1
        left -= count
    return Plan(kinds=tuple(kinds), codes=codes)


@dataclass
class Tally:
    """What was written: records and planted defects, by source."""

    rows: Counter[str] = field(default_factory=Counter)
    defects: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def open_source(self, source: str) -> None:
        """A source that is written, even if nothing ever comes of it."""
        self.rows[source] += 0
        self.defects[source].update()

    def wrote(self, source: str, records: int) -> None:
        self.rows[source] += records

    def planted(self, source: str, kind: str, times: int = 1) -> None:
        self.defects[source][kind] += times

    def as_json(self) -> dict[str, dict[str, object]]:
        """``rows`` and ``defects`` of the truth, in the order of writing, kinds by name."""
        return {
            "rows": dict(self.rows),
            "defects": {s: dict(sorted(d.items())) for s, d in self.defects.items()},
        }


def accepted(kinds: Sequence[str]) -> NDArray[np.bool_]:
    """Which records a right contract lets in."""
    return np.array([not kind or kind in NOT_REJECTED for kind in kinds], dtype=bool)


def days_settled(as_of: int) -> int:
    """What was received before this day has its result by now, unless it is stuck."""
    return as_of - 150

"""What a city has set itself: targets of the measures, from a small TOML file.

No target is built in: a figure is held against one only where somebody decided it, and the file
says who, for readers to see.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard.charted import measure_of, why_not
from dashboard.filters import DIMENSIONS, Filter
from dashboard.measures.definitions import register, survey
from etl.errors import KezekError
from etl.regulation.model import Regulation, Text
from etl.regulation.reader import Faults, Node

DEFAULT_TARGETS = Path(__file__).resolve().parent.parent / "data" / "targets.toml"

_EARLIEST = date(1900, 1, 1)
_WITHOUT_CLOCK = frozenset(m.key for m in (*register.MEASURES, *survey.MEASURES))


@dataclass(frozen=True)
class Target:
    """``value``: in the measure's unit, a share 0..1. ``measure``: the name of a
    control chart (``dashboard.charted``). ``since``: the first of the month from which
    it holds, None: always. ``clock``: under which time limit, None: the headline's."""

    measure: str
    value: float
    since: date | None
    clock: str | None
    decided: Text  # by whom or by what, for readers

    def holds(self, regulation: Regulation, filter_: Filter) -> bool:
        """Whether a figure of this filter may be held against it.

        One of a time limit says nothing of another; a number of cases set for the whole says
        nothing of a part.
        """
        measure = measure_of(self.measure)
        if measure.key not in _WITHOUT_CLOCK and filter_.clock != (
            self.clock or regulation.headline_clock
        ):
            return False
        whole = not any(getattr(filter_, field) for field in DIMENSIONS.values())
        return whole or measure.unit != "count"


@dataclass(frozen=True)
class Targets:
    """The targets of the city whose regulation has the id ``regulation``."""

    regulation: str
    targets: tuple[Target, ...]

    def of(self, measure: str, regulation: Regulation, filter_: Filter) -> tuple[Target, ...]:
        """Those that hold of a measure, the earliest first; none under another regulation."""
        if regulation.id != self.regulation:
            return ()
        found = [t for t in self.targets if t.measure == measure and t.holds(regulation, filter_)]
        return tuple(sorted(found, key=lambda target: target.since or _EARLIEST))


NO_TARGETS = Targets("", ())


def by_month(targets: tuple[Target, ...], months: pd.DatetimeIndex) -> pd.Series:
    """The value that holds in each month (float64, NaN before the first)."""
    values = np.full(len(months), np.nan)
    for target in targets:
        first = np.datetime64(target.since or _EARLIEST, "s")
        values[months.to_numpy() >= first] = target.value
    return pd.Series(values, index=months)


def read(path: Path | None) -> Targets:
    """The targets in the file at ``path``, or in the one that comes with Kezek, where it is there.

    Raises KezekError where the file cannot be read, is no TOML or contradicts itself; then the
    message lists each fault on its own line as ``key: reason``.
    """
    if path is None and not DEFAULT_TARGETS.is_file():
        return NO_TARGETS
    path = path or DEFAULT_TARGETS
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise KezekError(
            f"The targets {path} cannot be read ({error.strerror}); name another file with "
            "KEZEK_TARGETS."
        ) from None
    except UnicodeDecodeError:
        raise KezekError(f"The targets {path} are not UTF-8; save the file as UTF-8.") from None
    return parse(text, name=str(path))


def parse(toml_text: str, *, name: str) -> Targets:
    """The targets that ``toml_text`` describes; ``name`` stands for it in messages.

    Raises KezekError as :func:`read` does.
    """
    try:
        document: dict[str, Any] = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as error:
        raise KezekError(f"The targets {name} are not TOML: {error}.") from None
    faults = Faults()
    root = Node(document, (), faults)
    regulation = root.string("regulation")
    seen: set[tuple[str, date | None, str | None]] = set()
    targets = []
    for node in root.items("targets"):
        target = _target(node)
        key = (target.measure, target.since, target.clock)
        if key in seen:
            node.fault("measure", f"{target.measure} has another target from the same month")
        seen.add(key)
        targets.append(target)
    root.close()
    if faults.found:
        lines = "".join(f"\n  {key}: {reason}" for key, reason in faults.found)
        raise KezekError(f"The targets {name} cannot be used; mend:{lines}")
    return Targets(regulation, tuple(targets))


def _target(node: Node) -> Target:
    key = node.string("measure")
    value = node.number("value")
    since = node.optional_day("from")
    _check(node, key, value)
    if since is not None and since.day != 1:
        node.fault("from", f"must be the first of a month, not {since}")
    return Target(key, value, since, node.optional_string("clock"), node.text("decided"))


def _check(node: Node, key: str, value: float) -> None:
    wrong = why_not(key) if key else None
    if wrong:
        node.fault("measure", wrong)
    elif key and measure_of(key).unit == "share" and not 0 <= value <= 1:
        node.fault("value", f"is a share, 0 to 1, not {value:g}; 95 % is 0.95")
    elif not isfinite(value):
        node.fault("value", "must be a number that ends")

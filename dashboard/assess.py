"""A measure's months judged: the usual range, the months outside it, what the last one says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from dashboard.i18n import N_
from dashboard.kpi import signals
from dashboard.kpi.signals import Good, Limits, Variation

Mark = Literal["better", "worse"]

VARIATION: Mapping[Variation, str] = {
    "common_cause": N_("usual variation"),
    "improving": N_("better than usual"),
    "worsening": N_("worse than usual"),
    "special_cause": N_("out of the usual"),
}


@dataclass(frozen=True)
class Assessment:
    """``values`` by month, NaN for none; ``limits`` and ``variation`` are None of too few months.

    ``marks``: position in ``values`` -> "better" or "worse", for months of special cause.
    """

    values: pd.Series
    limits: Limits | None
    marks: Mapping[int, Mark]
    variation: Variation | None


def assess(values: pd.Series, good: Good | None) -> Assessment:
    """Judge a series of months; months without a value are passed over.

    A last month without a value has no variation: nothing can be said of it.
    """
    known = values.dropna()
    limits = signals.limits(list(known))
    if limits is None:
        return Assessment(values, None, {}, None)
    positions = [i for i, missing in enumerate(values.isna()) if not missing]
    found = signals.signals(list(known), limits)
    marks: dict[int, Mark] = {
        positions[s.position]: "better" if s.direction == good else "worse" for s in found if good
    }
    last_is_known = positions[-1] == len(values) - 1
    variation = signals.variation(list(known), limits, good) if last_is_known else None
    return Assessment(values, limits, marks, variation)

"""A measure's months judged: the usual range, the months outside it, what the last one says, and
whether the target is within reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Protocol

import pandas as pd

from dashboard.i18n import N_
from dashboard.kpi import signals
from dashboard.kpi.signals import Assurance, Good, Limits, Phase, Variation

Mark = Literal["better", "worse"]

VARIATION: Mapping[Variation, str] = {
    "common_cause": N_("usual variation"),
    "improving": N_("better than usual"),
    "worsening": N_("worse than usual"),
    "special_cause": N_("out of the usual"),
}
ASSURANCE: Mapping[Assurance, str] = {
    "passes": N_("target reliably met"),
    "hit_or_miss": N_("target not reliably met"),
    "fails": N_("target not met"),
}
ASSURANCE_OF: Mapping[Assurance, str] = {
    "passes": N_("target of {target} reliably met"),
    "hit_or_miss": N_("target of {target} not reliably met"),
    "fails": N_("target of {target} not met"),
}


class Rebased(Protocol):
    """From which month on the limits are reckoned anew, and why."""

    @property
    def from_month(self) -> date: ...
    @property
    def why(self) -> str: ...


@dataclass(frozen=True)
class Assessment:
    """``values`` by month, NaN for none. ``phases``: what lies between rebasings, each with limits
    of its own points alone, None of too few. ``variation``, ``assurance``: None where nothing can
    be said.

    ``marks``: position in ``values`` -> "better" or "worse", for months of special cause.
    ``breaks``: position at which a later phase begins -> why. ``target``: by month (float64, NaN
    for none), None where there is none at all.
    """

    values: pd.Series
    phases: tuple[Phase, ...]
    marks: Mapping[int, Mark]
    variation: Variation | None
    breaks: Mapping[int, str] = field(default_factory=dict)
    target: pd.Series | None = None
    assurance: Assurance | None = None

    @property
    def limits(self) -> Limits | None:
        """The limits that hold now."""
        return self.phases[-1].limits if self.phases else None

    @property
    def target_now(self) -> float | None:
        """The target of the last month."""
        if self.target is None or self.target.empty or pd.isna(self.target.iloc[-1]):
            return None
        return float(self.target.iloc[-1])


def assess(
    values: pd.Series,
    good: Good | None,
    *,
    rebased: Sequence[Rebased] = (),
    target: pd.Series | None = None,
) -> Assessment:
    """Judge a series of months (index: datetime64); months without a value are passed over.

    A last month without a value has no variation: nothing can be said of it. ``rebased``: in any
    order; those of months outside the series draw no break.
    """
    breaks, points = _breaks(values, rebased), list(values)
    phases = tuple(signals.phases(points, breaks))
    found = [s for phase in phases for s in signals.signals_of(points, phase)]
    judged = Assessment(
        values=values,
        phases=phases,
        marks={
            at: "better" if signal.direction == good else "worse"
            for at, signal in signals.speaking(found).items()
            if good
        },
        variation=None,
        breaks=breaks,
        target=target,
    )
    limits, last, wanted = judged.limits, len(points) - 1, judged.target_now
    if limits is None:
        return judged
    if not pd.isna(points[last]):
        judged = replace(judged, variation=signals.variation(found, last, good))
    if good is not None and wanted is not None:
        judged = replace(judged, assurance=signals.assurance(limits, wanted, good))
    return judged


def _breaks(values: pd.Series, rebased: Sequence[Rebased]) -> dict[int, str]:
    """Where in the series the limits begin anew; of two at one place the later month speaks."""
    found = {
        int(values.index.searchsorted(pd.Timestamp(one.from_month))): one.why
        for one in sorted(rebased, key=lambda one: one.from_month)
    }
    return {at: why for at, why in found.items() if 0 < at < len(values)}

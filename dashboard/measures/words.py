"""What stands beside a measure's definition, in words that any surface shows."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.i18n import N_
from dashboard.measures.measure import Measure, Unit

UNITS: Mapping[Unit, str] = {
    "count": N_("number"),
    "share": N_("share, in per cent"),
    "ratio": N_("forms for each application"),
    "days": N_("in days"),
    "years": N_("in years"),
    "hours": N_("in hours"),
}
DEVIATIONS: Mapping[str, str] = {
    "skipped": N_("step skipped"),
    "repeated": N_("step repeated"),
    "out_of_order": N_("step out of order"),
    "unknown": N_("unknown step"),
}
_GOOD = {"up": N_("more is better"), "down": N_("less is better")}
_NEITHER = N_("neither more nor less is better")
STOCK = N_("state at the end of the as-of date")
FLOW = N_("what happened in the period")
MEANING = N_("What the figures mean")
BASE = N_("Base (n)")
CAVEATS = N_("To bear in mind")


def direction(measure: Measure) -> str:
    """Which direction is better: a message."""
    return _GOOD[measure.good] if measure.good else _NEITHER


def time(measure: Measure) -> str:
    """Whether it is a state at a day or a flow of a period: a message."""
    return STOCK if measure.stock else FLOW

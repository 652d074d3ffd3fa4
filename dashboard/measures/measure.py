"""What a measure is, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from dashboard.kpi.wilson import Share
from dashboard.measures.basis import Basis
from etl.regulation.model import Regulation

Unit = Literal["count", "share", "days", "years"]
Value = int | float | Share | dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure. ``name`` and ``definition`` are English messages, to be translated when shown.

    ``good``: the direction that is better, None where neither is. ``stock``: it is a state at a
    day, not a flow of a period. ``drifts``: it has no usual level, so a control chart draws no
    limits. ``figure``: the member of a composite value that a single line of a chart shows.
    ``rests_on``: whose item of the regulation it rests on.
    """

    key: str
    name: str
    definition: str
    unit: Unit
    of: Callable[[Basis], Value]
    good: Literal["up", "down"] | None = None
    stock: bool = False
    drifts: bool = False
    figure: str | None = None
    rests_on: Literal["clock", "survey"] | None = None

    def item(self, regulation: Regulation, clock: str) -> str | None:
        """The item of the regulation that this measure rests on, if any."""
        if self.rests_on == "clock":
            return regulation.clock(clock).item
        if self.rests_on == "survey" and regulation.survey:
            return regulation.survey.item
        return None

"""What a measure is, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from dashboard.kpi.wilson import Share
from dashboard.measures.basis import Basis
from etl.regulation.model import Regulation

Unit = Literal["count", "share", "ratio", "days", "years", "hours"]
Value = int | float | Share | dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure. ``name``, ``definition``, ``denominator`` and ``caveats`` are English messages,
    to be translated when shown.

    ``denominator``: what a share, a median or a percentile is taken over, None for what is taken
    over nothing. ``caveats``: what the figure does not say. ``formula``: the definition in the
    field names of the warehouse, A the as-of date, [F, T] the period, D the days from reception to
    finish. ``see``: the keys of measures to read beside it.
    ``good``: the direction that is better, None where neither is. ``stock``: it is a state at a
    day, not a flow of a period. ``drifts``: it has no usual level, so a control chart draws no
    limits. ``figure``: the member of a composite value that a single line of a chart shows.
    ``counted``: the members of each part of a composite value that are counts. ``many``: its value
    has a member for each source or step, and which those are nobody knows before. ``split``: a
    comparison may part it by what happened to the cases. ``rests_on``: whose item of the regulation
    it rests on.
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
    counted: tuple[str, ...] = ()
    many: bool = False
    split: bool = True
    denominator: str | None = None
    caveats: tuple[str, ...] = ()
    formula: str | None = None
    see: tuple[str, ...] = ()
    rests_on: Literal["clock", "survey"] | None = None

    def item(self, regulation: Regulation, clock: str) -> str | None:
        """The item of the regulation that this measure rests on, if any."""
        if self.rests_on == "clock":
            return regulation.clock(clock).item
        if self.rests_on == "survey" and regulation.survey:
            return regulation.survey.item
        return None

    @property
    def adds_up(self) -> bool:
        """Whether ``counts`` finds anything in its values."""
        plain_share = self.unit == "share" and self.figure is None
        return self.split and (self.unit == "count" or bool(self.counted) or plain_share)

    def counts(self, value: Value) -> dict[str, int]:
        """What of a value adds up over disjoint sets of rows, by name; nothing for a median.

        A count has ``total`` and, where it is split, its parts by code; a share ``part`` and ``n``;
        satisfaction ``<question>.<member>``.
        """
        if value is None:
            return {}
        if isinstance(value, Share):
            return {"part": value.part, "n": value.n}
        if self.counted and isinstance(value, dict):
            names = ((part, name) for part in value for name in self.counted)
            return {f"{part}.{name}": value[part][name] for part, name in names}
        if self.unit != "count":
            return {}
        return dict(value) if isinstance(value, dict) else {"total": int(value)}

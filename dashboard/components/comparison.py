"""Service points compared by their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dashboard.briefing import when
from dashboard.components.actions import alternative
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.figures import intervals
from dashboard.filters import escaped
from dashboard.i18n import Translator
from dashboard.sheet import Column, Sheet

KEY = "offices"
_ENOUGH = 10  # cases due, below which a part is not named for its share
TOGETHER = 2  # shares that must be told for one to be behind


class Office(NamedTuple):
    """A service point's share over ``n``, each None where it is not told; ``side``: of the whole's
    share."""

    code: str
    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    side: str


def panel(here: Context, *, name: str) -> Any:
    """Each office's share within the limit with its 95 % interval, against the whole's share."""
    t = here.t
    whole = here.compute("within_limit")["within_limit"]
    rows = offices(here, whole)
    if not rows:
        period = when(t, here.filter.period_from, here.filter.period_to)
        why = nothing_here(t("No application was due {when}.", when=period))
        return _panel(t("Service points compared"), period, why)
    numbers, told = _sheet(here, rows), [one for one in rows if one.value is not None]
    if not told:
        why = nothing_here(t("Too few applications were due to tell a share of them."))
        return of_sheet(here, numbers, why, meaning=meaning(here, "within_limit"))
    return of_sheet(
        here,
        numbers,
        graph(
            intervals.intervals(
                t, told, whole=whole, whole_name=t("all: {share}", share=t.percent(whole))
            ),
            name=name,
            alt=alternative(numbers, t("all: {share}", share=t.percent(whole))),
            lang=here.lang,
            height=intervals.height(len(told)),
            leads=True,
        ),
        chart=True,
        meaning=meaning(here, "within_limit"),
    )


def sheet(here: Context) -> Sheet:
    """A row an office in order of value, which leads to its overdue cases."""
    return _sheet(here, offices(here, here.compute("within_limit")["within_limit"]))


def _sheet(here: Context, rows: Sequence[Office]) -> Sheet:
    t = here.t
    ordered = sorted(rows, key=lambda one: (one.value is None, one.value or 0))
    return Sheet(
        key=KEY,
        title=_title(here, rows),
        subtitle=t(
            "Within the legal limit, due {when}, 95 % intervals; in order of value, no ranking",
            when=when(t, here.filter.period_from, here.filter.period_to),
        ),
        columns=[
            Column(t("Service point")),
            Column(t("within the limit"), "share", 1),
            Column(t("95 % interval"), "interval", 1),
            Column(t("due"), "number"),
        ],
        rows=[[one.name, one.value, (one.low, one.high), one.n] for one in ordered],
        links=[here.href("/overdue", service_point=escaped(one.code)) for one in ordered],
    )


def offices(here: Context, whole: float | None) -> list[Office]:
    """Those with anything due."""
    return [
        Office(
            code=row["service_point"],
            name=here.name("service_points", row["service_point"]),
            value=row["within_limit"],
            low=row["within_limit_low"],
            high=row["within_limit_high"],
            n=row["within_limit_n"],
            side=side(row["within_limit_low"], row["within_limit_high"], whole),
        )
        for row in here.compute_by("service_point", "within_limit")
        if row["within_limit_n"]
    ]


def side(low: float | None, high: float | None, whole: float | None) -> str:
    """Where an interval lies: wholly "below" or "above" the whole's value, else the "same"."""
    if low is None or high is None or whole is None:
        return "same"
    if high < whole:
        return "below"
    return "above" if low > whole else "same"


def _title(here: Context, rows: Sequence[Office]) -> str:
    if sum(one.value is not None for one in rows) < TOGETHER:
        return here.t("Service points compared")
    below = [one.name for one in rows if one.side == "below" and (one.n or 0) >= _ENOUGH]
    return finding(here, below)


def finding(here: Context, below: Sequence[str]) -> str:
    """Who is worse than the whole, by name, in words."""
    t = here.t
    if not below:
        return t("No service point is worse than the whole beyond chance")
    if len(below) == 1:
        return t("{name} is behind the whole, beyond chance", name=below[0])
    return t.plural(
        "{n} service point is behind the whole, beyond chance: {names}",
        "{n} service points are behind the whole, beyond chance: {names}",
        len(below),
        names=", ".join(below),
    )


def behind(parts: Sequence[tuple[str, Mapping[str, Any]]], whole: float | None) -> list[str] | None:
    """The names of the parts whose share within the limit is behind the whole's beyond chance.

    ``parts``: name and row of ``compute_by``. Of few cases none is named, for one more would turn
    it. None where fewer than two shares are told: a part that stands alone is the whole.
    """
    told = [(name, row) for name, row in parts if row["within_limit"] is not None]
    if len(told) < TOGETHER:
        return None
    return [
        name
        for name, row in told
        if row["within_limit_n"] >= _ENOUGH
        and side(row["within_limit_low"], row["within_limit_high"], whole) == "below"
    ]


def part_finding(t: Translator, part: str, below: Sequence[str] | None) -> str:
    """Which of the parts of one kind are behind, by name, in words; ``below``: as of ``behind``."""
    if below is None:
        return part
    if not below:
        return t("{part}: none is behind the whole, beyond chance", part=part)
    return t("{part}: behind the whole, beyond chance – {names}", part=part, names=", ".join(below))

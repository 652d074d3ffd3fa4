"""A measure's months held against what the city has set itself and recorded of its charts."""

from __future__ import annotations

import pandas as pd

from dashboard import targets
from dashboard.assess import Assessment, assess
from dashboard.charted import measure_of
from dashboard.context import Context
from dashboard.i18n import Translator
from dashboard.targets import Target


def judged(here: Context, chart: str, months: pd.Series) -> Assessment:
    """The months of a chart (``dashboard.charted``), by the reader's filter.

    ``months``: index month starts, or days of which the last is the as-of date.
    """
    held = _targets(here, chart)
    return assess(
        months,
        measure_of(chart).good,
        rebased=[one for one in here.rebases if one.measure == chart],
        target=targets.by_month(held, pd.DatetimeIndex(months.index)) if held else None,
    )


def target_said(t: Translator, chart: str, value: float) -> str:
    """A target as readers write it: "95 %", "92,5 %", "40"."""
    if measure_of(chart).unit != "share":
        return t.number(value)
    return t.percent_in_short(value)


def context_said(t: Translator, chart: str, line: Assessment) -> list[str]:
    """The target of the last month for the small print of a card; nothing where there is none."""
    value = line.target_now
    return [] if value is None else [t("target {target}", target=target_said(t, chart, value))]


def decided(here: Context, chart: str, line: Assessment) -> str:
    """By whom or by what the target of the last month was set, in the reader's language."""
    last = line.values.index[-1].date()
    held = [one for one in _targets(here, chart) if one.since is None or one.since <= last]
    return held[-1].decided[here.lang] if held else ""


def _targets(here: Context, chart: str) -> tuple[Target, ...]:
    return here.house.targets.of(chart, here.regulation, here.filter)

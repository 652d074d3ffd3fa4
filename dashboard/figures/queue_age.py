"""How long those in the queue have waited."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import theme
from dashboard.figures.base import Figure, figure
from dashboard.i18n import Translator
from dashboard.kpi.small_numbers import drawn


def queue_age(t: Translator, years: Mapping[int, int]) -> Figure:
    """A bar for each number of full years waited, from 0 to the longest."""
    bars = {
        "type": "bar",
        "x": list(years),
        "y": [drawn(n) for n in years.values()],
        "marker": {"color": theme.BLUE},
        "customdata": [f"{said(t, year)}: {t.number(n)}" for year, n in years.items()],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return figure(
        t,
        [bars],
        x={
            "title": {"text": t("full years in the queue")},
            "dtick": 1 if len(years) <= 15 else 5,
        },
        y={"tickformat": ",", "nticks": 5, "rangemode": "tozero", "title": {"text": t("people")}},
        showlegend=False,
        bargap=0.18,
    )


def said(t: Translator, years: int) -> str:
    """A number of full years in words."""
    if not years:
        return t("less than a year")
    return t.plural("{n} full year", "{n} full years", years)

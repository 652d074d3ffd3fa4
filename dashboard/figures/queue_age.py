"""How long those in the queue have waited."""

from __future__ import annotations

from collections.abc import Mapping

from plotly import graph_objects as go

from dashboard import theme
from dashboard.figures.base import figure
from dashboard.i18n import Translator


def queue_age(t: Translator, years: Mapping[int, int]) -> go.Figure:
    """A bar for each number of full years waited, from 0 to the longest."""
    drawn = figure(t, showlegend=False, bargap=0.18)
    drawn.add_bar(
        x=list(years),
        y=list(years.values()),
        marker={"color": theme.BLUE},
        customdata=[f"{said(t, year)}: {t.number(n)}" for year, n in years.items()],
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawn.update_xaxes(title_text=t("full years in the queue"), dtick=1 if len(years) <= 15 else 5)
    drawn.update_yaxes(tickformat=",", nticks=5, rangemode="tozero", title_text=t("people"))
    return drawn


def said(t: Translator, years: int) -> str:
    """A number of full years in words."""
    if not years:
        return t("less than a year")
    return t.plural("{n} full year", "{n} full years", years)

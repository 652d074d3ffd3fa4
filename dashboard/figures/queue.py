"""The queue for housing: how long it is, who joins, who leaves and why."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import pandas as pd
from plotly import graph_objects as go

from dashboard import theme
from dashboard.figures.base import figure, month_axis
from dashboard.i18n import Translator


def level(t: Translator, months: pd.Series) -> go.Figure:
    """The size of one queue at the end of each month; a stock, so no limits."""
    drawn = figure(t, showlegend=False)
    drawn.add_scatter(
        x=months.index,
        y=months,
        mode="lines",
        line={"color": theme.BLUE, "width": 2.2},
        fill="tozeroy",
        fillcolor=theme.BAND,
        customdata=[
            f"{t.month(m)}: {t.number(v)}" for m, v in zip(months.index, months, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawn.update_xaxes(**month_axis(t, list(months.index), small=True))
    drawn.update_yaxes(rangemode="tozero", tickformat=",", nticks=4)
    return drawn


def flow(
    t: Translator, joined: pd.Series, left: pd.DataFrame, *, reasons: Mapping[str, str]
) -> go.Figure:
    """Those who joined above the line, those who left below it, by reason.

    ``joined`` and ``left`` by month starts; the columns of ``left`` are codes of ``reasons``.
    """
    drawn = figure(t, barmode="relative", bargap=0.25)
    drawn.add_bar(
        x=joined.index,
        y=joined,
        name=t("joined"),
        marker={"color": theme.BLUE},
        customdata=_said(t, t("joined"), joined),
        hovertemplate="%{customdata}<extra></extra>",
    )
    for code, colour in zip(reasons, cycle(theme.LEAVING), strict=False):
        if code not in left or not left[code].any():
            continue
        drawn.add_bar(
            x=left.index,
            y=-left[code],
            name=reasons[code],
            marker={"color": colour},
            customdata=_said(t, reasons[code], left[code]),
            hovertemplate="%{customdata}<extra></extra>",
        )
    drawn.update_xaxes(**month_axis(t, list(joined.index)))
    drawn.update_yaxes(nticks=6, tickformat=",", zeroline=True, zerolinecolor=theme.GREY)
    return drawn


def _said(t: Translator, name: str, months: pd.Series) -> list[str]:
    return [
        f"{name}, {t.month(m)}: {t.number(v)}" for m, v in zip(months.index, months, strict=True)
    ]

"""A measure month by month within its usual range (XmR)."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from plotly import graph_objects as go

from dashboard import theme
from dashboard.figures.base import figure, month_axis, percent_axis
from dashboard.i18n import Translator
from dashboard.kpi.signals import Limits

_ROOM = 0.08
_COLOURS = {"better": theme.BLUE, "worse": theme.ORANGE}
_SYMBOLS = {"better": "triangle-up", "worse": "triangle-down"}


def control_chart(
    t: Translator, months: pd.Series, *, limits: Limits | None, marks: Mapping[int, str]
) -> go.Figure:
    """Shares 0..1 by month (index: month starts, NaN for none) with the usual range behind.

    ``marks``: position -> "better" or "worse"; such a month has a larger sign of its own.
    """
    drawn = figure(t, showlegend=False)
    if limits is not None:
        drawn.add_hrect(
            y0=max(limits.low, 0) * 100,
            y1=min(limits.high, 1) * 100,
            fillcolor=theme.BAND,
            line={"width": 0},
            layer="below",
        )
        drawn.add_hline(y=limits.mean * 100, line={"color": theme.GREY, "width": 1}, layer="below")
    signs = [marks.get(i) for i in range(len(months))]
    drawn.add_scatter(
        x=months.index,
        y=months * 100,
        mode="lines+markers",
        connectgaps=False,
        line={"color": theme.BLUE, "width": 2},
        marker={
            "color": [_COLOURS.get(s or "", theme.BLUE) for s in signs],
            "symbol": [_SYMBOLS.get(s or "", "circle") for s in signs],
            "size": [11 if s else 6 for s in signs],
            "opacity": 1,
        },
        customdata=[
            f"{t.month(m)}: {t.percent(v)}" for m, v in zip(months.index, months, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawn.update_xaxes(**month_axis(t, list(months.index)))
    drawn.update_yaxes(**percent_axis(t, nticks=5, range=_range(months, limits)))
    return drawn


def _range(months: pd.Series, limits: Limits | None) -> list[float]:
    """The axis around values and limits alike, within 0 to 100."""
    edges = [*months.dropna(), *((limits.low, limits.high) if limits else ())] or [0, 1]
    low, high = max(min(edges), 0) * 100, min(max(edges), 1) * 100
    room = max((high - low) * _ROOM, 0.5)
    return [max(low - room, 0), high + room]

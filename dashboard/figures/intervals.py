"""Places compared by their intervals, not ranked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from plotly import graph_objects as go

from dashboard import theme
from dashboard.figures.base import figure, mark_line, percent_axis
from dashboard.i18n import Translator

ROW_HEIGHT = 31
_COLOURS = {  # side of the whole -> dot, line
    "below": (theme.ORANGE, theme.PALE_ORANGE),
    "above": (theme.BLUE, theme.PALE_BLUE),
    "same": (theme.BLUE, theme.PALE_BLUE),
}


def intervals(
    t: Translator, rows: pd.DataFrame, *, whole: float | None, whole_name: str
) -> go.Figure:
    """One line a row from ``low`` to ``high`` with a dot at ``value``; the worst on top.

    ``rows``: name, value, low, high (shares 0..1), n, side ("below", "above", "same").
    """
    rows = rows.sort_values("value", ascending=False, kind="stable")
    drawn = figure(t, showlegend=False)
    for side, (_, line) in _COLOURS.items():
        _add_lines(drawn, rows[rows["side"] == side], line)
    drawn.add_scatter(
        x=rows["value"] * 100,
        y=rows["name"],
        mode="markers",
        marker={
            "color": [_COLOURS[side][0] for side in rows["side"]],
            "symbol": ["diamond" if side == "below" else "circle" for side in rows["side"]],
            "size": 11,
            "opacity": 1,
        },
        customdata=[_said(t, row) for row in rows.to_dict("records")],
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawn.update_xaxes(**percent_axis(t, showgrid=True, nticks=6, range=_range(rows)))
    drawn.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=list(rows["name"]),
        showgrid=False,
        tickfont={"color": theme.INK},
    )
    if whole is not None:
        mark_line(drawn, x=whole * 100, text=whole_name, at="above")
        drawn.update_layout(margin={"t": 26})
    return drawn


def _add_lines(drawn: go.Figure, rows: pd.DataFrame, colour: str) -> None:
    """One trace of all the intervals of a colour, with gaps between them."""
    if rows.empty:
        return
    ends = zip(rows["low"] * 100, rows["high"] * 100, strict=True)
    drawn.add_scatter(
        x=[x for low, high in ends for x in (low, high, None)],
        y=[y for name in rows["name"] for y in (name, name, None)],
        mode="lines",
        line={"color": colour, "width": 4},
        hoverinfo="skip",
    )


def _range(rows: pd.DataFrame) -> list[float]:
    low, high = rows["low"].min() * 100, rows["high"].max() * 100
    room = max((high - low) * 0.03, 0.5)
    return [low - room, high + room]


def _said(t: Translator, row: Mapping[Hashable, Any]) -> str:
    span = t.interval(row["low"], row["high"])
    return f"{row['name']}: {t.percent(row['value'])} ({span}), n = {t.number(row['n'])}"


def height(rows: int) -> int:
    """Pixels that so many rows need."""
    return 70 + ROW_HEIGHT * max(rows, 2)

"""Places compared by their intervals, not ranked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import theme
from dashboard.figures.base import Figure, Part, figure, mark_line, percent_axis
from dashboard.i18n import Translator

ROW_HEIGHT = 31
_COLOURS = {  # side of the whole -> dot, line
    "below": (theme.ORANGE, theme.PALE_ORANGE),
    "above": (theme.BLUE, theme.PALE_BLUE),
    "same": (theme.BLUE, theme.PALE_BLUE),
}


def intervals(t: Translator, rows: pd.DataFrame, *, whole: float | None, whole_name: str) -> Figure:
    """One line a row from ``low`` to ``high`` with a dot at ``value``; the worst on top.

    ``rows``: name, value, low, high (shares 0..1), n, side ("below", "above", "same").
    """
    rows = rows.sort_values("value", ascending=False, kind="stable")
    names = list(rows["name"])
    lines = [
        _lines(rows[rows["side"] == side], line)
        for side, (_, line) in _COLOURS.items()
        if side in set(rows["side"])
    ]
    drawn = figure(
        t,
        [*lines, _dots(t, rows)],
        x=percent_axis(t, showgrid=True, nticks=6, range=_range(rows)),
        y={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names,
            "showgrid": False,
            "tickfont": {"color": theme.INK},
        },
        showlegend=False,
    )
    if whole is not None:
        mark_line(drawn, x=whole * 100, text=whole_name, at="above")
        drawn["layout"]["margin"] = {"t": 26}
    return drawn


def _dots(t: Translator, rows: pd.DataFrame) -> Part:
    return {
        "type": "scatter",
        "x": list(rows["value"] * 100),
        "y": list(rows["name"]),
        "mode": "markers",
        "marker": {
            "color": [_COLOURS[side][0] for side in rows["side"]],
            "symbol": ["diamond" if side == "below" else "circle" for side in rows["side"]],
            "size": 11,
            "opacity": 1,
        },
        "customdata": [_said(t, row) for row in rows.itertuples()],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _lines(rows: pd.DataFrame, colour: str) -> Part:
    """One trace of all the intervals of a colour, with gaps between them."""
    ends = zip(rows["low"] * 100, rows["high"] * 100, strict=True)
    return {
        "type": "scatter",
        "x": [x for low, high in ends for x in (low, high, None)],
        "y": [y for name in rows["name"] for y in (name, name, None)],
        "mode": "lines",
        "line": {"color": colour, "width": 4},
        "hoverinfo": "skip",
    }


def _range(rows: pd.DataFrame) -> list[float]:
    low, high = rows["low"].min() * 100, rows["high"].max() * 100
    room = max((high - low) * 0.03, 0.5)
    return [low - room, high + room]


def _said(t: Translator, row: Any) -> str:
    span = t.interval(row.low, row.high)
    return f"{row.name}: {t.percent(row.value)} ({span}), n = {t.number(row.n)}"


def height(rows: int) -> int:
    """Pixels that so many rows need."""
    return 70 + ROW_HEIGHT * max(rows, 2)

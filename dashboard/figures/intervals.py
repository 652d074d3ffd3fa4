"""Places compared by their intervals, not ranked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard import theme
from dashboard.figures.base import Figure, Part, figure, mark_line, percent_axis
from dashboard.i18n import Translator

ROW_HEIGHT = 31
_COLOURS = {  # side of the whole -> dot, line
    "below": (theme.ORANGE, theme.PALE_ORANGE),
    "above": (theme.BLUE, theme.PALE_BLUE),
    "same": (theme.BLUE, theme.PALE_BLUE),
}


def intervals(
    t: Translator, rows: Iterable[Any], *, whole: float | None, whole_name: str
) -> Figure:
    """One line a row from ``low`` to ``high`` with a dot at ``value``; the worst on top.

    ``rows``: name, value, low, high (shares 0..1), n, side ("below", "above", "same").
    """
    ordered = sorted(rows, key=lambda row: row.value, reverse=True)
    sides = {side: [row for row in ordered if row.side == side] for side in _COLOURS}
    drawn = figure(
        t,
        [
            *(_lines(of_side, _COLOURS[side][1]) for side, of_side in sides.items() if of_side),
            _dots(t, ordered),
        ],
        x=percent_axis(t, showgrid=True, nticks=6, range=_range(ordered, whole)),
        y={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": [row.name for row in ordered],
            "showgrid": False,
            "tickfont": {"color": theme.INK},
        },
        showlegend=False,
    )
    if whole is not None:
        mark_line(drawn, x=whole * 100, text=whole_name, at="above")
        drawn["layout"]["margin"] = {"t": 26}
    return drawn


def _dots(t: Translator, rows: Sequence[Any]) -> Part:
    return {
        "type": "scatter",
        "x": [row.value * 100 for row in rows],
        "y": [row.name for row in rows],
        "mode": "markers",
        "marker": {
            "color": [_COLOURS[row.side][0] for row in rows],
            "symbol": ["diamond" if row.side == "below" else "circle" for row in rows],
            "size": 11,
            "opacity": 1,
        },
        "customdata": [_said(t, row) for row in rows],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _lines(rows: Sequence[Any], colour: str) -> Part:
    """One trace of all the intervals of a colour, with gaps between them."""
    return {
        "type": "scatter",
        "x": [x for row in rows for x in (row.low * 100, row.high * 100, None)],
        "y": [y for row in rows for y in (row.name, row.name, None)],
        "mode": "lines",
        "line": {"color": colour, "width": 4},
        "hoverinfo": "skip",
    }


def _range(rows: Sequence[Any], whole: float | None) -> list[float]:
    """What every interval, and the whole's value, has room in."""
    beside = [] if whole is None else [whole]
    low = min([*beside, *(row.low for row in rows)]) * 100
    high = max([*beside, *(row.high for row in rows)]) * 100
    room = max((high - low) * 0.03, 0.5)
    return [low - room, high + room]


def _said(t: Translator, row: Any) -> str:
    span = t.interval(row.low, row.high)
    return f"{row.name}: {t.percent(row.value)} ({span}), n = {t.number(row.n)}"


def height(rows: int) -> int:
    """Pixels that so many rows need."""
    return 70 + ROW_HEIGHT * max(rows, 2)

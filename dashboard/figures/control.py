"""A measure month by month within its usual range (XmR)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from dashboard import theme
from dashboard.assess import Assessment
from dashboard.figures.base import (
    Figure,
    Part,
    days,
    figure,
    month_axis,
    numbers,
    percent_axis,
    upright,
)
from dashboard.i18n import Translator
from dashboard.kpi.signals import Phase

_ROOM = 0.08
_NAMES_WIDTH = 64  # pixels beside the chart for the names of its lines
_CLOSE = 0.22  # of the axis: nearer, the names of two lines would meet
_COLOURS = {"better": theme.BLUE, "worse": theme.ORANGE}
_SYMBOLS = {"better": "triangle-up", "worse": "triangle-down"}
_HALF_A_MONTH = pd.Timedelta(days=15)


def control_chart(t: Translator, judged: Assessment) -> Figure:
    """Shares 0..1 by month (index: month starts, NaN for none) with the usual range behind.

    A month of special cause has a larger sign of its own. The target is a dashed line; where the
    limits begin anew stands a dotted one, whose reason shows on touch.
    """
    low, high = _range(judged)
    return figure(
        t,
        [*_target(t, judged), _months(t, judged), *_reasons(t, judged, high)],
        x=month_axis(t, list(judged.values.index), small=True),
        y=percent_axis(t, nticks=5, range=[low, high]),
        shapes=[*(s for phase in judged.phases for s in _limits(judged, phase)), *_breaks(judged)],
        annotations=_names(t, judged, high - low),
        margin={"r": _NAMES_WIDTH},
        showlegend=False,
    )


def _names(t: Translator, judged: Assessment, across: float) -> list[Part]:
    """What the level lines are, at their right ends; ``across``: the length of the axis. Of two
    that lie close the upper one's name stands above its line, the other's below."""
    levels = [(judged.target_now, t("target"))]
    levels += [(judged.limits.mean, t("mean"))] if judged.limits else []
    told = sorted((level * 100, name, level) for level, name in levels if level is not None)
    close = len(told) == 2 and told[1][0] - told[0][0] < _CLOSE * across
    anchors = ("top", "bottom") if close else ("middle", "middle")
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 4,
            "y": y,
            "yanchor": anchor,
            "align": "left",
            "text": f"{name}<br>{t.percent_in_short(level)}",
            "font": {"size": 12},
            "showarrow": False,
        }
        for (y, name, level), anchor in zip(told, anchors, strict=False)
    ]


def _months(t: Translator, judged: Assessment) -> Part:
    months, signs = judged.values, [judged.marks.get(i) for i in range(len(judged.values))]
    return {
        "type": "scatter",
        "x": days(months.index),
        "y": numbers(months * 100),
        "mode": "lines+markers",
        "connectgaps": False,
        "line": {"color": theme.BLUE, "width": 2},
        "marker": {
            "color": [_COLOURS.get(s or "", theme.BLUE) for s in signs],
            "symbol": [_SYMBOLS.get(s or "", "circle") for s in signs],
            "size": [11 if s else 6 for s in signs],
            "opacity": 1,
        },
        "customdata": [
            f"{t.month(m)}: {t.percent(v)}" for m, v in zip(months.index, months, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _limits(judged: Assessment, phase: Phase) -> list[Part]:
    """The band and the middle line of one phase; across the whole chart where it is the only one.

    Shapes rather than traces: they have nothing to tell on touch.
    """
    limits, index = phase.limits, judged.values.index
    if limits is None:
        return []
    whole = len(judged.phases) == 1
    across = (
        {"xref": "x domain", "x0": 0, "x1": 1}
        if whole
        else {"x0": _before(index, phase.start), "x1": _before(index, phase.stop)}
    )
    band = {
        "type": "rect",
        "y0": max(limits.low, 0) * 100,
        "y1": min(limits.high, 1) * 100,
        "fillcolor": theme.BAND,
        "line": {"width": 0},
    }
    middle = {
        "type": "line",
        "y0": limits.mean * 100,
        "y1": limits.mean * 100,
        "line": {"color": theme.GREY, "width": 1},
    }
    return [{**shape, **across, "layer": "below"} for shape in (band, middle)]


def _before(index: pd.Index[Any], at: int) -> str:
    """Half-way between the month at a position and the one before it, also at the ends."""
    if at == 0:
        middle = pd.Timestamp(index[0]) - _HALF_A_MONTH
    elif at == len(index):
        middle = pd.Timestamp(index[-1]) + _HALF_A_MONTH
    else:
        first, second = pd.Timestamp(index[at - 1]), pd.Timestamp(index[at])
        middle = first + (second - first) / 2
    return days([middle])[0]


def _target(t: Translator, judged: Assessment) -> list[Part]:
    if judged.target is None:
        return []
    line = {
        "type": "scatter",
        "x": days(judged.target.index),
        "y": numbers(judged.target * 100),
        "mode": "lines",
        "line": {"color": theme.GREY, "width": 1.6, "dash": "dash", "shape": "hv"},
        "customdata": [t("target {target}", target=t.percent_in_short(v)) for v in judged.target],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return [line]


def _breaks(judged: Assessment) -> list[Part]:
    """Before the month from which the limits begin anew."""
    line = {"color": theme.GREY, "width": 1.4, "dash": "dot"}
    return [upright(_before(judged.values.index, at), line) for at in judged.breaks]


def _reasons(t: Translator, judged: Assessment, top: float) -> list[Part]:
    """Why the limits begin anew, at the top of each break's line."""
    if not judged.breaks:
        return []
    signs = {
        "type": "scatter",
        "x": [_before(judged.values.index, at) for at in judged.breaks],
        "y": [top] * len(judged.breaks),
        "mode": "markers",
        "cliponaxis": False,
        "marker": {"color": theme.GREY, "symbol": "diamond", "size": 10},
        "customdata": [anew(t, judged, at) for at in judged.breaks],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return [signs]


def anew(t: Translator, judged: Assessment, at: int) -> str:
    """A break in words, for a label or a cell."""
    return t(
        "limits anew from {month}: {why}",
        month=t.month(judged.values.index[at]),
        why=judged.breaks[at],
    )


def _range(judged: Assessment) -> tuple[float, float]:
    """The axis around values, limits and target alike, within 0 to 100."""
    edges = list(_edges(judged)) or [0, 1]
    low, high = max(min(edges), 0) * 100, min(max(edges), 1) * 100
    room = max((high - low) * _ROOM, 0.5)
    return max(low - room, 0), high + room


def _edges(judged: Assessment) -> Iterator[float]:
    yield from judged.values.dropna()
    for phase in judged.phases:
        if phase.limits is not None:
            yield from (phase.limits.low, phase.limits.high)
    if judged.target is not None:
        yield from judged.target.dropna()

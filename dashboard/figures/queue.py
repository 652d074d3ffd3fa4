"""The queue for housing: how long it is, who joins, who leaves and why."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import pandas as pd

from dashboard import theme
from dashboard.figures.base import Figure, Part, days, figure, month_axis, numbers
from dashboard.i18n import Translator
from dashboard.kpi.small_numbers import of_drawn


def level(t: Translator, months: pd.Series) -> Figure:
    """The size of one queue at the end of each month; a stock, so no limits."""
    line = {
        "type": "scatter",
        "x": days(months.index),
        "y": numbers(months),
        "mode": "lines",
        "line": {"color": theme.BLUE, "width": 2.2},
        "fill": "tozeroy",
        "fillcolor": theme.BAND,
        "customdata": [
            f"{t.month(m)}: {t.number(of_drawn(v))}"
            for m, v in zip(months.index, months, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return figure(
        t,
        [line],
        x=month_axis(t, list(months.index), small=True),
        y={"rangemode": "tozero", "tickformat": ",", "nticks": 4},
        showlegend=False,
    )


def flow(
    t: Translator, joined: pd.Series, left: pd.DataFrame, *, reasons: Mapping[str, str]
) -> Figure:
    """Those who joined above the line, those who left below it, by reason.

    ``joined`` and ``left`` by month starts; the columns of ``left`` are codes of ``reasons``.
    """
    leaving = [
        _bars(t, reasons[code], left[code], colour, below=True)
        for code, colour in zip(reasons, cycle(theme.LEAVING), strict=False)
        if code in left and left[code].any()
    ]
    return figure(
        t,
        [_bars(t, t("joined"), joined, theme.BLUE), *leaving],
        x=month_axis(t, list(joined.index)),
        y={"nticks": 6, "tickformat": ",", "zeroline": True, "zerolinecolor": theme.GREY},
        barmode="relative",
        bargap=0.25,
    )


def _bars(t: Translator, name: str, months: pd.Series, colour: str, *, below: bool = False) -> Part:
    return {
        "type": "bar",
        "x": days(months.index),
        "y": numbers(-months if below else months),
        "name": name,
        "marker": {"color": colour},
        "customdata": _said(t, name, months),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _said(t: Translator, name: str, months: pd.Series) -> list[str]:
    return [
        f"{name}, {t.month(m)}: {t.number(of_drawn(v))}"
        for m, v in zip(months.index, months, strict=True)
    ]

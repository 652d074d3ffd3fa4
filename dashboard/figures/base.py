"""What every figure of the house has in common.

A figure is what plotly.js takes, as plain dictionaries: Plotly's own objects check each of their
properties whenever one is made, which takes longer than all that was counted for the chart. The
tests check every figure by them instead.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pandas as pd

from dashboard import theme
from dashboard.i18n import NARROW_SPACE, NO_BREAK_SPACE, Translator, is_missing

_FEW_MONTHS = 8  # so many are all named; more, every third or every sixth
_MANY_MONTHS = 60

Part = dict[str, Any]
"""A trace, a shape, an annotation or an axis, by Plotly's names."""

Figure = dict[str, Any]
"""``data``: the traces; ``layout``: with ``shapes`` and ``annotations``, where there are any."""


def figure(t: Translator, data: Sequence[Part], *, x: Part, y: Part, **layout: Any) -> Figure:
    """A figure in the house's template, with the reader's decimal and thousands signs."""
    separators = ".," if t.lang == "en" else f",{NARROW_SPACE}"
    return {
        "data": list(data),
        "layout": {
            "template": _template(),
            "separators": separators,
            "xaxis": x,
            "yaxis": y,
            **layout,
        },
    }


@functools.cache
def _template() -> Part:
    made: Part = theme.template().to_plotly_json()
    return made


def numbers(values: Iterable[Any]) -> list[Any]:
    """Values as JSON takes them: nothing in place of NaN, which it does not know."""
    return [None if is_missing(value) else value for value in values]


def days(values: Iterable[pd.Timestamp]) -> list[str]:
    """Days as JSON takes them and plotly.js reads them."""
    return [value.isoformat() for value in values]


def percent_axis(t: Translator, **more: Any) -> dict[str, Any]:
    """An axis of shares given as 0..100."""
    return {"ticksuffix": "%" if t.lang == "en" else f"{NO_BREAK_SPACE}%", **more}


def month_axis(
    t: Translator, months: Sequence[pd.Timestamp], *, small: bool = False
) -> dict[str, Any]:
    """An axis of month starts: few are all named, many by quarter or half-year, the year below.

    ``small``: the chart has no room for quarters.
    """
    every = 1 if len(months) <= _FEW_MONTHS else 12 if len(months) > _MANY_MONTHS else 3
    every = max(every, 6) if small else every
    shown = [month for month in months if (month.month - 1) % every == 0]
    years: set[int] = set()
    texts = []
    for month in shown:
        year = "" if month.year in years else str(month.year)
        years.add(month.year)
        texts.append(f"{t.month_short(month)}<br>{year}")
    # Never turned: on a phone the year of one label would stand among the months of the next.
    return {"tickvals": days(shown), "ticktext": texts, "ticks": "outside", "tickangle": 0}


def mark_line(
    drawn: Figure, *, x: float, text: str, at: Literal["top", "above", "foot"] = "top"
) -> None:
    """A dashed upright line with its name: a limit, or the whole's value.

    ``at``: the name stands beside the line's top or foot, or above the chart.
    """
    line = {"color": theme.INK, "width": 1.4, "dash": "dash"}
    beside = {"xanchor": "left", "xshift": 5}
    if _is_near_the_end(drawn, x):  # where the name would be cut off
        beside = {"xanchor": "right", "xshift": -5}
    places = {
        "top": {"y": 1, "yanchor": "top", **beside},
        "foot": {"y": 0, "yanchor": "bottom", **beside},
        "above": {"y": 1, "yanchor": "bottom", "xanchor": "center"},
    }
    drawn["layout"]["shapes"] = [upright(x, line)]
    drawn["layout"]["annotations"] = [
        {"x": x, "yref": "paper", "text": text, "showarrow": False, **places[at]}
    ]


def upright(x: Any, line: Part) -> Part:
    """A line from the foot of a chart to its top."""
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", "line": line}


def _is_near_the_end(drawn: Figure, x: float) -> bool:
    """Whether ``x`` lies in the last fifth of an axis whose range is set."""
    ends = drawn["layout"]["xaxis"].get("range")
    return ends is not None and x > ends[0] + 0.8 * (ends[1] - ends[0])

"""How long cases take: the histogram against the limit, and the chance of being finished."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard import theme
from dashboard.figures.base import Figure, Part, figure, mark_line, percent_axis
from dashboard.i18n import Translator

_AXIS_LIMITS = 3  # the axis reaches this many times the limit; what lies beyond is one bar
_AXIS_LEAST = 20


def histogram(t: Translator, days: pd.DataFrame, *, limit: int | None) -> Figure:
    """Decided cases by their days; those after ``limit`` stand out.

    ``days``: columns days, n. ``limit`` in calendar days, None where the law counts others. A long
    tail is gathered in the last bar, whose tick ends with "+".
    """
    bars, end = gathered(days, limit=limit)
    taken, counts = bars["days"].tolist(), bars["n"].tolist()
    late = [limit is not None and day > limit for day in taken]
    bar = {
        "type": "bar",
        "x": taken,
        "y": counts,
        "marker": {"color": [theme.ORANGE if is_late else theme.BLUE for is_late in late]},
        "customdata": [
            _said(t, day, n, gathered_here=_is_gathered(days, day, end))
            for day, n in zip(taken, counts, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    step = 10 if (end or _AXIS_LEAST) > _AXIS_LEAST else 5
    ticks = list(range(0, (end or 0) + 1, step))
    drawn = figure(
        t,
        [bar],
        x={
            "tickvals": ticks,
            "ticktext": [f"{k}+" if _is_gathered(days, k, end) else str(k) for k in ticks],
            "range": [-0.7, (end or _AXIS_LEAST) + 0.7],
            "title": {"text": t("days from reception to result")},
        },
        y={"tickformat": ",", "nticks": 5, "rangemode": "tozero", "title": {"text": t("cases")}},
        showlegend=False,
    )
    if limit is not None:
        mark_line(drawn, x=limit + 0.5, text=t("limit: {days}", days=t.days(limit)))
    return drawn


def gathered(days: pd.DataFrame, *, limit: int | None) -> tuple[pd.DataFrame, int | None]:
    """``days``, which rise, with everything from the end of the axis on in one row, and that
    end."""
    if days.empty:
        return days, None
    day, n = days["days"].to_numpy(), days["n"].to_numpy()
    longest = int(day[-1])
    end = longest if limit is None else min(longest, _AXIS_LIMITS * limit)
    end = max(end, limit or 0)
    within = int(np.searchsorted(day, end))
    if within < len(day):
        day, n = np.append(day[:within], end), np.append(n[:within], n[within:].sum())
    return pd.DataFrame({"days": day, "n": n}), end


def _is_gathered(days: pd.DataFrame, tick: int, end: int | None) -> bool:
    return tick == end and bool((days["days"] > tick).any())


def _said(t: Translator, day: int, n: int, *, gathered_here: bool) -> str:
    cases = t.plural("{n} case", "{n} cases", n)
    return f"{t.days(day)}{'+' if gathered_here else ''}: {cases}"


def drawn_days(curve: pd.DataFrame, *, limit: int | None) -> pd.DataFrame:
    """The days of ``kpi.survival.curve`` as far as the chart reaches, and the naive chance.

    Columns days, value, low, high, events, naive: of the finished cases alone, the share that took
    at most so many days.
    """
    naive = curve["events"].cumsum() / max(int(curve["events"].sum()), 1)
    found = curve.assign(naive=naive)
    return found if limit is None else found[found["days"] <= _AXIS_LIMITS * limit]


def finished_within(t: Translator, shown: pd.DataFrame, *, limit: int | None) -> Figure:
    """The chance of being finished by each day, those still open counted in, beside the naive one.

    ``shown``: as ``drawn_days`` gives it.
    """
    end = int(shown["days"].max()) if len(shown) else 0
    x = [0, *shown["days"]]
    step = {"shape": "hv"}
    band = {
        "type": "scatter",
        "x": [*x, *reversed(x)],
        "y": [0, *(shown["high"] * 100), *reversed([0, *(shown["low"] * 100)])],
        "fill": "toself",
        "fillcolor": theme.BAND,
        "line": {"width": 0, **step},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    lines = [
        _line(t, x, values, name, {"color": colour, "width": 2, "dash": dash, **step})
        for name, values, colour, dash in (
            (t("all cases, open ones too"), shown["value"], theme.BLUE, "solid"),
            (t("finished cases only"), shown["naive"], theme.GREY, "dot"),
        )
    ]
    drawn = figure(
        t,
        [band, *lines],
        x={"title": {"text": t("days since reception")}, "range": [0, max(end, 1)]},
        y=percent_axis(t, range=[0, 101], nticks=6),
        hovermode="x",
    )
    if limit is not None:
        mark_line(drawn, x=limit, text=t("limit: {days}", days=t.days(limit)), at="foot")
    return drawn


def _line(t: Translator, x: list[int], chances: pd.Series, name: str, line: Part) -> Part:
    return {
        "type": "scatter",
        "x": x,
        "y": [0, *(chances * 100)],
        "name": name,
        "mode": "lines",
        "line": line,
        "customdata": [t.percent(v) for v in (0, *chances)],
        "hovertemplate": "%{customdata}<extra>" + name + "</extra>",
    }

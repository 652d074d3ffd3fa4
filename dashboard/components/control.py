"""A control chart with what is said of it: the last month, the target, where limits begin anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from dash import html

from dashboard.assess import ASSURANCE_OF, Assessment
from dashboard.components.card import assurance, variation
from dashboard.components.graph import graph
from dashboard.components.panel import table
from dashboard.context import Context
from dashboard.figures.control import anew, control_chart
from dashboard.i18n import Translator
from dashboard.judged import decided, target_said
from dashboard.kpi.signals import Limits


def control(
    here: Context, chart: str, line: Assessment, *, name: str, alt: str, height: int
) -> list[Any]:
    """The chart of shares by month, and below it what it says; ``chart``: its key."""
    t = here.t
    reasons = [anew(t, line, at) for at in line.breaks]
    return [
        graph(
            control_chart(t, line),
            name=name,
            alt=". ".join([alt, *reasons]),
            lang=here.lang,
            height=height,
        ),
        html.P([t("The last month:"), " ", variation(t, line.variation)], className="kz-variation"),
        *_assured(here, chart, line),
        *(html.P(reason, className="kz-said") for reason in reasons),
    ]


def control_table(here: Context, line: Assessment, caption: str, value: str) -> html.Div:
    """The same by month: value, usual range, target where there is one, and why limits changed."""
    t = here.t
    head, targets = [t("month"), value, t("usual range")], line.target
    head += [t("target")] if targets is not None else []
    head += [t("note")] if line.breaks else []
    return table(caption, head, list(_rows(t, line)))


def _rows(t: Translator, line: Assessment) -> Iterator[list[str]]:
    limits = [p.limits for p in line.phases for _ in range(p.start, p.stop)]
    for at, (month, value) in enumerate(line.values.items()):
        row = [t.month(pd.Timestamp(str(month))), t.percent(value), limits_said(t, limits[at])]
        if line.target is not None:
            row.append(t.percent_in_short(line.target.iloc[at]))
        if line.breaks:
            row.append(anew(t, line, at) if at in line.breaks else "")
        yield row


def limits_said(t: Translator, limits: Limits | None) -> str:
    """The usual range of a share, within 0 to 1."""
    if limits is None:
        return t.percent(None)
    return t.interval(max(limits.low, 0.0), min(limits.high, 1.0), 1)


def _assured(here: Context, chart: str, line: Assessment) -> list[html.P]:
    """Whether the target is within reach, and who decided on it."""
    t, value = here.t, line.target_now
    if value is None or line.assurance is None:
        return []
    words = t(ASSURANCE_OF[line.assurance], target=target_said(t, chart, value))
    by = f" ({decided(here, chart, line)})"
    return [html.P([assurance(t, line.assurance, words), by], className="kz-said")]

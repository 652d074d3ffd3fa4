"""A control chart with what is said of it: the last month, the target, where limits begin anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from dashboard import html
from dashboard.assess import ASSURANCE_OF, VARIATION, Assessment
from dashboard.briefing import in_month
from dashboard.components.actions import alternative
from dashboard.components.card import assurance, variation
from dashboard.components.graph import graph
from dashboard.components.months import month_link, variation_words
from dashboard.context import Context
from dashboard.figures.control import anew, control_chart
from dashboard.i18n import Translator, is_missing
from dashboard.judged import decided, target_said
from dashboard.kpi.signals import Limits
from dashboard.sheet import Column, Sheet


def control(
    here: Context, chart: str, line: Assessment, sheet: Sheet, *, name: str, height: int
) -> list[Any]:
    """The chart of shares by month, and below it what it says; ``chart``: its key."""
    t = here.t
    reasons = [anew(t, line, at) for at in line.breaks]
    return [
        graph(
            control_chart(t, line),
            name=name,
            alt=alternative(sheet, variation_words(t, line.variation), *reasons),
            lang=here.lang,
            height=height,
            leads=True,
        ),
        html.P([t("The last month:"), " ", variation(t, line.variation)], className="kz-variation"),
        *_assured(here, chart, line),
        *(html.P(reason, className="kz-said") for reason in reasons),
    ]


def control_sheet(
    here: Context,
    line: Assessment,
    *,
    key: str,
    title: str,
    subtitle: str,
    value: Column,
    missing: str | None = None,
    leads: str,
) -> Sheet:
    """The same by month: value, usual range, target where there is one, and why limits changed.

    ``missing``: what stands for a month without a value. ``leads``: the page that a month leads to.
    """
    t = here.t
    columns = [Column(t("month"), "month"), value, Column(t("usual range"), "interval", 1)]
    columns += [Column(t("target"), "share", 1)] if line.target is not None else []
    columns += [Column(t("note"))] if line.breaks else []
    return Sheet(
        key=key,
        title=title,
        subtitle=subtitle,
        columns=columns,
        rows=list(_rows(t, line, missing)),
        links=[month_link(here, leads, month) for month in line.values.index],
    )


def _rows(t: Translator, line: Assessment, missing: str | None) -> Iterator[list[Any]]:
    limits = [p.limits for p in line.phases for _ in range(p.start, p.stop)]
    for at, (month, value) in enumerate(line.values.items()):
        row: list[Any] = [
            pd.Timestamp(str(month)),
            missing if is_missing(value) else value,
            _ends(limits[at]),
        ]
        if line.target is not None:
            row.append(line.target.iloc[at])
        if line.breaks:
            row.append(anew(t, line, at) if at in line.breaks else None)
        yield row


def _ends(limits: Limits | None) -> tuple[float, float] | None:
    """The usual range of a share, within 0 to 1."""
    return None if limits is None else (max(limits.low, 0.0), min(limits.high, 1.0))


def limits_said(t: Translator, limits: Limits | None) -> str:
    """The usual range of a share in words."""
    low, high = _ends(limits) or (None, None)
    return t.interval(low, high, 1)


def last_month(t: Translator, line: Assessment, digits: int) -> str:
    """The end of a title: "in November 2013: 92.7 %, usual variation"; "" where nothing can be
    said of the last month."""
    if line.variation is None:
        return ""
    return t(
        "{when}: {share}, {variation}",
        when=in_month(t, line.values.index[-1]),
        share=t.percent(line.values.iloc[-1], digits),
        variation=t(VARIATION[line.variation]),
    )


def _assured(here: Context, chart: str, line: Assessment) -> list[html.P]:
    """Whether the target is within reach, and who decided on it."""
    t, value = here.t, line.target_now
    if value is None or line.assurance is None:
        return []
    words = t(ASSURANCE_OF[line.assurance], target=target_said(t, chart, value))
    by = f" ({decided(here, chart, line)})"
    return [html.P([assurance(t, line.assurance, words), by], className="kz-said")]

"""How long the decided cases took, against the limit."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import measures
from dashboard.briefing import when
from dashboard.components.actions import alternative
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.figures.durations import gathered, histogram
from dashboard.sheet import Column, Sheet

KEY = "days"


def panel(here: Context, *, name: str, height: int = 270) -> Any:
    """The histogram under the share of decisions that came after the limit."""
    t, limit, days = here.t, calendar_limit(here), _decided(here)
    if days.empty:
        period = when(t, here.filter.period_from, here.filter.period_to)
        why = nothing_here(t("Nothing was decided in this period."))
        return _panel(t("Processing time"), period, why)
    numbers, drawn = _sheet(here, days), _drawn(here, days)
    if drawn.empty:
        why = nothing_here(t("Too few decisions to tell their days."))
        return _panel(numbers.title, numbers.subtitle, why)
    return of_sheet(
        here,
        numbers,
        graph(
            histogram(t, drawn, limit=limit),
            name=name,
            alt=alternative(numbers, _spread(here)),
            lang=here.lang,
            height=height,
        ),
        chart=True,
        meaning=meaning(here, "days_p50", "days_p90", "days_max"),
    )


def sheet(here: Context) -> Sheet:
    """Cases by their days; those beyond the axis are one row."""
    return _sheet(here, _decided(here))


def _decided(here: Context) -> pd.DataFrame:
    return measures.decided_days(here.engine, here.regulation, here.filter)


def _drawn(here: Context, days: pd.DataFrame) -> pd.DataFrame:
    """The days as the reader may see them."""
    return measures.pooled(days, calendar_limit(here)) if here.in_fives else days


def _sheet(here: Context, days: pd.DataFrame) -> Sheet:
    t, limit = here.t, calendar_limit(here)
    drawn = _drawn(here, days)
    rows, end = gathered(drawn, limit=limit)
    longest = drawn["days"].max()
    return Sheet(
        key=KEY,
        title=_title(here, days, limit) if len(days) else t("Processing time"),
        subtitle=t.plural(
            "Calendar days from reception to result, decided {when}, n\u00a0=\u00a0{n}",
            "Calendar days from reception to result, decided {when}, n\u00a0=\u00a0{n}",
            here.count(int(days["n"].sum())),
            when=when(t, here.filter.period_from, here.filter.period_to),
        ),
        columns=[Column(t("days"), "number"), Column(t("cases"), "number")],
        rows=[
            [f"{t.number(day)}+" if day == end and longest > day else day, n]
            for day, n in zip(rows["days"].tolist(), rows["n"].tolist(), strict=True)
        ],
    )


def calendar_limit(here: Context) -> int | None:
    """The clock's limit in calendar days; None where the law counts working days."""
    clock = here.regulation.clock(here.filter.clock)
    return clock.limit if clock.day_type == "calendar" else None


def _title(here: Context, days: Any, limit: int | None) -> str:
    t = here.t
    if limit is None:
        return t(
            "Half of the decisions come within {days}",
            days=t.days(here.compute("days_p50")["days_p50"]),
        )
    late = int(days.loc[days["days"] > limit, "n"].sum())
    if not late:
        return t("Every decision came within {days}", days=t.days(limit))
    share = here.share_of(late, int(days["n"].sum()))
    if share is None:
        return t("Processing time")
    return t(
        "{share} of decisions came after day {limit}",
        share=t.percent(share),
        limit=t.number(limit),
    )


def _spread(here: Context) -> str:
    """The percentiles in words."""
    t = here.t
    found = here.compute("days_p50", "days_p90", "days_max")
    return t(
        "Half within {half}, nine in ten within {most}, the longest {longest}.",
        half=t.days(found["days_p50"]),
        most=t.days(found["days_p90"]),
        longest=t.days(found["days_max"]),
    )

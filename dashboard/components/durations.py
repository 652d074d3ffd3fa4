"""How long the decided cases took, against the limit."""

from __future__ import annotations

from typing import Any

from dashboard import measures
from dashboard.briefing import when
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel as _panel
from dashboard.components.panel import table
from dashboard.context import Context
from dashboard.figures.durations import gathered, histogram


def panel(here: Context, *, name: str, height: int = 270, wide: bool = False) -> Any:
    """The histogram under the share of decisions that came after the limit."""
    t, limit = here.t, calendar_limit(here)
    days = measures.decided_days(here.engine, here.regulation, here.filter)
    n = int(days["n"].sum())
    period = when(t, here.filter.period_from, here.filter.period_to)
    if not n:
        return _panel(
            t("Processing time"),
            period,
            nothing_here(t("Nothing was decided in this period.")),
            wide=wide,
        )
    title = _title(here, days, limit)
    rows, end = gathered(days, limit=limit)
    return _panel(
        title,
        t.plural(
            "Calendar days from reception to result, decided {when}, n\u00a0=\u00a0{n}",
            "Calendar days from reception to result, decided {when}, n\u00a0=\u00a0{n}",
            n,
            when=period,
        ),
        graph(
            histogram(t, days, limit=limit),
            name=name,
            alt=f"{title}. {_spread(here)}",
            lang=here.lang,
            height=height,
        ),
        table=table(
            title,
            [t("days"), t("cases")],
            [
                [
                    t.number(day) + ("+" if day == end and days["days"].max() > day else ""),
                    t.number(k),
                ]
                for day, k in zip(rows["days"], rows["n"], strict=True)
            ],
        ),
        meaning=meaning(here, "days_p50", "days_p90", "days_max"),
        t=t,
        wide=wide,
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
    return t(
        "{share} of decisions came after day {limit}",
        share=t.percent(late / int(days["n"].sum())),
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

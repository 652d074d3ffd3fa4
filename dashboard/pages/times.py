"""Processing times: how long decisions take, against the limit, and whom the average hides."""

from __future__ import annotations

from typing import Any

from dash import Dash, html

from dashboard import measures
from dashboard.briefing import when
from dashboard.components import comparison, durations
from dashboard.components.control import control, control_table, limits_said
from dashboard.components.filter_bar import ALL_CONTROLS
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel, panels, table
from dashboard.components.strip import Fact, strip
from dashboard.context import Context
from dashboard.figures.durations import finished_within
from dashboard.i18n import N_
from dashboard.judged import judged
from dashboard.kpi.signals import Limits
from dashboard.measures import By

PATH = "/times"
TITLE = N_("Processing times")
CONTROLS = ALL_CONTROLS
_DIMENSIONS: tuple[tuple[By, str, str], ...] = (
    ("channel", "channels", N_("Channel")),
    ("category", "categories", N_("Category")),
    ("service_point", "service_points", N_("Service point")),
)
_FACTS = ("within_limit", "decided_on_time", "days_p50", "days_p80", "days_p90", "days_max")
_PARTS = ("decided", "days_p50", "days_p90", "within_limit")
_HEIGHT = 300


def layout(here: Context, /, **_: str) -> list[Any]:
    """Figures, distribution, months, the chance of being finished, and the parts compared."""
    return [
        strip(_facts(here)),
        meaning(here, *_FACTS),
        panels(
            durations.panel(here, name="times-days", height=_HEIGHT),
            _months(here),
            _chance(here),
            comparison.panel(here, name="times-offices"),
            _parts(here),
        ),
    ]


def register(app: Dash) -> None:
    """No callbacks: the address says it all."""


def _facts(here: Context) -> list[Fact]:
    t = here.t
    now = here.compute("decided", *_FACTS)
    return [
        Fact(
            t("Within the legal limit"),
            t.percent(now["within_limit"]),
            f"{t.interval(now['within_limit_low'], now['within_limit_high'], 1)}, "
            f"n = {t.number(now['within_limit_n'])}",
        ),
        Fact(t("Half of the decisions within"), t.days(now["days_p50"])),
        Fact(t("80 % within"), t.days(now["days_p80"])),
        Fact(t("90 % within"), t.days(now["days_p90"])),
        Fact(
            t("The longest"),
            t.days(now["days_max"]),
            t.plural("of {n} decision", "of {n} decisions", now["decided"]),
        ),
        Fact(
            t("On time, decided cases only"),
            t.percent(now["decided_on_time"]),
            t("open cases do not show here, however late"),
        ),
    ]


def _months(here: Context) -> html.Section:
    t = here.t
    months = here.monthly("within_limit")["within_limit"]
    line = judged(here, "within_limit", months)
    if months.isna().all():
        return panel(
            t("Within the legal limit, by month"),
            "",
            nothing_here(t("No application was due in these two years.")),
        )
    title = t(
        "Within the legal limit, by month: from {low} to {high}",
        low=t.percent(months.min()),
        high=t.percent(months.max()),
    )
    return panel(
        title,
        _limits_said(here, line.limits),
        *control(here, "within_limit", line, name="times-months", alt=title, height=_HEIGHT),
        table=control_table(here, line, title, t("within the limit")),
        meaning=meaning(here, "within_limit"),
        t=t,
    )


def _limits_said(here: Context, limits: Limits | None) -> str:
    t = here.t
    if limits is None:
        return t("by the month of the due date")
    usual = limits_said(t, limits)
    if limits.trial:
        return t("by the month of the due date; trial limits {usual}", usual=usual)
    return t("by the month of the due date; usual range {usual}", usual=usual)


def _chance(here: Context) -> html.Section:
    t, f = here.t, here.filter
    limit = here.regulation.clock(f.clock).limit
    chance = here.compute("p_within")["p_within"]
    period = when(t, f.period_from, f.period_to)
    if chance is None:
        return panel(
            t("Chance of being finished"),
            period,
            nothing_here(t("No application was received {when}.", when=period)),
        )
    curve = measures.finished_within(here.engine, here.regulation, f)
    title = t(
        "Within {days}, {share} of applications are finished",
        days=t.days(limit),
        share=t.percent(chance["value"]),
    )
    return panel(
        title,
        t("received {when}, by Kaplan and Meier, with its 95 % band", when=period),
        graph(
            finished_within(t, curve, limit=durations.calendar_limit(here)),
            name="times-chance",
            alt=f"{title}. {_difference(here, chance)}",
            lang=here.lang,
            height=_HEIGHT,
        ),
        html.P(_difference(here, chance), className="kz-said"),
        meaning=meaning(here, "p_within"),
    )


def _difference(here: Context, chance: dict[str, Any]) -> str:
    """Why the naive figure is another: one sentence."""
    t = here.t
    if chance["naive"] is None:
        return t("None of them is finished yet, so the finished cases alone say nothing.")
    return t(
        "Counted over finished cases alone it would be {naive}: that leaves out every case "
        "that is still open, and so the slowest.",
        naive=t.percent(chance["naive"]),
    )


def _parts(here: Context) -> html.Section:
    t = here.t
    head = [t("decided"), t("half within, days"), t("90 % within, days"), t("within the limit")]
    tables = [
        table(
            t(name),
            [t(name), *head],
            [_cells(here, field, by, row) for row in here.compute_by(by, *_PARTS)],
        )
        for by, field, name in _DIMENSIONS
    ]
    return panel(
        t("By channel, category and service point"),
        t("decided, and due, {when}", when=when(t, here.filter.period_from, here.filter.period_to)),
        html.Div([html.Div(tables[:-1]), tables[-1]], className="kz-stack"),
        meaning=meaning(here, *_PARTS),
        wide=True,
    )


def _cells(here: Context, field: str, by: str, row: dict[str, Any]) -> list[str]:
    t = here.t
    return [
        here.name(field, row[by]),
        t.number(row["decided"]),
        t.number(row["days_p50"]),
        t.number(row["days_p90"]),
        t.percent(row["within_limit"]),
    ]

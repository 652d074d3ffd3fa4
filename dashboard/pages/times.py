"""Processing times: how long decisions take, against the limit, and whom the average hides."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
from dash import Dash

from dashboard import html, measures
from dashboard.access import Permission
from dashboard.assess import Assessment
from dashboard.briefing import when
from dashboard.components import comparison, conformance, deviations, durations, step_times
from dashboard.components.actions import alternative, files
from dashboard.components.chance import chance_said
from dashboard.components.control import control, control_sheet, last_month, limits_said
from dashboard.components.data_table import data_table
from dashboard.components.filter_bar import ALL_CONTROLS
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet, panel, panels
from dashboard.components.strip import Fact, strip
from dashboard.context import Context
from dashboard.figures.durations import drawn_days, finished_within
from dashboard.filters import escaped
from dashboard.i18n import N_
from dashboard.judged import judged
from dashboard.kpi.signals import Limits
from dashboard.measures import By
from dashboard.sheet import Column, Sheet

PATH = "/times"
TITLE = N_("Processing times")
NEEDS = Permission.FIGURES
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
    """Figures, distribution, months, the chance of being finished, the steps, the parts."""
    return [
        strip(_facts(here)),
        meaning(here, *_FACTS),
        panels(
            durations.panel(here, name="times-days", height=_HEIGHT),
            _months(here),
            _chance(here),
            comparison.panel(here, name="times-offices"),
            step_times.panel(here),
            conformance.panel(here),
            _parts(here),
        ),
    ]


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """The numbers of each panel; of the last one a sheet a dimension."""
    return {
        durations.KEY: partial(durations.sheet, here),
        "months": lambda: _by_month(here, _line(here)),
        "chance": lambda: _by_day(here, here.compute("p_within")["p_within"]),
        comparison.KEY: partial(comparison.sheet, here),
        step_times.KEY: partial(step_times.sheet, here),
        conformance.KEY: partial(conformance.sheet, here),
        deviations.KEY: partial(deviations.sheet, here),
        **{by: partial(_by_part, here, by, field, name) for by, field, name in _DIMENSIONS},
    }


def register(app: Dash) -> None:
    """No callbacks: the address says it all."""


def _taken_over(here: Context, now: dict[str, Any]) -> str:
    """The interval of the share and its n; no interval where none is told."""
    t, low, high = here.t, now["within_limit_low"], now["within_limit_high"]
    span = [] if low is None else [t.interval(low, high, 1)]
    return ", ".join([*span, f"n = {t.number(now['within_limit_n'])}"])


def _facts(here: Context) -> list[Fact]:
    t = here.t
    now = here.compute("decided", *_FACTS)
    return [
        Fact(
            t("Within the legal limit"),
            t.percent(now["within_limit"]),
            _taken_over(here, now),
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
    t, line = here.t, _line(here)
    numbers = _by_month(here, line)
    if line.values.isna().all():
        why = nothing_here(t("No application was due in these two years."))
        return panel(numbers.title, "", why)
    return of_sheet(
        here,
        numbers,
        *control(here, "within_limit", line, numbers, name="times-months", height=_HEIGHT),
        chart=True,
        meaning=meaning(here, "within_limit"),
    )


def _line(here: Context) -> Assessment:
    return judged(here, "within_limit", here.monthly("within_limit")["within_limit"])


def _by_month(here: Context, line: Assessment) -> Sheet:
    """A row a month, which leads to the times of that month."""
    t, months = here.t, line.values
    title = t("Within the legal limit, by month")
    if said := last_month(t, line, 1):
        title = t("Within the legal limit {said}", said=said)
    elif months.notna().any():
        title = t(
            "Within the legal limit, by month: from {low} to {high}",
            low=t.percent(months.min()),
            high=t.percent(months.max()),
        )
    return control_sheet(
        here,
        line,
        key="months",
        title=title,
        subtitle=_limits_said(here, line.limits),
        value=Column(t("within the limit"), "share", 1),
        leads=PATH,
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
    chance = here.compute("p_within")["p_within"]
    if chance is None:
        period = when(t, f.period_from, f.period_to)
        why = nothing_here(t("No application was received {when}.", when=period))
        return panel(t("Chance of being finished"), period, why)
    numbers = _by_day(here, chance)
    if chance["value"] is None:
        why = nothing_here(t("Too few applications were received to tell their chances."))
        return panel(numbers.title, numbers.subtitle, why)
    oldest = (here.filter.as_of - here.filter.period_from).days
    said = list(chance_said(t, chance, oldest=oldest, rough=here.in_fives))
    return of_sheet(
        here,
        numbers,
        graph(
            finished_within(t, _curve(here, chance), limit=durations.calendar_limit(here)),
            name="times-chance",
            alt=alternative(numbers, *said),
            lang=here.lang,
            height=_HEIGHT,
        ),
        *(html.P(sentence, className="kz-said") for sentence in said),
        chart=True,
        meaning=meaning(here, "p_within"),
    )


def _curve(here: Context, chance: dict[str, Any]) -> pd.DataFrame:
    curve = measures.finished_within(here.engine, here.regulation, here.filter)
    drawn = drawn_days(curve, limit=durations.calendar_limit(here))
    return measures.chances(drawn, chance) if here.in_fives else drawn


def _by_day(here: Context, chance: dict[str, Any] | None) -> Sheet:
    """A row a day on which a case was finished, as far as the chart reaches."""
    t, f = here.t, here.filter
    title = t("Chance of being finished")
    if chance is not None and chance["value"] is not None:
        title = t(
            "Within {days}, {share} of applications are finished",
            days=t.days(here.regulation.clock(f.clock).limit),
            share=t.percent(chance["value"]),
        )
    rows = _curve(here, chance).to_dict("records") if chance is not None else []
    return Sheet(
        key="chance",
        title=title,
        subtitle=t(
            "received {when}, by Kaplan and Meier, with its 95 % band",
            when=when(t, f.period_from, f.period_to),
        ),
        columns=[
            Column(t("days since reception"), "number"),
            Column(t("all cases, open ones too"), "share", 1),
            Column(t("95 % interval"), "interval", 1),
            Column(t("finished cases only"), "share", 1),
        ],
        rows=[[r["days"], r["value"], (r["low"], r["high"]), r["naive"]] for r in rows],
    )


def _parts(here: Context) -> html.Section:
    t = here.t
    compared = [_by_part(here, by, field, name) for by, field, name in _DIMENSIONS]
    drawn = [html.Div([data_table(t, part), files(here, part)]) for part in compared]
    return panel(
        _parts_title(here),
        compared[0].subtitle,
        html.Div([html.Div(drawn[:-1]), drawn[-1]], className="kz-stack"),
        meaning=meaning(here, *_PARTS),
        wide=True,
    )


def _parts_title(here: Context) -> str:
    t, found = here.t, [_behind(here, by, field) for by, field, _ in _DIMENSIONS]
    if all(below is None for below in found):
        return t("Channels, categories and service points compared")
    names = dict.fromkeys(name for below in found for name in below or ())
    if not names:
        return t("No channel, category or service point is behind the whole, beyond chance")
    return t("Behind the whole, beyond chance: {names}", names=", ".join(names))


def _behind(here: Context, by: By, field: str) -> list[str] | None:
    rows = here.compute_by(by, *_PARTS)
    named = [(here.name(field, row[by]), row) for row in rows]
    return comparison.behind(named, here.compute("within_limit")["within_limit"])


def _by_part(here: Context, by: By, field: str, name: str) -> Sheet:
    """A row a part, which leads to its overdue cases."""
    t, rows = here.t, here.compute_by(by, *_PARTS)
    return Sheet(
        key=by,
        title=comparison.part_finding(t, t(name), _behind(here, by, field)),
        subtitle=t(
            "decided, and due, {when}; n = {n} due, compared by 95 % intervals",
            when=when(t, here.filter.period_from, here.filter.period_to),
            n=t.number(here.compute("within_limit")["within_limit_n"]),
        ),
        columns=[
            Column(t(name)),
            Column(t("decided"), "number"),
            Column(t("half within, days"), "number"),
            Column(t("90 % within, days"), "number"),
            Column(t("due"), "number"),
            Column(t("within the limit"), "share", 1),
            Column(t("95 % interval"), "interval", 0),
        ],
        rows=[
            [
                here.name(field, row[by]),
                *(row[part] for part in _PARTS[:-1]),
                row["within_limit_n"],
                row["within_limit"],
                (row["within_limit_low"], row["within_limit_high"]),
            ]
            for row in rows
        ],
        links=[here.href("/overdue", **{by: escaped(row[by])}) for row in rows],
    )

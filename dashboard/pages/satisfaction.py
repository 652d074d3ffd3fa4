"""Satisfaction: what people answered to the regulation's survey."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import Dash, html

from dashboard.briefing import when
from dashboard.components import who_answers
from dashboard.components.answers import answers_bar
from dashboard.components.control import control, control_table
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel, panels, table
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.judged import judged
from etl.regulation.model import Question, Survey

PATH = "/satisfaction"
TITLE = N_("Satisfaction")
CONTROLS = ("period", "as_of", "channel", "service_point")
_HEIGHT = 230


def layout(here: Context, /, **_: str) -> list[Any]:
    """Each question with its answers and months, then the service points."""
    # The form asks for no category: a filter of them stays in the address only.
    here = here.without("category")
    survey = here.regulation.survey
    if survey is None:
        return [nothing_here(here.t("This regulation has no survey."))]
    said = here.compute("satisfied")["satisfied"]
    months = here.monthly("satisfied")
    return [
        panels(*(_question(here, q, said[q.code], months) for q in survey.questions)),
        _places(here, survey),
        html.Div(who_answers.panel(here), className="kz-after"),
    ]


def register(app: Dash) -> None:
    """No callbacks: the address says it all."""


def _question(
    here: Context, question: Question, said: dict[str, Any], months: pd.DataFrame
) -> html.Section:
    t = here.t
    short = question.short[here.lang]
    if said["value"] is None:
        title = t("{question}: too few answers", question=short)
    else:
        title = t(
            "{question}: {share} are satisfied", question=short, share=t.percent(said["value"], 0)
        )
    return panel(
        title,
        question.text[here.lang],
        answers_bar(here, said),
        html.P(_basis(here, said), className="kz-subtitle"),
        *_months(here, question, months),
        meaning=meaning(here, "satisfied"),
    )


def _basis(here: Context, said: dict[str, Any]) -> str:
    t = here.t
    period = when(t, here.filter.period_from, here.filter.period_to)
    if said["value"] is None:
        return t(
            "Fewer than {n} answers {when}: not shown, so that nobody is recognised.",
            n=t.number(here.settings.min_answers),
            when=period,
        )
    return t.plural(
        "{n} answer {when}; satisfied {interval} (95 % interval)",
        "{n} answers {when}; satisfied {interval} (95 % interval)",
        said["n"],
        when=period,
        interval=t.interval(said["low"], said["high"]),
    )


def _months(here: Context, question: Question, months: pd.DataFrame) -> list[Any]:
    t = here.t
    chart = f"satisfied.{question.code}"
    values = months.get(chart)
    if values is None or values.isna().all():
        return [nothing_here(t("Too few answers in each of the last 24 months."))]
    line = judged(here, chart, values)
    heading = t("Satisfied, by month")
    return [
        html.H3(heading),
        *control(
            here,
            chart,
            line,
            name=f"satisfaction-months-{question.code}",
            alt=f"{question.short[here.lang]}. {heading}",
            height=_HEIGHT,
        ),
        html.Details(
            [html.Summary(t("Table")), control_table(here, line, heading, t("satisfied"))],
            className="kz-folded",
        ),
    ]


def _places(here: Context, survey: Survey) -> html.Section:
    t = here.t
    head = [t("Service point")]
    for question in survey.questions:
        head += [question.short[here.lang], t("95 % interval"), t("answers")]
    rows = here.compute_by("service_point", "satisfied")
    title = t("Service points side by side")
    return panel(
        title,
        t(
            "share of the satisfied; fewer than {n} answers are not shown",
            n=t.number(here.settings.min_answers),
        ),
        table(
            title,
            head,
            [
                [
                    here.name("service_points", row["service_point"]),
                    *(c for q in survey.questions for c in _cells(here, row["satisfied"][q.code])),
                ]
                for row in rows
            ],
        ),
    )


def _cells(here: Context, said: dict[str, Any]) -> list[str]:
    t = here.t
    if said["n"] == 0:
        return ["–", "–", t.number(0)]
    if said["value"] is None:
        return [t("too few answers"), "–", "–"]
    return [t.percent(said["value"], 0), t.interval(said["low"], said["high"]), t.number(said["n"])]

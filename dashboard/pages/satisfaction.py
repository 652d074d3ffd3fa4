"""Satisfaction: what people answered to the regulation's survey."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
from dash import Dash

from dashboard import html
from dashboard.access import Permission
from dashboard.assess import Assessment
from dashboard.briefing import when
from dashboard.components import satisfied_places, who_answers
from dashboard.components.actions import actions
from dashboard.components.answers import PARTS, answers_bar
from dashboard.components.comparison import part_finding, side
from dashboard.components.control import control, control_sheet, last_month
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet, panel, panels
from dashboard.context import Context
from dashboard.filters import escaped
from dashboard.i18n import N_
from dashboard.judged import judged
from dashboard.measures import By
from dashboard.sheet import Column, Sheet
from etl.regulation.model import Question, Survey

PATH = "/satisfaction"
TITLE = N_("Satisfaction")
NEEDS = Permission.FIGURES
CONTROLS = ("period", "as_of", "channel", "service_point")
_HEIGHT = 230
_CHANNEL: By = "channel"


def layout(here: Context, /, **_: str) -> list[Any]:
    """Each question with its answers and months, then the service points and the channels."""
    # The form asks for no category: a filter of them stays in the address only.
    here = here.without("category")
    survey = here.regulation.survey
    if survey is None:
        return [nothing_here(here.t("This regulation has no survey."))]
    said = here.compute("satisfied")["satisfied"]
    months = here.monthly("satisfied")
    return [
        panels(
            *(_question(here, survey, q, said[q.code], months) for q in survey.questions),
            *(satisfied_places.panel(here, q) for q in survey.questions),
            _channels(here, survey),
            who_answers.panel(here),
        ),
    ]


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """The numbers of each panel: of a question its answers, its months and its service points."""
    here, survey = here.without("category"), here.regulation.survey
    if survey is None:
        return {}
    found: dict[str, Callable[[], Sheet]] = {
        _CHANNEL: partial(_channel_sheet, here, survey),
        who_answers.KEY: partial(who_answers.sheet, here),
    }
    for question in survey.questions:
        found[f"answers-{question.code}"] = partial(_answer_sheet, here, survey, question)
        found[f"months-{question.code}"] = partial(_month_sheet, here, question)
        found[satisfied_places.key(question)] = partial(satisfied_places.sheet, here, question)
    return found


def register(app: Dash) -> None:
    """No callbacks: the address says it all."""


def _question(
    here: Context,
    survey: Survey,
    question: Question,
    said: dict[str, Any],
    months: pd.DataFrame,
) -> html.Section:
    answers = _answer_sheet(here, survey, question, said)
    return panel(
        answers.title,
        answers.subtitle,
        answers_bar(here, said),
        html.P(_basis(here, said), className="kz-subtitle"),
        actions(
            here, answers, chart=bool(said["n"]), folded=True, meaning=meaning(here, "satisfied")
        ),
        *_months(here, question, months),
    )


def _answer_sheet(
    here: Context, survey: Survey, question: Question, said: dict[str, Any] | None = None
) -> Sheet:
    """A row an answer; in words where too few answered."""
    t, short = here.t, question.short[here.lang]
    said = said or here.compute("satisfied")["satisfied"][question.code]
    if said["value"] is None:
        title = t("{question}: too few answers", question=short)
    else:
        title = t(
            "{question}: {share} are satisfied", question=short, share=t.percent(said["value"], 0)
        )
    names = {a.value: a.name[here.lang] for a in survey.answers}
    few: Any = t("too few answers") if said["value"] is None else None
    return Sheet(
        key=f"answers-{question.code}",
        title=title,
        subtitle=question.text[here.lang],
        columns=[
            Column(t("answer")),
            Column(t("answers"), "number"),
            Column(t("share"), "share"),
        ],
        rows=[
            [
                names[getattr(survey, value)],
                few or said[kind],
                few or said[kind] / said["n"],
            ]
            for kind, value in PARTS
        ],
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
    values = months.get(_chart(question))
    if values is None or values.isna().all():
        return [nothing_here(t("Too few answers in each of the last 24 months."))]
    line = judged(here, _chart(question), values)
    numbers = _month_sheet(here, question, values)
    return [
        html.H3(_month_title(here, line)),
        *control(
            here,
            _chart(question),
            line,
            numbers,
            name=f"satisfaction-months-{question.code}",
            height=_HEIGHT,
        ),
        actions(here, numbers, chart=True, folded=True),
    ]


def _chart(question: Question) -> str:
    return f"satisfied.{question.code}"


def _month_sheet(here: Context, question: Question, values: pd.Series | None = None) -> Sheet:
    """A row a month; in words where too few answered."""
    t = here.t
    if values is None:
        values = here.monthly("satisfied").get(_chart(question), pd.Series(dtype="float64"))
    line = judged(here, _chart(question), values)
    return control_sheet(
        here,
        line,
        key=f"months-{question.code}",
        title=f"{question.short[here.lang]}: {_month_title(here, line)}",
        subtitle=question.text[here.lang],
        value=Column(t("satisfied"), "share"),
        missing=t("too few answers"),
        leads=PATH,
    )


def _month_title(here: Context, line: Assessment) -> str:
    said = last_month(here.t, line, 0)
    return here.t("Satisfied {said}", said=said) if said else here.t("Satisfied, by month")


def _channels(here: Context, survey: Survey) -> html.Section:
    part = _channel_sheet(here, survey)
    return of_sheet(here, part, folded=False, meaning=meaning(here, "satisfied"), wide=True)


def _channel_sheet(here: Context, survey: Survey) -> Sheet:
    """A row a channel, three columns a question."""
    t = here.t
    columns = [Column(t("Channel"))]
    for question in survey.questions:
        columns += [
            Column(question.short[here.lang], "share"),
            Column(t("95 % interval"), "interval"),
            Column(t("answers"), "number"),
        ]
    rows = here.compute_by(_CHANNEL, "satisfied")
    return Sheet(
        key=_CHANNEL,
        title=_finding(here, rows) or t("The channels side by side"),
        subtitle=t(
            "share of the satisfied; fewer than {n} answers are not shown",
            n=t.number(here.settings.min_answers),
        ),
        columns=columns,
        rows=[
            [
                here.name("channels", row[_CHANNEL]),
                *(c for q in survey.questions for c in _cells(here, row, q)),
            ]
            for row in rows
        ],
        links=[here.href(PATH, channel=escaped(row[_CHANNEL])) for row in rows],
    )


def _cells(here: Context, row: dict[str, Any], question: Question) -> list[Any]:
    said = row["satisfied"][question.code]
    return satisfied_places.cells(here, *(said[part] for part in ("value", "low", "high", "n")))


def _finding(here: Context, rows: list[dict[str, Any]]) -> str:
    """Which channels are behind in a question, beyond chance, or which alone is told of; "" where
    nobody is told of."""
    t, part = here.t, here.t("Channel")
    whole = here.compute("satisfied")["satisfied"]
    told = [
        (row[_CHANNEL], side(said["low"], said["high"], whole[question]["value"]))
        for row in rows
        for question, said in row["satisfied"].items()
        if said["value"] is not None and whole[question]["value"] is not None
    ]
    codes = {code for code, _ in told}
    asked = {
        row[_CHANNEL] for row in rows if any(said["n"] != 0 for said in row["satisfied"].values())
    }
    if len(codes) == 1 == len(asked) < len(rows):
        return t("{part}: all answers are of {name}", part=part, name=here.name("channels", *codes))
    if len(codes) < 2:
        return ""
    below = sorted({code for code, beside in told if beside == "below"})
    return part_finding(t, part, [here.name("channels", code) for code in below])

"""Satisfaction: what people answered to the regulation's survey."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
from dash import Dash

from dashboard import html
from dashboard.access import Permission
from dashboard.assess import Assessment
from dashboard.briefing import when
from dashboard.components import who_answers
from dashboard.components.actions import actions
from dashboard.components.answers import PARTS, answers_bar
from dashboard.components.comparison import finding, part_finding, side
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
_PARTS: Mapping[By, tuple[str, str, str]] = {  # what the regulation calls them, column, title
    "channel": ("channels", N_("Channel"), N_("The channels side by side")),
    "service_point": ("service_points", N_("Service point"), N_("Service points side by side")),
}


def layout(here: Context, /, **_: str) -> list[Any]:
    """Each question with its answers and months, then the channels and the service points."""
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
            *(_part(here, survey, by) for by in _PARTS),
            who_answers.panel(here),
        ),
    ]


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """The numbers of each panel: two sheets a question, its answers and its months."""
    here, survey = here.without("category"), here.regulation.survey
    if survey is None:
        return {}
    found: dict[str, Callable[[], Sheet]] = {
        **{by: partial(_part_sheet, here, survey, by) for by in _PARTS},
        who_answers.KEY: partial(who_answers.sheet, here),
    }
    for question in survey.questions:
        found[f"answers-{question.code}"] = partial(_answer_sheet, here, survey, question)
        found[f"months-{question.code}"] = partial(_month_sheet, here, question)
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


def _part(here: Context, survey: Survey, by: By) -> html.Section:
    part = _part_sheet(here, survey, by)
    return of_sheet(here, part, folded=False, meaning=meaning(here, "satisfied"), wide=True)


def _part_sheet(here: Context, survey: Survey, by: By) -> Sheet:
    """A row a part, three columns a question."""
    t, (field, name, title) = here.t, _PARTS[by]
    columns = [Column(t(name))]
    for question in survey.questions:
        columns += [
            Column(question.short[here.lang], "share"),
            Column(t("95 % interval"), "interval"),
            Column(t("answers"), "number"),
        ]
    rows = here.compute_by(by, "satisfied")
    return Sheet(
        key=by,
        title=_finding(here, by, rows) or t(title),
        subtitle=t(
            "share of the satisfied; fewer than {n} answers are not shown",
            n=t.number(here.settings.min_answers),
        ),
        columns=columns,
        rows=[
            [
                here.name(field, row[by]),
                *(c for q in survey.questions for c in _cells(here, row["satisfied"][q.code])),
            ]
            for row in rows
        ],
        links=[here.href(PATH, **{by: escaped(row[by])}) for row in rows],
    )


def _finding(here: Context, by: By, rows: list[dict[str, Any]]) -> str:
    """Which parts are behind in a question, beyond chance, or which alone is told of; "" where
    nobody is told of."""
    t, (field, part, _) = here.t, _PARTS[by]
    part = t(part)
    whole = here.compute("satisfied")["satisfied"]
    told = [
        (row[by], side(said["low"], said["high"], whole[question]["value"]))
        for row in rows
        for question, said in row["satisfied"].items()
        if said["value"] is not None
    ]
    places = {code for code, _ in told}
    asked = {row[by] for row in rows if any(said["n"] != 0 for said in row["satisfied"].values())}
    if len(places) == 1 == len(asked) < len(rows):
        return t("{part}: all answers are of {name}", part=part, name=here.name(field, *places))
    if len(places) < 2:
        return ""
    below = sorted({code for code, beside in told if beside == "below"})
    names = [here.name(field, code) for code in below]
    if by == "service_point":
        return finding(here, names)
    return part_finding(t, part, names)


def _cells(here: Context, said: dict[str, Any]) -> list[Any]:
    if said["n"] == 0:
        return [None, None, 0]
    if said["value"] is None:
        return [here.t("too few answers"), None, None]
    return [said["value"], (said["low"], said["high"]), said["n"]]

"""The survey's form, word for word as the regulation has it, for whoever enters answered papers."""

from __future__ import annotations

from datetime import date
from typing import Any

import dash_bootstrap_components as dbc

from dashboard import html, periods, survey_entry
from dashboard.access import Permission
from dashboard.components.date_field import date_field
from dashboard.context import Context
from dashboard.days import written
from dashboard.filters import DIMENSIONS
from dashboard.survey_entry import DAY_FIELD, PLACE_FIELD, Form, Saved
from etl.regulation.model import Question, Survey

FORM = "survey-form"
PLACE = "survey-place"
DAY = "survey-day"
SAVE = "survey-save"
CORRECT = "survey-correct"
RESULT = "survey-result"
STATE = "survey-state"  # {"token": of the form that is being filled in, "last": the one before}
FOCUS = "survey-focus"


def answer_id(code: Any) -> dict[str, Any]:
    """The radio buttons of one question (or ``ALL``)."""
    return {"type": "survey-answer", "code": code}


def error_id(field: Any) -> dict[str, Any]:
    """What is wrong with one field (or ``ALL``): a question, PLACE_FIELD or DAY_FIELD."""
    return {"type": "survey-error", "field": field}


def survey_form(here: Context, survey: Survey, *, token: str) -> html.Div:
    """An empty form. ``token`` becomes the response's id: sent twice, it is saved once."""
    t = here.t
    service = here.regulation.service
    return html.Div(
        [
            html.Div(
                [
                    html.H2(survey.title[here.lang], className="kz-survey-title"),
                    html.P(service[here.lang], className="kz-survey-service") if service else None,
                    html.Div([_place(here), _day(here)], className="kz-survey-where"),
                    *(_question(here, survey, n, q) for n, q in enumerate(survey.questions, 1)),
                    html.Button(t("Save"), id=SAVE, type="button", className="kz-button"),
                ],
                id=FORM,
                className="kz-survey-form",
            ),
            html.Div([_result(here), _keys(here, survey)], className="kz-survey-beside"),
            html.Store(id=STATE, data={"token": token, "last": None}),
            html.Store(id=FOCUS),
        ],
        className="kz-survey",
    )


def saved(here: Context, survey: Survey, result: Saved) -> list[html.P]:
    """What was saved, in words, how many today, and the way to the month that it counts in."""
    t = here.t
    day = date.fromisoformat(result.form.answered_on)
    return [
        html.P([html.Strong(t("Saved:")), " ", in_words(here, survey, result.form)]),
        html.P(
            t.plural(
                "Entered here today: {n} form.",
                "Entered here today: {n} forms.",
                result.entered_today,
            )
        ),
        *_counted(here, day),
    ]


def _counted(here: Context, day: date) -> list[html.P]:
    """The way to the month that a form counts in, for those who may see its figures."""
    if not here.may(Permission.FIGURES):
        return []
    said = f"{here.t('Satisfaction')}: {here.t.month(day)}"
    return [html.P(html.Link(said, href=_counted_in(here, day)))]


def _counted_in(here: Context, day: date) -> str:
    """Satisfaction in the month of a day, under no filter that could hide the form."""
    first, last = periods.month_of(day)
    changes: dict[str, str | None] = {
        **dict.fromkeys(DIMENSIONS),
        "as_of": day.isoformat() if day > here.default_as_of else None,
        "from": first.isoformat(),
        "to": last.isoformat(),
    }
    return here.href("/satisfaction", **changes)


def in_words(here: Context, survey: Survey, form: Form) -> str:
    """An accepted form in one line: place, day, answers."""
    names = {answer.value: answer.name[here.lang] for answer in survey.answers}
    said = [
        f"{question.short[here.lang]} – {names[form.answers[question.code]]}"
        for question in survey.questions
    ]
    place = here.name("service_points", form.service_point)
    day = here.t.date(date.fromisoformat(form.answered_on))
    return f"{place}, {day}: " + "; ".join(said)


def notice(text: str) -> html.P:
    """A sentence about a form that was not saved."""
    return html.P(text, className="kz-survey-notice")


def _place(here: Context) -> html.Div:
    """The place that the reader enters for; a choice only where they enter for several."""
    t = here.t
    own = survey_entry.own_places(here)
    if len(own) == 1:
        said = html.P(own[0].name[here.lang], className="kz-survey-own")
        field = dbc.Input(id=PLACE, type="hidden", value=own[0].code)
        return html.Div(
            [
                html.Span(t("Service point"), className="kz-field-name"),
                said,
                field,
                _error(PLACE_FIELD),
            ],
            className="kz-field kz-field-wide",
        )
    options = [{"label": place.name[here.lang], "value": place.code} for place in own]
    select = dbc.Select(id=PLACE, options=options, value=None, placeholder=t("Choose…"))
    return html.Div(
        [html.Label(t("Service point"), htmlFor=PLACE), select, _error(PLACE_FIELD)],
        className="kz-field kz-field-wide",
    )


def _day(here: Context) -> html.Div:
    field = date_field(
        here.t,
        DAY,
        written(survey_entry.usual_day(here)),
        first=here.regulation.data_from,
        last=survey_entry.latest_day(here),
        at_once=True,
    )
    return html.Div(
        [html.Label(here.t("Date of the answers"), htmlFor=DAY), field, _error(DAY_FIELD)],
        className="kz-field",
    )


def _question(here: Context, survey: Survey, number: int, question: Question) -> html.Fieldset:
    options = [
        {
            "label": [html.Kbd(str(answer.value)), answer.name[here.lang]],
            "value": answer.value,
            "input_id": f"survey-{question.code}-{answer.value}",
        }
        for answer in survey.answers
    ]
    named: dict[str, Any] = {"data-question": question.code}
    return html.Fieldset(
        [
            html.Legend(f"{number}. {question.text[here.lang]}"),
            dbc.RadioItems(id=answer_id(question.code), options=options, value=None, inline=True),
            _error(question.code),
        ],
        className="kz-question",
        **named,
    )


def _error(field: str) -> html.P:
    return html.P(id=error_id(field), className="kz-field-error", role="alert")


def _result(here: Context) -> html.Div:
    """Where a saved form is confirmed."""
    correct = html.Button(
        here.t("Correct this form"),
        id=CORRECT,
        type="button",
        hidden=True,
        className="kz-button-quiet",
    )
    return html.Div([html.Div(id=RESULT, role="status"), correct], className="kz-survey-result")


def _keys(here: Context, survey: Survey) -> html.P:
    """How the keyboard alone does it."""
    keys = [html.Kbd(str(answer.value)) for answer in survey.answers]
    words = here.t("answer and move on,")
    return html.P(
        [*keys, f"{words} ", html.Kbd("Enter"), here.t("saves.")], className="kz-survey-keys"
    )

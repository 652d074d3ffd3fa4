"""Survey: staff enter the answers that people gave on paper."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from dashboard import context, days, html, ids, noted, survey_entry
from dashboard.access import Permission
from dashboard.audit import UnnotedError
from dashboard.components import notices, survey_form
from dashboard.components.survey_form import (
    CORRECT,
    DAY,
    FOCUS,
    PLACE,
    RESULT,
    SAVE,
    STATE,
    answer_id,
    error_id,
)
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.sheet import Sheet
from dashboard.survey_entry import DAY_FIELD, PLACE_FIELD, Form, Refused
from etl.errors import KezekError
from etl.regulation.model import Survey

log = logging.getLogger(__name__)

PATH = "/survey"
TITLE = N_("Survey")
NEEDS = Permission.SURVEY
CONTROLS = ()


def layout(here: Context, /, **_: str) -> list[Any]:
    """The empty form of the regulation's survey."""
    survey = here.regulation.survey
    if survey is None:
        return [notices.nothing_here(here.t("This regulation has no survey."))]
    if not any(place.surveys for place in here.regulation.service_points):
        return [notices.nothing_here(here.t("No service point hands out the survey."))]
    if not survey_entry.own_places(here):
        return [notices.nothing_here(here.t("Your account names no service point with a survey."))]
    token = survey_entry.new_token()
    return [survey_form.survey_form(here, survey, token=token)]


def sheets(_here: Context) -> dict[str, Callable[[], Sheet]]:
    """None: the form shows no figures."""
    return {}


def register(app: Dash) -> None:
    """Save a form, take the last one back to correct it, lead the keyboard to the next."""
    app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash gives no types
        ClientsideFunction("survey", "begin"), Output(FOCUS, "data"), Input(STATE, "data")
    )

    @app.callback(
        Output(STATE, "data"),
        Output(RESULT, "children"),
        Output(CORRECT, "hidden"),
        Output(answer_id(ALL), "value"),
        Output(error_id(ALL), "children"),
        Input(SAVE, "n_clicks"),
        State(STATE, "data"),
        State(PLACE, "value"),
        State(DAY, "value"),
        State(answer_id(ALL), "value"),
        State(ids.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _save(
        _clicks: Any, state: Any, place: Any, day: Any, answers: Any, search: Any
    ) -> tuple[Any, ...]:
        here, survey, held = _given(state, search)
        form = survey_entry.read_form(survey, held.get("token"), place, day, answers)
        return save(here, survey, form, last=held.get("last"))

    @app.callback(
        Output(STATE, "data", allow_duplicate=True),
        Output(RESULT, "children", allow_duplicate=True),
        Output(CORRECT, "hidden", allow_duplicate=True),
        Output(answer_id(ALL), "value", allow_duplicate=True),
        Output(PLACE, "value"),
        Output(DAY, "value"),
        Input(CORRECT, "n_clicks"),
        State(STATE, "data"),
        State(ids.LOCATION, "search"),
        prevent_initial_call=True,
    )
    def _correct(_clicks: Any, state: Any, search: Any) -> tuple[Any, ...]:
        here, survey, held = _given(state, search)
        return correct(here, survey, held.get("last"))


def save(here: Context, survey: Survey, form: Form, *, last: Any) -> tuple[Any, ...]:
    """What the page shows after Save: state, message, whether to hide Correct, answers, errors."""
    fields = (PLACE_FIELD, DAY_FIELD, *form.answers)
    untouched = [no_update] * len(form.answers)
    no_errors = [""] * len(fields)
    if last and form.unanswered:
        # Save was pressed twice: the form is in the warehouse and stands empty again.
        state = {"token": survey_entry.new_token(), "last": last}
        return state, no_update, no_update, untouched, no_errors
    try:
        result = survey_entry.save(here, form, now=datetime.now(UTC))
    except UnnotedError:
        log.exception("a survey form was not saved")
        said = here.t(noted.UNNOTED)
        return no_update, survey_form.notice(said), no_update, untouched, no_errors
    except KezekError:
        log.exception("a survey form was not saved")
        said = here.t(
            "The form was not saved, because the warehouse does not answer. "
            "Press Save again: nothing is saved twice."
        )
        return no_update, survey_form.notice(said), no_update, untouched, no_errors
    if isinstance(result, Refused):
        said = here.t("The form is not complete: see the notes beside the fields.")
        errors = [result.errors.get(field, "") for field in fields]
        return no_update, survey_form.notice(said), no_update, untouched, errors
    state = {"token": survey_entry.new_token(), "last": asdict(form)}
    empty = [None] * len(form.answers)
    return state, survey_form.saved(here, survey, result), False, empty, no_errors


def correct(here: Context, survey: Survey, last: Any) -> tuple[Any, ...]:
    """The last form back on the page, under its own token: saving it again replaces it."""
    if not isinstance(last, Mapping):
        raise PreventUpdate
    given = last.get("answers")
    answers = [given.get(q.code) if isinstance(given, Mapping) else None for q in survey.questions]
    said = here.t("You are correcting the form that was saved last.")
    state = {"token": last.get("token"), "last": None}
    place, day = last.get("service_point"), days.written(days.read(last.get("answered_on")))
    return state, html.P(said), True, answers, place, day


def _given(state: Any, search: Any) -> tuple[Context, Survey, Mapping[str, Any]]:
    """The request, its survey and the page's state, whatever the browser sent."""
    here = context.current(PATH, search if isinstance(search, str) else "")
    if here is None or here.regulation.survey is None:
        raise PreventUpdate
    return here, here.regulation.survey, state if isinstance(state, Mapping) else {}

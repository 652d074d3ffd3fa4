"""One answered survey form, from what the browser sent to the warehouse."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dashboard import days, noted
from dashboard.access import Permission
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.queries.entries import entered_at, entered_on
from etl import intake
from etl.errors import ContractError, Violation
from etl.regulation.model import ServicePoint, Survey

PLACE_FIELD = "service_point"
DAY_FIELD = "answered_on"

_RECENT = timedelta(days=31)  # exports of yesterday or last week are those of a city at work
_TOKEN = re.compile(r"screen-[0-9a-f]{32}", re.ASCII)
_MISSING: Mapping[str, str] = {
    PLACE_FIELD: N_("Choose the service point."),
    DAY_FIELD: N_("Say the date of the answers."),
}
_CHOOSE = N_("Choose one of the answers.")
_OTHERWISE = N_("This cannot be saved.")
_WRONG: Mapping[str, str] = {
    "unknown_service_point": _MISSING[PLACE_FIELD],
    "bad_date": N_("This is not a date."),
    "in_future": N_("This day has not come yet."),
    "before_window": N_("This day is too long ago."),
    "bad_answer": _CHOOSE,
}


@dataclass(frozen=True)
class Form:
    """What stands in a form. The token is ours; anything may stand in the rest.

    ``answers``: question -> value, for every question of the survey, None where none is chosen.
    """

    token: str
    service_point: Any
    answered_on: Any
    answers: Mapping[str, Any]

    @property
    def unanswered(self) -> bool:
        """Whether no question has an answer."""
        return not any(self.answers.values())


@dataclass(frozen=True)
class Saved:
    """A form that lies in the warehouse, and how many its service point entered this day."""

    form: Form
    entered_today: int


@dataclass(frozen=True)
class Refused:
    """What is wrong with a form: field -> a sentence for the reader."""

    errors: Mapping[str, str]


def own_places(here: Context) -> list[ServicePoint]:
    """The service points whose forms the reader enters: their own that hand out the survey."""
    own = here.reader.service_points if here.reader and here.may(Permission.SURVEY) else frozenset()
    return [p for p in here.regulation.service_points if p.surveys and p.code in own]


def latest_day(here: Context) -> date:
    """The last day that answers can have been given on."""
    return max(here.today, here.default_as_of)


def usual_day(here: Context) -> date:
    """The day that a new form begins with: today, but where the data ended long ago, their last."""
    return here.today if here.today - here.default_as_of <= _RECENT else here.default_as_of


def new_token() -> str:
    """The id of a response that nobody has given yet."""
    return f"screen-{uuid.uuid4().hex}"


def read_form(survey: Survey, token: object, place: object, day: object, answers: object) -> Form:
    """The form that the browser sent; a token that is none of ours is replaced.

    So a made-up token never overwrites a response that some source delivered.
    """
    ours = isinstance(token, str) and _TOKEN.fullmatch(token)
    given = answers if isinstance(answers, list) else []
    padded = [*given, *[None] * len(survey.questions)]
    return Form(
        token=str(token) if ours else new_token(),
        service_point=place.strip() if isinstance(place, str) else place,
        answered_on=read.isoformat() if (read := days.read(day)) else day,
        answers={q.code: value for q, value in zip(survey.questions, padded, strict=False)},
    )


def save(here: Context, form: Form, *, now: datetime) -> Saved | Refused:
    """Hand a form to the warehouse's own contract; the same form twice is saved once.

    ``now``: an aware time. Raises KezekError where the warehouse cannot be written, UnnotedError
    where the audit cannot; then nothing is saved.
    """
    try:
        _must_be_own(here, form)
        intake.record_survey(
            here.engine,
            here.regulation,
            response_id=form.token,
            service_point=form.service_point,
            answered_on=form.answered_on,
            answers=form.answers,
            now=now,
            today=latest_day(here),
            witness=noted.form_saved(here, form.token, form.service_point, form.answered_on),
        )
    except ContractError as error:
        return Refused({f: _why(here, f, rule) for f, rule in error.violations})
    zone = here.regulation.zone
    today = now.astimezone(zone).date()
    place = form.service_point
    return Saved(form, entered_on(here.engine, today, zone, service_point=place))


def _must_be_own(here: Context, form: Form) -> None:
    """The reader enters, and corrects, forms of their own places. Raises ContractError for others.

    A place that is not said is left to the contract, with whatever else is missing. Each refusal is
    noted: the page offers none but their own.
    """
    own = [place.code for place in own_places(here)]
    named = [form.service_point, entered_at(here.engine, form.token)]
    if any(place not in own for place in named if place not in (None, "")):
        noted.form_refused(here, form.token)
        raise ContractError([Violation(PLACE_FIELD, "unknown_service_point")])


def _why(here: Context, field: str, rule: str) -> str:
    """What is wrong with a field, in the reader's words."""
    if rule == "missing_value":
        return here.t(_MISSING.get(field, _CHOOSE))
    return here.t(_WRONG.get(rule, _OTHERWISE))

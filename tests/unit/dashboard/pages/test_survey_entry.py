"""A form from the browser: saved once, corrected in place, refused with reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from dash import no_update
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from dashboard import survey_entry
from dashboard.access import Reader, Role
from dashboard.components import survey_form
from dashboard.context import Context
from dashboard.pages import survey as page
from dashboard.survey_entry import Form, Refused, Saved
from etl import intake
from etl.errors import KezekError
from etl.warehouse import survey_answers, survey_responses
from tests.support import screens
from tests.support.regulations import almaty

CLERK = Reader(
    login="clerk", role=Role.OPERATOR, service_points=frozenset({"medeu", "almaly", "authority"})
)
NOW = datetime(2013, 12, 31, 4, 0, tzinfo=UTC)  # ten in the morning in Almaty
YESTERDAY_AT_HOME = datetime(2013, 12, 30, 17, 59, tzinfo=UTC)  # 23:59 there
TODAY_AT_HOME = datetime(2013, 12, 30, 18, 0, tzinfo=UTC)  # midnight there


def _form(**changes: object) -> Form:
    said = {
        "token": survey_entry.new_token(),
        "service_point": "medeu",
        "answered_on": "2013-12-30",
        "answers": {"q1": 3, "q2": 1},
    }
    return Form(**{**said, **changes})  # type: ignore[arg-type]


def _answers(engine: Engine, token: str) -> dict[str, int]:
    query = select(survey_answers.c.question, survey_answers.c.answer)
    with engine.connect() as connection:
        rows = connection.execute(query.where(survey_answers.c.response_id == token))
        return {row.question: row.answer for row in rows}


def _responses(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(survey_responses)).scalar_one()


def test_a_form_is_saved_once_however_often_it_is_sent(
    request_for: Callable, engine: Engine
) -> None:
    # Given
    here: Context = request_for("/survey", reader=CLERK)
    form, before = _form(), _responses(engine)
    # When
    results = [survey_entry.save(here, form, now=NOW) for _ in range(3)]
    # Then
    assert results == [Saved(form, 1)] * 3
    assert _responses(engine) == before + 1
    assert _answers(engine, form.token) == {"q1": 3, "q2": 1}


def test_the_same_token_with_other_answers_corrects_the_form(
    request_for: Callable, engine: Engine
) -> None:
    # Given
    here = request_for("/survey", reader=CLERK)
    form, before = _form(), _responses(engine)
    survey_entry.save(here, form, now=NOW)
    # When
    survey_entry.save(here, _form(token=form.token, answers={"q1": 2, "q2": 2}), now=NOW)
    # Then
    assert _answers(engine, form.token) == {"q1": 2, "q2": 2}
    assert _responses(engine) == before + 1


def test_the_count_is_of_the_local_day_and_of_the_place(request_for: Callable) -> None:
    # Given
    here = request_for("/survey", reader=CLERK)
    for now, place in ((YESTERDAY_AT_HOME, "medeu"), (TODAY_AT_HOME, "medeu"), (NOW, "almaly")):
        survey_entry.save(here, _form(service_point=place), now=now)
    # When
    result = survey_entry.save(here, _form(), now=NOW)
    # Then
    assert isinstance(result, Saved)
    assert result.entered_today == 2


def test_every_wrong_field_is_named(request_for: Callable, engine: Engine) -> None:
    # Given
    here = request_for("/survey", "?lang=en", CLERK)
    before = _responses(engine)
    wrong = _form(service_point=None, answered_on="2014-01-01", answers={"q1": None, "q2": 7})
    # When
    result = survey_entry.save(here, wrong, now=NOW)
    # Then
    assert result == Refused(
        {
            "service_point": "Choose the service point.",
            "answered_on": "This day has not come yet.",
            "q1": "Choose one of the answers.",
            "q2": "Choose one of the answers.",
        }
    )
    assert _responses(engine) == before


def test_a_paper_of_today_is_saved_though_the_data_end_yesterday(request_for: Callable) -> None:
    # Given
    here = replace(request_for("/survey", reader=CLERK), today=date(2014, 1, 1))
    # When
    result = survey_entry.save(here, _form(answered_on="2014-01-01"), now=NOW)
    # Then
    assert isinstance(result, Saved)
    assert "as_of=" not in str(survey_form.saved(here, almaty().survey, result))
    reads_figures = replace(here, reader=screens.AKIM)
    shown = str(survey_form.saved(reads_figures, almaty().survey, result))
    assert "as_of=2014-01-01" in shown, "the link leads to where it counts"


@pytest.mark.parametrize(
    ("today", "usual"),
    [(date(2014, 1, 31), date(2014, 1, 31)), (date(2014, 2, 1), date(2013, 12, 31))],
)
def test_a_form_begins_with_today_or_with_the_last_day_of_old_data(
    request_for: Callable, today: date, usual: date
) -> None:
    here = replace(request_for("/survey", reader=CLERK), today=today)
    assert (survey_entry.usual_day(here), survey_entry.latest_day(here)) == (usual, today)


def test_a_place_that_hands_out_no_survey_enters_none(request_for: Callable) -> None:
    result = survey_entry.save(
        request_for("/survey", reader=CLERK), _form(service_point="portal"), now=NOW
    )
    assert isinstance(result, Refused)
    assert set(result.errors) == {"service_point"}


def test_pressing_save_twice_leaves_the_confirmation_alone(
    request_for: Callable, engine: Engine
) -> None:
    # Given
    here = request_for("/survey", reader=CLERK)
    survey = almaty().survey
    assert survey is not None
    before = _responses(engine)
    empty = _form(answers={"q1": None, "q2": None})
    # When
    state, *_, errors = page.save(here, survey, empty, last={"token": "…"})
    # Then
    assert state["token"] != empty.token
    assert errors == [""] * 4
    assert _responses(engine) == before


def test_a_warehouse_that_does_not_answer_leaves_the_form_as_it_is(
    request_for: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    here = request_for("/survey", "?lang=en", CLERK)
    survey = almaty().survey
    assert survey is not None

    def away(*_: object, **__: object) -> None:
        raise KezekError("The warehouse is away.")

    monkeypatch.setattr(intake, "record_survey", away)
    # When
    state, message, _, answers, errors = page.save(here, survey, _form(), last=None)
    # Then
    assert (state, answers) == (no_update, [no_update, no_update])
    assert "Press Save again" in message["props"]["children"]
    assert errors == [""] * 4


@given(st.text() | st.none() | st.integers() | st.just("response-00001"))
def test_a_token_that_is_none_of_ours_is_replaced(token: object) -> None:
    survey = almaty().survey
    assert survey is not None
    assert survey_entry.read_form(survey, token, "medeu", "2013-12-30", None).token != token


def test_our_own_token_is_kept() -> None:
    survey = almaty().survey
    assert survey is not None
    token = survey_entry.new_token()
    assert survey_entry.read_form(survey, token, None, None, [3]) == Form(
        token, None, None, {"q1": 3, "q2": None}
    )

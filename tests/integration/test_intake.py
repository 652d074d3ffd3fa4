"""A survey form from the screen: the contract's judgement, one transaction, saved once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from etl import warehouse
from etl.errors import ContractError
from etl.intake import record_survey
from tests.support.dump import dump
from tests.support.regulations import small_town

TOWN = small_town()
NOW = datetime(2013, 5, 1, 19, 30, tzinfo=UTC)  # the morning of 2 May in Almaty
FORM = "screen-1"
ANSWERS = {"q1": 3, "q2": 1}


def _enter(engine: Engine, **given: Any) -> None:
    form: dict[str, Any] = {
        "response_id": FORM,
        "service_point": "hall",
        "answered_on": date(2013, 5, 1),
        "answers": ANSWERS,
        "now": NOW,
    }
    record_survey(engine, TOWN, **{**form, **given})


def _version(engine: Engine) -> int | None:
    with engine.connect() as connection:
        return connection.scalar(select(func.max(warehouse.version.c.version)))


def test_a_form_is_kept_with_its_answers_and_counted_for_its_day(engine: Engine) -> None:
    _enter(engine)
    held = dump(engine, columns_out=["row_hash"])
    assert held["survey_responses"] == [
        (FORM, "hall", date(2013, 5, 1), "screen", None, datetime(2013, 5, 1, 19, 30))
    ]
    place = ("hall", date(2013, 5, 1))
    assert held["survey_answers"] == [(FORM, "q1", *place, 3, 1), (FORM, "q2", *place, 1, 1)]
    assert held["mart_survey"] == [
        ("hall", date(2013, 5, 1), "q1", 3, 1),
        ("hall", date(2013, 5, 1), "q2", 1, 1),
    ]
    assert _version(engine) == 1


def test_the_same_form_sent_twice_is_kept_once(engine: Engine) -> None:
    _enter(engine)
    before = dump(engine)
    _enter(engine, now=datetime(2013, 5, 1, 19, 31, tzinfo=UTC))
    assert dump(engine) == before


def test_a_corrected_form_replaces_its_answers_and_moves_its_day(engine: Engine) -> None:
    _enter(engine)
    _enter(engine, answered_on=date(2013, 4, 30), answers={"q1": 2, "q2": 2})
    assert dump(engine)["mart_survey"] == [
        ("hall", date(2013, 4, 30), "q1", 2, 1),
        ("hall", date(2013, 4, 30), "q2", 2, 1),
    ]
    assert _version(engine) == 2


def test_what_a_browser_sends_as_text_is_read_as_meant(engine: Engine) -> None:
    _enter(engine, answered_on="2013-05-01", answers={"q1": "3", "q2": " 1 "})
    answers = [(row[1], row[-2]) for row in dump(engine)["survey_answers"]]
    assert answers == [("q1", 3), ("q2", 1)]


def test_today_in_the_towns_own_zone_is_not_the_future(engine: Engine) -> None:
    _enter(engine, answered_on=date(2013, 5, 2))
    assert len(dump(engine)["survey_responses"]) == 1


@pytest.mark.parametrize(
    ("given", "violations"),
    [
        ({"answered_on": date(2013, 5, 3)}, {("answered_on", "in_future")}),
        ({"today": date(2013, 4, 30)}, {("answered_on", "in_future")}),
        ({"answered_on": date(1999, 1, 1)}, {("answered_on", "before_window")}),
        ({"answered_on": "31.02.2013"}, {("answered_on", "bad_date")}),
        ({"service_point": "elsewhere"}, {("service_point", "unknown_service_point")}),
        ({"answers": {"q1": 4, "q2": 1}}, {("q1", "bad_answer")}),
        ({"answers": {"q1": None, "q2": "x"}}, {("q1", "missing_value"), ("q2", "bad_answer")}),
        ({"service_point": None, "answered_on": ""},
         {("service_point", "missing_value"), ("answered_on", "missing_value")}),
    ],
)  # fmt: skip
def test_a_form_that_breaks_the_contract_says_every_field_and_keeps_nothing(
    engine: Engine, given: dict[str, Any], violations: set[tuple[str, str]]
) -> None:
    with pytest.raises(ContractError) as refused:
        _enter(engine, **given)
    assert set(refused.value.violations) == violations
    assert dump(engine)["survey_responses"] == []
    assert _version(engine) is None


def test_an_answer_to_a_question_that_nobody_asked_is_left_out(engine: Engine) -> None:
    _enter(engine, answers={**ANSWERS, "q9": 1})
    answers = [(row[1], row[-2]) for row in dump(engine)["survey_answers"]]
    assert answers == [("q1", 3), ("q2", 1)]

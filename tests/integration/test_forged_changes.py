"""Changes to what is another office's, sent by people who are signed in: refused and noted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from dashboard import audit, doors
from dashboard.access import Role
from dashboard.app import KezekDash
from etl import case_remarks, warehouse
from etl.warehouse import survey_responses
from tests.support import asking
from tests.support.city import AS_OF, City, Filling, random_city
from tests.support.desk import NOON, Town, Visitor
from tests.support.dump import dump
from tests.support.regulations import almaty

TOKEN, REMARK = "screen-" + "a" * 32, "remark-" + "a" * 32
PEOPLE = {
    "dana": (Role.OPERATOR, "medeu"),
    "saule": (Role.OPERATOR, "almaly"),
    "erlan": (Role.HEAD, "medeu"),
    "marat": (Role.HEAD, "almaly"),
}


_CITY = Filling(lambda: random_city(almaty(), seed=3, cases=60))


@pytest.fixture
def filling() -> Filling:
    return _CITY


@pytest.fixture
def city(filling: object) -> City:
    return _CITY.city


@pytest.fixture
def town(city: City, database_url: str) -> Iterator[Town]:
    made = Town(database_url, settings={"today": AS_OF})
    for login, (role, place) in PEOPLE.items():
        made.account(login, role=role, service_points=frozenset({place}))
    yield made
    made.engine.dispose()


def _signed_in(town: Town, login: str) -> Visitor:
    visitor = town.visitor()
    assert visitor.sign_in(login).status_code == 303
    return visitor


def _sent(app: KezekDash, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The request of the callback of that name in `dashboard.doors`."""
    output = next(
        output
        for output, known in app.callback_map.items()
        if doors.callback_name(output, known["inputs"]) == name
    )
    return asking.body(app, output, {"location.pathname": "/overdue", **values})


def _save_form(town: Town, visitor: Visitor, place: str, answer: int, token: str = TOKEN) -> str:
    """What the form says after Save."""
    answers = [
        {"id": {"type": "survey-answer", "code": q}, "property": "value", "value": answer}
        for q in ("q1", "q2")
    ]
    values = {
        "survey-save.n_clicks": 1,
        "survey-state.data": {"token": token, "last": None},
        "survey-place.value": place,
        "survey-day.value": "2013-12-30",
        '{"code":["ALL"],"type":"survey-answer"}.value': answers,
        "location.search": "?lang=en",
    }
    sent = _sent(town.app, "survey-save.n_clicks > survey-state.data", values)
    return visitor.ask(sent).text


def _write(town: Town, visitor: Visitor, case_id: str) -> str:
    values = {
        "case-save.n_clicks": 1,
        "case-state.data": {"case": case_id, "token": REMARK},
        "case-note.value": "a note",
        "location.search": "?lang=en",
    }
    return visitor.ask(_sent(town.app, "case-save.n_clicks > case-state.data", values)).text


def _take_back(town: Town, visitor: Visitor, case_id: str, number: int) -> str:
    button = {"remark": number, "type": "case-withdraw"}
    pattern = '{"remark":["ALL"],"type":"case-withdraw"}.n_clicks'
    values = {
        pattern: [{"id": button, "property": "n_clicks", "value": 1}],
        "case-state.data": {"case": case_id},
        "location.search": "?lang=en",
    }
    sent = _sent(town.app, "case-withdraw.n_clicks > case-saved.data", values)
    return visitor.ask(sent).text


def _of(city: City, place: str) -> str:
    """A case of an office."""
    return next(c.case_id for c in city.cases if c.service_point == place)


def _changes(engine: Engine) -> list[tuple[str, str, str]]:
    """Who did what to which form or case, since they signed in."""
    return [
        (e.who, e.what, e.about.get("form") or e.about["case"])
        for e in audit.entries(engine)
        if e.what.partition(".")[0] in ("survey", "remark")
    ]


def test_an_operator_enters_no_form_of_another_office(town: Town, engine: Engine) -> None:
    dana, before = _signed_in(town, "dana"), dump(engine)["survey_responses"]
    for place in ("almaly", "portal", "no-such-office"):
        said = _save_form(town, dana, place, 1)
        assert "The form is not complete" in said
    assert dump(engine)["survey_responses"] == before
    assert _changes(engine) == [("dana", "survey.refused", TOKEN)] * 3


def test_an_operator_overwrites_no_form_of_another_office_by_its_token(
    town: Town, engine: Engine
) -> None:
    # Given
    _save_form(town, _signed_in(town, "dana"), "medeu", 3)
    saule, before = _signed_in(town, "saule"), dump(engine, without=["audit_entry"])
    # When she names her own office, and the other
    for place in ("almaly", "medeu"):
        assert "The form is not complete" in _save_form(town, saule, place, 1)
    # Then
    assert dump(engine, without=["audit_entry"]) == before
    assert _changes(engine) == [
        ("dana", "survey.saved", TOKEN),
        ("saule", "survey.refused", TOKEN),
        ("saule", "survey.refused", TOKEN),
    ]


def test_no_token_overwrites_what_a_source_delivered(town: Town, engine: Engine) -> None:
    with engine.connect() as connection:
        place = survey_responses.c.service_point == "medeu"
        held = connection.scalar(select(survey_responses.c.response_id).where(place))
    assert held is not None
    before = [row for row in dump(engine)["survey_responses"] if row[0] == held]
    assert "Saved" in _save_form(town, _signed_in(town, "dana"), "medeu", 1, token=held)
    assert [row for row in dump(engine)["survey_responses"] if row[0] == held] == before


def test_a_head_writes_to_no_case_of_another_office(town: Town, engine: Engine, city: City) -> None:
    case, marat = _of(city, "medeu"), _signed_in(town, "marat")
    assert "You may not write to this case." in _write(town, marat, case)
    assert "You may not write to this case." in _write(town, marat, "no-such-case")
    assert dump(engine)["case_remark"] == []
    assert _changes(engine) == [("marat", "remark.refused", case)]


def test_a_head_takes_back_no_remark_of_another_office(
    town: Town, engine: Engine, city: City
) -> None:
    # Given a remark of one head, and a case of the other's own
    case, own = _of(city, "medeu"), _of(city, "almaly")
    assert "Saved." in _write(town, _signed_in(town, "erlan"), case)
    marat, before = _signed_in(town, "marat"), dump(engine, without=["audit_entry"])
    # When
    assert "You may not write to this case." in _take_back(town, marat, case, 1)
    assert "Taken back" not in _take_back(town, marat, own, 1)
    # Then
    assert dump(engine, without=["audit_entry"]) == before
    assert _changes(engine) == [
        ("erlan", "remark.written", case),
        ("marat", "remark.refused", case),
    ]
    # And of their own office it can be taken back
    assert "Taken back." in _take_back(town, _signed_in(town, "erlan"), case, 1)


def test_the_token_of_another_s_remark_changes_nothing(
    town: Town, engine: Engine, city: City
) -> None:
    case = _of(city, "medeu")
    case_remarks.write(
        engine, case, token=REMARK, by="erlan", at=NOON, expected_on=None, note="first",
        earliest=AS_OF,
    )  # fmt: skip
    _write(town, _signed_in(town, "marat"), _of(city, "almaly"))
    with engine.connect() as connection:
        c = warehouse.case_remark.c
        assert connection.execute(select(c.case_id, c.note)).all() == [(case, "first")]

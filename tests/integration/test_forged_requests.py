"""Requests that a page never sends: for another's page, callback, cases or office."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from dashboard import context
from dashboard.access import Permission, Reader
from dashboard.app import KezekDash
from etl.databases import open_engine
from etl.warehouse import survey_responses
from tests.support import asking, drawing
from tests.support.city import random_city
from tests.support.doors import (
    CASE,
    EVERYBODY,
    PAGES,
    REFUSED,
    client_of,
    name_of,
    opens,
    outputs,
)
from tests.support.regulations import almaty
from tests.support.screens import ADMIN, AKIM, ANALYST, HEAD, OPERATOR


@pytest.mark.parametrize("reader", [OPERATOR, ADMIN, ANALYST], ids=name_of)
@pytest.mark.parametrize(
    "path", ["/overdue", "/overdue/", "//overdue", "/survey/../overdue", "/OVERDUE", "overdue", ""]
)
def test_no_path_of_the_location_leads_around_the_rights(
    houses: dict[str, KezekDash], reader: Reader, path: str
) -> None:
    screen = drawing.screen(client_of(houses, reader), path, "?lang=en&show=both")
    assert not CASE.search(str(screen))
    if reader is not ANALYST:
        assert "past their due date" not in str(screen)


@pytest.mark.parametrize("reader", EVERYBODY, ids=name_of)
@pytest.mark.parametrize("path", PAGES)
def test_the_first_page_is_drawn_within_the_layout_for_whom_it_is(
    houses: dict[str, KezekDash], reader: Reader | None, path: str
) -> None:
    answer = client_of(houses, reader).get(
        "/_dash-layout", query_string={"at": f"{path}?lang=en&show=both&case=case-00001"}
    )
    if reader is None:
        assert answer.status_code in (302, 401)
    else:
        assert (REFUSED not in answer.text) == opens(reader, PAGES[path])
    if not opens(reader, Permission.CASES):
        assert not CASE.search(answer.text.replace("case=case-00001", ""))


def forgeries(app: KezekDash) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests that name one callback and mean another."""
    found = outputs(app)
    draw = found["location.pathname, location.search > header.children"]
    grid = found["case-grid.getRowsRequest > case-grid.getRowsResponse"]
    asked = {"case-grid.getRowsRequest": {"startRow": 0, "endRow": 100}, "location.pathname": "/"}
    yield "outputs of another", {**asking.body(app, draw, asked), "outputs": {"id": "case-grid"}}
    yield "inputs of another", {**asking.body(app, grid, asked), "output": draw}
    yield "both at once", {**asking.body(app, draw, asked), "output": f"{draw}{grid}"}
    yield "more outputs", {**asking.body(app, draw, asked), "output": f"..{grid}...new.children.."}
    yield "as a list", {**asking.body(app, grid, asked), "output": [grid]}
    yield "with a hash", {**asking.body(app, grid, asked), "output": f"{grid}@{'0' * 64}"}
    yield "a pattern", {**asking.body(app, grid, asked), "output": '{"type":"case-grid"}.x'}
    yield "of the browser", {**asking.body(app, grid, asked), "output": "arrived.data"}
    yield "none", {}


@pytest.mark.parametrize("reader", [None, OPERATOR, ANALYST, ADMIN], ids=name_of)
def test_a_request_that_means_another_callback_gets_no_case(
    houses: dict[str, KezekDash], reader: Reader | None
) -> None:
    app, client = houses[name_of(reader)], client_of(houses, reader)
    for what, sent in forgeries(app):
        answer = asking.ask(client, sent)
        assert answer.status_code in (200, 204, 400, 401, 403), what
        assert not CASE.search(answer.text), what
        assert "Traceback" not in answer.text, what


def test_a_path_makes_no_lines_of_the_log(
    houses: dict[str, KezekDash], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(context, "current", broken)
    path = "/x\n2026-01-01 somebody signed in\r\u2028" + "y" * 1_000
    drawing.screen(client_of(houses, AKIM), path)
    (record,) = caplog.records
    assert record.getMessage().isprintable()
    assert len(record.getMessage()) < 200


def test_what_a_forged_request_says_is_not_in_the_log(
    houses: dict[str, KezekDash], caplog: pytest.LogCaptureFixture
) -> None:
    app, client = houses["akim"], client_of(houses, AKIM)
    for _what, sent in forgeries(app):
        caplog.clear()
        asking.ask(client, {**sent, "x": "my-secret"})
        assert len(caplog.records) <= 1
        assert "my-secret" not in caplog.text
        assert "Traceback" not in caplog.text


@pytest.mark.parametrize("sent", ["", "[]", "null", "1", '{"output": null}', "{", '"x"'])
def test_a_body_that_is_none_is_not_understood(houses: dict[str, KezekDash], sent: str) -> None:
    answer = client_of(houses, AKIM).post(asking.UPDATE, data=sent, content_type="application/json")
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_a_grid_of_another_s_page_shows_one_s_own_cases_alone(
    houses: dict[str, KezekDash],
) -> None:
    # Given a layout that was drawn for the whole city, or for another office
    app, client = houses["head"], client_of(houses, HEAD)
    places = {c.case_id: c.service_point for c in random_city(almaty(), cases=300).cases}
    output = "case-grid.getRowsResponse"
    for search in ("", "?service_point=authority", "?service_point=medeu,alatau", "?show=both"):
        request = {"startRow": 0, "endRow": 900, "context": {"search": search}}
        # When
        sent = asking.body(app, output, {"case-grid.getRowsRequest": request})
        told = asking.ask(client, sent).get_json()["response"]["case-grid"]["getRowsResponse"]
        # Then
        assert {places[row["case_id"]] for row in told["rowData"]} <= HEAD.service_points
        assert told["rowCount"] == len(told["rowData"])
        if "authority" in search:
            assert told["rowData"] == []


@pytest.mark.parametrize(
    ("place", "saved"),
    [("medeu", 1), *((other, 0) for other in ("almaly", "portal", "", None, ["medeu"], {}))],
)
def test_a_form_is_saved_of_one_s_own_office_alone(
    houses: dict[str, KezekDash], url: str, place: object, saved: int
) -> None:
    # Given
    app, client = houses["operator"], client_of(houses, OPERATOR)
    output = outputs(app)["survey-save.n_clicks > survey-state.data"]
    engine = open_engine(url)
    query = select(func.count()).select_from(survey_responses)
    with engine.connect() as connection:
        before = connection.execute(query).scalar_one()
    answers = '{"code":["ALL"],"type":"survey-answer"}.value'
    sent = asking.body(
        app,
        output,
        {
            "survey-save.n_clicks": 1,
            "survey-place.value": place,
            "survey-day.value": "2013-12-30",
            answers: [
                {"id": {"type": "survey-answer", "code": q}, "property": "value", "value": 1}
                for q in ("q1", "q2")
            ],
        },
    )
    # When
    answer = asking.ask(client, sent)
    # Then
    assert answer.status_code == 200
    with engine.connect() as connection:
        assert connection.execute(query).scalar_one() == before + saved
    engine.dispose()

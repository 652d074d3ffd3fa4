"""Whatever is sent to a callback: no failure, no trace, nothing that the role may not see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.access import Permission, Reader
from dashboard.app import KezekDash
from tests.support import asking, screens
from tests.support.city import City, Filling, random_city
from tests.support.forging import forged
from tests.support.regulations import almaty
from tests.support.screens import ADMIN, AKIM, ANALYST, HEAD, OPERATOR

CASE = re.compile(r"case-\d{5}")
FIGURES = ("past their due date", "People in the queue", "Within the limit")
READERS: tuple[Reader | None, ...] = (None, AKIM, HEAD, OPERATOR, ANALYST, ADMIN)
FUZZ = settings(
    max_examples=70,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SOUND = {
    "location.pathname": "/overdue",
    "location.search": "?lang=en&show=both",
    "case-grid.getRowsRequest": {
        "startRow": 0,
        "endRow": 100,
        "sortModel": [{"colId": "lateness", "sort": "asc"}],
        "context": {"search": "?show=both"},
    },
    "case-opened.data": None,
    "case-save.n_clicks": 1,
    "case-state.data": {"case": "case-00001", "token": "remark-" + "0" * 32},
    "case-expected.value": "2014-01-20",
    "case-note.value": "a note",
    "survey-save.n_clicks": 1,
    "survey-correct.n_clicks": 1,
    "survey-state.data": {
        "token": "screen-" + "0" * 32,
        "last": {
            "token": "screen-" + "1" * 32,
            "service_point": "medeu",
            "answered_on": "2013-12-30",
            "answers": {"q1": 1, "q2": 2},
        },
    },
    "survey-place.value": "medeu",
    "survey-day.value": "2013-12-30",
}
MEMBERS: dict[str, list[dict[str, Any]]] = {
    "filter": [
        {"id": {"type": "filter", "key": key}, "property": "value", "value": value}
        for key, value in (("period", "2013-01-01/2013-12-31"), ("channel", ["psc"]))
    ],
    "survey-answer": [
        {"id": {"type": "survey-answer", "code": q}, "property": "value", "value": 1}
        for q in ("q1", "q2")
    ],
    "case-withdraw": [
        {"id": {"type": "case-withdraw", "remark": 1}, "property": "n_clicks", "value": 1}
    ],
}


_CITY = Filling(lambda: random_city(almaty(), seed=3, cases=60, entries=20, responses=20))


@pytest.fixture
def filling() -> Filling:
    return _CITY


@pytest.fixture
def city(filling: object) -> City:
    return _CITY.city


@pytest.fixture(params=READERS, ids=lambda reader: reader.login if reader else "nobody")
def reader(request: pytest.FixtureRequest) -> Reader | None:
    """Each role, and nobody."""
    found: Reader | None = request.param
    return found


@pytest.fixture
def app(city: City, database_url: str, reader: Reader | None) -> Iterator[KezekDash]:
    """The application as the reader has it."""
    made = screens.application(database_url, reader)
    yield made
    made.house.engine.dispose()


def _sound(app: KezekDash) -> list[dict[str, Any]]:
    """A request for each callback of the server; and each as if it were for any other, the
    browser's own too."""
    own = [_request(app, out) for out, known in app.callback_map.items() if "callback" in known]
    return own * len(own) + [{**sent, "output": out} for sent in own for out in app.callback_map]


def _request(app: KezekDash, output: str) -> dict[str, Any]:
    known = app.callback_map[output]
    patterns = {
        f"{p['id']}.{p['property']}": MEMBERS[json.loads(p["id"])["type"]]
        for p in (*known["inputs"], *known["state"])
        if p["id"].startswith("{")
    }
    return asking.body(app, output, {**SOUND, **patterns})


def _may_see(reader: Reader | None, city: City) -> set[str]:
    """The numbers of the cases that a reader may see."""
    if reader is None or not reader.may(Permission.CASES):
        return set()
    own = reader.service_points
    return {c.case_id for c in city.cases if not own or c.service_point in own}


@FUZZ
@given(data=st.data())
def test_no_request_breaks_a_callback_or_tells_too_much(
    app: KezekDash,
    city: City,
    caplog: pytest.LogCaptureFixture,
    reader: Reader | None,
    data: st.DataObject,
) -> None:
    # Given
    sent = data.draw(st.sampled_from(_sound(app)).flatmap(forged))
    caplog.clear()
    # When
    answer = asking.ask(app.server.test_client(), sent)
    # Then
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    told = set(CASE.findall(answer.text)) - set(CASE.findall(json.dumps(sent)))
    assert told <= _may_see(reader, city)
    if reader is None or not reader.may(Permission.FIGURES):
        assert not any(words in answer.text for words in FIGURES)
    # And the log tells of it in a line, if at all, and repeats nothing of it
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert len(caplog.records) <= 1

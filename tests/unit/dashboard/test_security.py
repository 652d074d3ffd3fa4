"""Under which names the server answers, whose word it takes, how often one may ask."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import ValidationError

from dashboard.app import create_app
from dashboard.settings import Settings
from tests.support import asking, screens
from tests.support.city import AS_OF
from tests.support.regulations import almaty
from tests.support.serving import SECRET


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=60)


def client(url: str, **said: Any) -> FlaskClient:
    app = create_app(Settings(database_url=url, today=AS_OF, **said), reader=screens.AKIM)
    found: FlaskClient = app.server.test_client()
    return found


FROM_ELSEWHERE = {"REMOTE_ADDR": "10.0.0.9"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("kezek.example", 200),
        ("KEZEK.example:443", 200),
        ("queue.example", 200),
        ("localhost", 200),
        ("evil.example", 421),
        ("kezek.example.evil.example", 421),
        ("10.0.0.5", 421),
        ("", 421),
    ],
)
def test_only_its_own_names_are_answered(url: str, host: str, status: int) -> None:
    asked = client(url, hosts="kezek.example, queue.example")
    answer = asked.get("/healthz", headers={"Host": host}, environ_base=FROM_ELSEWHERE)
    assert answer.status_code == status


def test_without_a_name_nobody_from_elsewhere_is_answered(url: str) -> None:
    assert client(url).get("/healthz", environ_base=FROM_ELSEWHERE).status_code == 421


def test_a_proxy_is_believed_only_where_one_was_set(url: str) -> None:
    said = {"X-Forwarded-For": "10.0.0.9", "X-Forwarded-Proto": "https"}
    plain = client(url).get("/healthz", headers=said)
    behind = client(url, proxies=1, hosts="localhost").get("/healthz", headers=said)
    assert "Strict-Transport-Security" not in plain.headers
    assert "Strict-Transport-Security" in behind.headers


def test_a_proxy_cannot_be_made_to_say_another_name(url: str) -> None:
    asked = client(url, proxies=1, hosts="kezek.example")
    said = {"Host": "evil.example", "X-Forwarded-Host": "kezek.example"}
    assert asked.get("/healthz", headers=said).status_code == 421


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP"])
def test_a_demonstration_is_not_shown_through_a_proxy(url: str, name: str) -> None:
    said = {name: "for=10.0.0.9" if name == "Forwarded" else "10.0.0.9"}
    assert client(url, demo=True).get("/healthz").status_code == 200
    assert client(url, demo=True).get("/healthz", headers=said).status_code == 421
    assert client(url).get("/healthz", headers=said).status_code == 200


def test_who_asks_too_often_waits(url: str) -> None:
    # Given
    asked = client(url, files_a_minute=2, language="ru")
    # When
    answers = [asked.get("/export/chart/data/runs.csv") for _ in range(3)]
    # Then
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Слишком много запросов" in answers[-1].text
    assert asked.get("/healthz").status_code == 200
    assert asked.get("/_dash-layout").status_code == 200, "pages have a limit of their own"


def test_what_is_refused_is_counted_like_the_rest(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    # Given
    asked = client(url, requests_a_minute=3)
    # When: a callback as no page asks it
    answers = [asking.ask(asked, {"output": "none.children"}) for _ in range(5)]
    # Then
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429]
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 3


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"path": "/overdue", "method": "GET", "headers": {"Accept": "text/html"}}, 303),
        ({"path": asking.UPDATE, "method": "POST", "json": {}}, 401),
    ],
)
def test_nobody_is_counted_by_address(url: str, given: dict[str, Any], status: int) -> None:
    # Given
    settings = Settings(database_url=url, today=AS_OF, secret=SECRET, requests_a_minute=3)
    asked = create_app(settings).server.test_client()
    # When
    answers = [asked.open(**given) for _ in range(4)]
    another = asked.open(**given, environ_base={"REMOTE_ADDR": "::1"})
    # Then
    assert [answer.status_code for answer in answers] == [status] * 3 + [429]
    assert another.status_code == status
    assert asked.get("/sign-in").status_code == 200, "the sign-in has waits of its own"


def test_who_is_forbidden_too_often_waits(url: str) -> None:
    settings = Settings(database_url=url, today=AS_OF, files_a_minute=3)
    asked = create_app(settings, reader=screens.OPERATOR).server.test_client()
    answers = [asked.get("/export/overdue.csv") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 429]


def test_a_mistake_of_ours_shows_no_trace(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("dashboard.panel_files.xlsx", broken)
    # When
    answer = client(url).get("/export/chart/data/runs.xlsx")
    # Then
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "a secret of the inside" in caplog.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_no_address_takes_a_method_that_it_does_not_know(url: str, method: str) -> None:
    assert client(url).open("/overdue", method=method).status_code in (403, 405)


@pytest.mark.parametrize("said", [{"proxies": -1}, {"max_body": 0}, {"requests_a_minute": 0}])
def test_a_limit_that_is_none_stops_the_start(said: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Settings(**said)  # type: ignore[arg-type]

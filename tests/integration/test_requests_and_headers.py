"""Which requests are taken at all, and what the browser is told not to do with the answers."""

from __future__ import annotations

import pytest

from dashboard.app import KezekDash
from tests.support import asking
from tests.support.doors import (
    NO_FILES,
    client_of,
    name_of,
)
from tests.support.screens import AKIM


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_a_page_of_another_site_changes_nothing(
    houses: dict[str, KezekDash], headers: dict[str, str]
) -> None:
    app, client = houses["akim"], client_of(houses, AKIM)
    sent = asking.body(app, "case-grid.getRowsResponse", {})
    assert asking.ask(client, sent, headers=headers).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_callback_takes_json_alone(houses: dict[str, KezekDash], kind: str) -> None:
    client = client_of(houses, AKIM)
    assert client.post(asking.UPDATE, data="{}", content_type=kind).status_code == 403


def test_our_own_pages_are_heard(houses: dict[str, KezekDash]) -> None:
    app, client = houses["akim"], client_of(houses, AKIM)
    sent = asking.body(app, "case-grid.getRowsResponse", {})
    for headers in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {}):
        assert asking.ask(client, sent, headers=headers).status_code == 200


def test_a_body_that_is_too_large_is_refused(houses: dict[str, KezekDash]) -> None:
    client = client_of(houses, AKIM)
    answer = client.post(
        asking.UPDATE,
        data=b" " * 2_000_000,
        content_type="application/json",
        headers={"Accept-Language": "ru"},
    )
    assert answer.status_code == 413
    assert "Запрос слишком велик" in answer.text


def test_what_was_told_to_a_reader_is_kept_nowhere(houses: dict[str, KezekDash]) -> None:
    client = client_of(houses, AKIM)
    for address in ("/", "/export/overdue.csv", "/export/chart/queue/flow.csv", "/_dash-layout"):
        assert client.get(address).headers["Cache-Control"] == "no-store"
    with client.get("/assets/kezek.css") as open_to_all:
        assert "no-store" not in open_to_all.headers["Cache-Control"]


def test_tls_is_kept_where_it_is_used(houses: dict[str, KezekDash]) -> None:
    client = client_of(houses, AKIM)
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    secure = client.get("/healthz", base_url="https://localhost")
    assert "max-age=" in secure.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("address", NO_FILES)
def test_a_file_that_no_package_hands_out_is_not_there(
    houses: dict[str, KezekDash], address: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert houses[name_of(None)].server.test_client().get(address).status_code == 404
    assert not caplog.records

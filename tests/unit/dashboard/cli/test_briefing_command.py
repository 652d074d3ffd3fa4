"""``kezek briefing``: what it refuses, and who may ask the server that it prints from."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from dashboard import chromium, paper
from dashboard.settings import Settings
from etl.errors import KezekError
from tests.support import screens
from tests.support.city import AS_OF
from tests.support.command import kezek
from tests.support.regulations import almaty


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=60)


@pytest.fixture(autouse=True)
def _city(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEZEK_DATABASE_URL", url)
    monkeypatch.setenv("KEZEK_TODAY", AS_OF.isoformat())


@pytest.mark.parametrize("month", ["november", "2013-13", "2013-1", "2013-11-01", "0000-01", ""])
def test_what_is_no_month_is_refused(month: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        kezek("briefing", "--month", month)
    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "is no month like 2013-11" in said


def test_a_month_that_has_not_ended_in_the_data_is_refused() -> None:
    with pytest.raises(SystemExit, match="The data reach to 2013-12-31"):
        kezek("briefing", "--month", "2014-01")


def test_without_chromium_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium.shutil, "which", lambda _name: None)
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        kezek("briefing", "--month", "2013-11")


def test_a_chromium_that_fails_is_told_with_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no screen >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(chromium.shutil, "which", lambda _name: str(broken))
    # When / Then
    with pytest.raises(KezekError, match="no screen"):
        chromium.print_to_pdf("http://127.0.0.1:9/")


@pytest.mark.parametrize("stands_at", [1, 3, None])
def test_a_page_that_was_printed_too_soon_is_printed_anew(
    url: str, monkeypatch: pytest.MonkeyPatch, stands_at: int | None
) -> None:
    # Given a browser whose page stands when it is printed for this time
    prints: list[str] = []

    def print_to_pdf(address: str) -> bytes:
        prints.append(address)
        if len(prints) == stands_at:
            with requests.Session() as browser:
                browser.get(address, allow_redirects=False, timeout=60)
                browser.get(address.replace("/enter", "/drawn"), timeout=60).raise_for_status()
        return b"page %d" % len(prints)

    monkeypatch.setattr(chromium, "find", lambda: "chromium")
    monkeypatch.setattr(chromium, "print_to_pdf", print_to_pdf)
    settings = Settings(database_url=url)
    # When / Then
    if stands_at is None:
        with pytest.raises(KezekError, match="printed before its charts were drawn"):
            paper.pdf(settings, "/briefing?lang=kk")
        assert len(prints) == 3
    else:
        assert paper.pdf(settings, "/briefing?lang=kk") == b"page %d" % stands_at


@pytest.fixture
def door(url: str) -> Iterator[paper._Door]:
    with paper._serving(Settings(database_url=url), "/briefing?lang=kk") as found:
        yield found


def ask(door: paper._Door, path: str, cookie: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(door.base).netloc, timeout=60)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize("path", ["/", "/healthz", "/enter", "/enter?key=x", "/enter?key=%D3%99"])
def test_the_printing_server_answers_nobody_without_its_key(door: paper._Door, path: str) -> None:
    assert ask(door, path).status == 403
    assert not door.drawn.is_set()


def test_the_key_opens_the_door_to_the_one_page(door: paper._Door) -> None:
    # When
    entered = ask(door, f"/enter?key={door.key}")
    # Then
    assert entered.status == 302
    assert entered.headers["Location"] == "/briefing?lang=kk"
    cookie = entered.headers["Set-Cookie"].partition(";")[0]
    assert ask(door, "/briefing?lang=kk", cookie).status == 200
    assert ask(door, "/drawn", cookie).status == 204
    assert door.drawn.is_set()

"""Every page in every language without a browser, and how the filter moves the address."""

from __future__ import annotations

import json
import re

import pytest
from dash import no_update
from flask import Flask
from flask.testing import FlaskClient

from dashboard import access, pages, shell
from dashboard.context import Context, current, parse_search
from etl.regulation.model import LANGUAGES
from tests.support import drawing, screens
from tests.support.regulations import almaty

PATHS = [page.PATH for page in pages.load()]
NONSENSE = re.compile(r"\b(NaN|NaT|None|null|undefined|Traceback|inf)\b|<NA>|\{\w+\}")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=400)


@pytest.fixture(scope="module")
def client(url: str) -> FlaskClient:
    return screens.client(url)


@pytest.fixture(scope="module")
def server(client: FlaskClient) -> Flask:
    flask: Flask = client.application
    return flask


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "query",
    [
        "",
        "&channel=portal",
        "&category=emergency&from=2011-01-01&to=2011-01-31",
        "&service_point=authority&as_of=1995-01-01",
        "&from=2013-12-31&to=2013-12-01&channel=nope&x=1&here=2&context=3",
    ],
)
def test_every_page_says_only_what_a_reader_understands(
    client: FlaskClient, path: str, lang: str, query: str, caplog
) -> None:
    # When
    screen = drawing.screen(client, path, f"?lang={lang}{query}")
    # Then
    words = drawing.words(list(screen.values()))
    assert not NONSENSE.search(words), NONSENSE.search(words)
    assert "could not be drawn" not in caplog.text
    if lang != "en":
        codes = r"\b(direct|psc|veterans|vulnerable|public_sector|authority|alatau|housed)\b"
        assert not re.search(codes, words)


def test_what_the_address_says_wrongly_is_named(client: FlaskClient) -> None:
    screen = drawing.screen(client, "/", "?lang=ru&channel=nope,portal&clock=zzz")
    words = drawing.words(screen["notices"])
    assert "Канал: nope" in words
    assert "zzz" in words
    assert "portal" not in words


def test_charts_carry_text_for_those_who_cannot_see_them(client: FlaskClient) -> None:
    text = json.dumps(drawing.screen(client, "/times", "?lang=ru")["content"])
    charts = text.count('"type": "Graph"')
    assert charts >= 4
    assert text.count('"role": "img"') == charts


def choose(server: Flask, search: str, path="/", **chosen: object):
    with server.test_request_context(path + search):
        access.admit(screens.AKIM)
        return shell.search_for(path, search, chosen)


def test_a_choice_becomes_part_of_the_address_and_the_rest_stays(server: Flask) -> None:
    search = choose(server, "?lang=ru&show=soon&category=veterans", channel=["psc", "portal"])
    assert parse_search(search) == {
        "channel": "psc,portal",
        "category": "veterans",
        "lang": "ru",
        "show": "soon",
    }


def test_a_preset_sets_both_ends_of_the_period(server: Flask) -> None:
    search = choose(server, "?lang=ru", period="2012-01-01/2012-12-31")
    assert parse_search(search) == {"from": "2012-01-01", "to": "2012-12-31", "lang": "ru"}


def test_a_date_of_one_s_own_leaves_the_other_end(server: Flask) -> None:
    search = choose(server, "?from=2013-01-01&to=2013-06-30", **{"from": "2013-03-05"})
    assert parse_search(search) == {"from": "2013-03-05", "to": "2013-06-30"}


def test_the_default_leaves_the_address_bare(server: Flask) -> None:
    assert choose(server, "?channel=psc", channel=[]) == ""


def test_controls_that_agree_with_the_address_move_nothing(server: Flask) -> None:
    assert choose(server, "?channel=psc", channel=["psc"]) is no_update


def test_a_cleared_date_is_the_default(server: Flask) -> None:
    assert choose(server, "?as_of=2013-06-30", as_of="") == ""


def here(server: Flask, path: str, search: str) -> Context:
    with server.test_request_context(path + search):
        found = current(path, search)
    assert found is not None
    return found


def test_links_take_the_filter_along_and_leave_the_page_s_own_state(server: Flask) -> None:
    # Given
    context = here(server, "/overdue", "?lang=ru&channel=psc&show=soon")
    # When / Then
    assert context.href("/queue") == "/queue?lang=ru&channel=psc"
    assert context.href("/overdue", show="both") == "/overdue?lang=ru&channel=psc&show=both"
    assert context.href(lang="kk") == "/overdue?lang=kk&channel=psc&show=soon"
    assert context.href(channel=None) == "/overdue?lang=ru&show=soon"
    assert context.href("/queue") == "/queue?lang=ru&channel=psc"

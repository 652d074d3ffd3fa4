"""Elements are what Dash's own classes would have made of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dash.dcc
import dash.html
import plotly.io._json
import pytest
from flask.testing import FlaskClient

from dashboard import html
from dashboard.settings import DEFAULT_REGULATION
from etl.regulation import load
from tests.support import drawing, screens

ELEMENTS = {
    name: one
    for name, one in inspect.getmembers(html, inspect.isclass)
    if issubclass(one, html.Element) and hasattr(dash.html, name) | hasattr(dash.dcc, name)
}
PATHS = ("/", "/queue", "/times", "/overdue", "/satisfaction", "/data", "/briefing")
_WILDCARDS = ("data-", "aria-")
_CORE = ("Link", "Graph", "Store")
_CHILDLESS = ("Graph", "Store")


@pytest.mark.parametrize("name", ELEMENTS)
def test_an_element_is_sent_as_dash_would_send_it(name: str) -> None:
    props: dict[str, Any] = {"id": "one"}
    if name not in _CHILDLESS:
        props |= {"children": ["text"], "className": "kz"}
    if name == "Link":
        props["href"] = "/queue"
    if name in _CORE:
        theirs = getattr(dash.dcc, name)
    else:
        theirs = getattr(dash.html, name)
        props["data-key"] = "1"
    assert ELEMENTS[name](**props) == theirs(**props).to_plotly_json()


@pytest.mark.parametrize("path", PATHS)
def test_every_property_on_a_page_is_one_that_dash_knows(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = screens.client(screens.database(tmp_path, load(DEFAULT_REGULATION)))
    if path != "/overdue":  # which has the grid
        _sends_plain_json_where_the_filter_stands(client, path, monkeypatch)
    for found in _elements(drawing.screen(client, path, "?lang=ru")):
        known = getattr(dash.html, found["type"])()._prop_names
        unknown = [key for key in found["props"] if key not in known]
        assert all(key.startswith(_WILDCARDS) for key in unknown), (found["type"], unknown)


def _sends_plain_json_where_the_filter_stands(
    client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(value: Any, **_: Any) -> None:
        raise AssertionError(f"{value!r:.200} is looked at value by value")

    dependencies = client.get("/_dash-dependencies").get_json()
    asked = drawing.request(dependencies, path, "?lang=ru&channel=egov")
    asked["state"][0]["value"] = {"page": path, "lang": "ru", "rest": "?lang=ru"}
    with monkeypatch.context() as patch:
        patch.setattr(plotly.io._json, "clean_to_json_compatible", refuse)
        assert client.post("/_dash-update-component", json=asked).status_code == 200


def _elements(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("namespace") == "dash_html_components":
            yield part
        for value in part.values():
            yield from _elements(value)
    elif isinstance(part, list):
        for value in part:
            yield from _elements(value)

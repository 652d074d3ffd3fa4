"""Elements are what Dash's own classes would have made of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dash.dcc
import dash.html
import dash_bootstrap_components as dbc
import plotly.io._json
import pytest
from flask.testing import FlaskClient

from dashboard import html
from dashboard.settings import DEFAULT_REGULATION
from etl.regulation import load
from tests.support import drawing, screens

LIBRARIES = {
    "dash_html_components": dash.html,
    "dash_core_components": dash.dcc,
    "dash_bootstrap_components": dbc,
}
ELEMENTS = {
    name: one
    for name, one in inspect.getmembers(html, inspect.isclass)
    if issubclass(one, html.Element) and hasattr(LIBRARIES[one.NAMESPACE], name)
}
PATHS = ("/", "/queue", "/times", "/overdue", "/satisfaction", "/data", "/briefing")
_WILDCARDS = ("data-", "aria-")


@pytest.mark.parametrize("name", ELEMENTS)
def test_an_element_is_sent_as_dash_would_send_it(name: str) -> None:
    made = ELEMENTS[name]
    theirs = getattr(LIBRARIES[made.NAMESPACE], name)
    known = inspect.signature(theirs.__init__).parameters
    asked = {"id": "one", "children": ["text"], "className": "kz", "href": "/queue"}
    props = {key: value for key, value in asked.items() if key in known}
    if theirs in vars(dash.html).values():
        props["data-key"] = "1"
    assert made(**props) == theirs(**props).to_plotly_json()


@pytest.mark.parametrize("path", PATHS)
def test_every_property_on_a_page_is_one_that_dash_knows(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = screens.client(screens.database(tmp_path, load(DEFAULT_REGULATION)))
    if path != "/overdue":  # which has the grid
        _sends_plain_json(client, path, monkeypatch)
    for found in _elements(drawing.screen(client, path, "?lang=ru")):
        theirs = getattr(LIBRARIES[found["namespace"]], found["type"])
        known = inspect.signature(theirs.__init__).parameters
        unknown = [key for key in found["props"] if key not in known]
        assert all(key.startswith(_WILDCARDS) for key in unknown), (found["type"], unknown)


def _sends_plain_json(client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(value: Any, **_: Any) -> None:
        raise AssertionError(f"{value!r:.200} is looked at value by value")

    dependencies = client.get("/_dash-dependencies").get_json()
    asked = drawing.request(dependencies, path, "?lang=ru&channel=egov")
    asked["state"][0]["value"] = {"page": path, "lang": "ru", "rest": "?lang=ru"}
    with monkeypatch.context() as patch:
        patch.setattr(plotly.io._json, "clean_to_json_compatible", refuse)
        assert client.post("/_dash-update-component", json=asked).status_code == 200
        assert client.get(f"/_dash-layout?at={path}").status_code == 200


def _elements(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("namespace") in LIBRARIES:
            yield part
        for value in part.values():
            yield from _elements(value)
    elif isinstance(part, list):
        for value in part:
            yield from _elements(value)

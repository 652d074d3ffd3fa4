"""Elements are what Dash's own classes would have made of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dash.html
import pytest

from dashboard import html
from dashboard.settings import DEFAULT_REGULATION
from etl.regulation import load
from tests.support import drawing, screens

ELEMENTS = {
    name: one
    for name, one in inspect.getmembers(html, inspect.isclass)
    if issubclass(one, html.Element) and one is not html.Element
}
PATHS = ("/", "/queue", "/times", "/overdue", "/satisfaction", "/data", "/briefing")
_WILDCARDS = ("data-", "aria-")


@pytest.mark.parametrize("name", ELEMENTS)
def test_an_element_is_sent_as_dash_would_send_it(name: str) -> None:
    props = {"className": "kz", "id": "one", "data-key": "1"}
    made = ELEMENTS[name](["text"], **props)
    theirs = getattr(dash.html, name)(["text"], **props).to_plotly_json()
    assert made == theirs


@pytest.mark.parametrize("path", PATHS)
def test_every_property_on_a_page_is_one_that_dash_knows(path: str, tmp_path: Path) -> None:
    client = screens.client(screens.database(tmp_path, load(DEFAULT_REGULATION)))
    for found in _elements(drawing.screen(client, path, "?lang=ru")):
        known = getattr(dash.html, found["type"])()._prop_names
        unknown = [key for key in found["props"] if key not in known]
        assert all(key.startswith(_WILDCARDS) for key in unknown), (found["type"], unknown)


def _elements(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("namespace") == "dash_html_components":
            yield part
        for value in part.values():
            yield from _elements(value)
    elif isinstance(part, list):
        for value in part:
            yield from _elements(value)

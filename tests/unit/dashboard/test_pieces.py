"""What is sent when the filter changes: what differs, no more, and no less."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from dashboard import html, pages
from dashboard.pieces import differing
from tests.benchmarks.changes import changes
from tests.support import drawing, screens
from tests.support.regulations import almaty

PATHS = [page.PATH for page in pages.load()]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("city")
    return screens.client(screens.database(folder, almaty(), cases=400))


@pytest.mark.parametrize("path", PATHS)
def test_what_is_shown_after_change_upon_change_is_the_page_itself(
    client: FlaskClient, path: str
) -> None:
    shown, drawn = None, None
    for search in changes(almaty(), 12):
        sent = drawing.screen(client, path, search, drawn)
        shown, drawn = drawing.changed(shown, sent.get("content", shown)), sent["drawn"]
        assert shown == drawing.screen(client, path, search)["content"], search


def test_a_panel_that_shows_the_same_is_not_sent(client: FlaskClient) -> None:
    """The register knows no channels: of the queue only what leads elsewhere is another."""
    # Given
    whole = drawing.screen(client, "/queue", "?lang=ru")
    # When
    sent = drawing.screen(client, "/queue", "?lang=ru&channel=portal", whole["drawn"])
    # Then
    sections = [s for s in _sections(whole["content"]) if "/queue?" not in str(s)]
    assert sections
    assert not [s for s in sections if s in _sections(sent.get("content"))]


def test_on_the_same_address_nothing_of_the_page_is_sent(client: FlaskClient) -> None:
    for path in ("/", "/queue", "/times", "/satisfaction", "/data"):
        whole = drawing.screen(client, path, "?lang=kk")
        assert "content" not in drawing.screen(client, path, "?lang=kk", whole["drawn"])


def test_what_callbacks_may_have_changed_is_sent_again(client: FlaskClient) -> None:
    whole = drawing.screen(client, "/overdue", "?lang=kk")
    sent = drawing.screen(client, "/overdue", "?lang=kk&from=2013-01-01", whole["drawn"])
    assert "AgGrid" in str(sent["content"])


@pytest.mark.parametrize(
    "shown",
    [
        None,
        "x",
        [],
        {},
        {"ground": 1, "pieces": []},
        {"ground": "x", "pieces": {"0": "x"}},
        {"ground": "x", "pieces": ["x", None, 3, {}]},
    ],
)
def test_names_that_are_none_bring_the_whole_page(client: FlaskClient, shown: object) -> None:
    whole = drawing.screen(client, "/times", "?lang=ru")
    said = {**whole["drawn"], "shown": shown}
    assert drawing.screen(client, "/times", "?lang=ru", said)["content"] == whole["content"]


def test_pieces_on_another_ground_are_sent_whole() -> None:
    # Given
    old = [html.H1("a"), html.Div([html.P("b"), html.P("c")], className="kz-panels")]
    _, names = differing(old, None)
    for ground in (
        html.Div([html.P("b"), html.P("c")], className="kz-columns"),
        html.Div([html.P("b")], className="kz-panels"),
        html.P("b"),
    ):
        # When
        new = [html.H1("a"), ground]
        # Then
        assert differing(new, names)[0] is new


def _sections(component: object) -> list[object]:
    if isinstance(component, list):
        return [found for one in component for found in _sections(one)]
    if not isinstance(component, dict):
        return []
    below = [found for one in component.values() for found in _sections(one)]
    return [component, *below] if component.get("type") == "Section" else below

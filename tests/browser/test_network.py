"""Nothing comes from another host: the network of an office may be closed."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.support.reader import NewReader


def test_all_that_a_fresh_browser_asks_for_is_noted(new_reader: NewReader) -> None:
    # Given: `new_reader` fails whichever test a page of which asks another host
    reader = new_reader(fresh=True)
    # When
    reader.open("/", lang="kk")
    # Then
    asked = {urlsplit(url).path for url in reader.requests}
    assert {"/", "/page.css", "/vendor/plotly.js", "/_dash-layout"} <= asked
    assert reader.strangers == set()
    # When
    reader.requests.append("https://cdn.plot.ly/plotly.js")
    # Then
    assert reader.strangers == {"cdn.plot.ly"}
    reader.requests.clear()


SHEETS = ("/page.css", "/theme.css", "/vendor/css/bootstrap.min.css", "/assets/kezek.css")


def test_no_style_sheet_names_another_host(reader) -> None:
    for path in SHEETS:
        # When
        answer = reader.page.request.get(reader.base + path)
        # Then
        assert answer.ok, path
        assert "@import" not in answer.text(), path
        assert "url(http" not in answer.text().replace('url("http', "url(http"), path

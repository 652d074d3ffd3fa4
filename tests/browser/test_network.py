"""Nothing comes from another host: the network of an office may be closed."""

from __future__ import annotations

import pytest

from dashboard import pages


@pytest.mark.parametrize("path", [page.PATH for page in pages.load()])
def test_a_page_asks_no_other_host_for_anything(reader, path: str) -> None:
    # When
    reader.open(path, lang="kk")
    reader.drawn()
    # Then
    assert len(reader.requests) > 5
    assert reader.strangers == set()


@pytest.mark.parametrize(
    "path", ["/page.css", "/theme.css", "/vendor/css/bootstrap.min.css", "/assets/kezek.css"]
)
def test_a_style_sheet_names_no_other_host(reader, path: str) -> None:
    # When
    answer = reader.page.request.get(reader.base + path)
    # Then
    assert answer.ok
    assert "@import" not in answer.text()
    assert "url(http" not in answer.text().replace('url("http', "url(http")

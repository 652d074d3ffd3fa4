""" "Share chart" of plotly.js sends a figure to another host: it must be shut on every chart."""

from __future__ import annotations

import pytest

from dashboard import pages

CONFIGS = """() => [...document.querySelectorAll('.js-plotly-plot')].map(plot => ({
  cloud: plot._context.showSendToCloud,
  server: plot._context.plotlyServerURL,
  edit: Boolean(plot._context.showEditInChartStudio),
  link: Boolean(plot._context.showLink),
}))"""
SHUT = {"cloud": False, "server": "", "edit": False, "link": False}
CLOUD_BUTTONS = "[data-title*='hare' i], [data-title*='cloud' i], [data-title*='studio' i]"
CHARTED = ("/", "/queue", "/times", "/satisfaction")


@pytest.mark.parametrize("path", [page.PATH for page in pages.load()])
def test_no_chart_can_be_sent_to_another_host(reader, path: str) -> None:
    # When
    page = reader.open(path, lang="en")
    # Then
    configs = page.evaluate(CONFIGS)
    assert all(config == SHUT for config in configs)
    assert bool(configs) == (path in CHARTED)
    # When
    for plot in page.locator(".js-plotly-plot").all():
        plot.hover()
    # Then the mode bar offers no cloud
    assert page.locator(CLOUD_BUTTONS).count() == 0

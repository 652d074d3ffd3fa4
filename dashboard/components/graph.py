"""The one way a Plotly figure gets onto a page."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.components.attributes import aria
from dashboard.figures.base import Figure
from dashboard.plotly_locale import locales
from etl.regulation.model import Lang


def graph(
    figure: Figure,
    *,
    name: str,
    alt: str,
    lang: Lang,
    height: int = 300,
    leads: bool = False,
) -> html.Div:
    """``figure`` as an image with ``alt`` as its text, in the reader's language.

    ``leads``: a click on a point follows the link that its panel's table has for it.

    plotly.js uploads a figure to another host through "Share chart", on by default: both the
    button and its address are taken away here, and nowhere else may make one.
    """
    return html.Div(
        html.Graph(
            id=name,
            figure=figure,
            config=config(lang),
            responsive=True,
            style={"height": f"{height}px"},
        ),
        role="img",
        **aria(label=alt),
        className="kz-graph kz-leads" if leads else "kz-graph",
        style={"--kz-height": f"{height}px"},  # nothing jumps when the chart arrives
    )


def config(lang: Lang) -> dict[str, Any]:
    """What every chart of the house is set to; plotly.js knows English by itself."""
    known = locales()
    return {
        "locale": lang,
        "locales": {lang: known[lang]} if lang in known else {},
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "displaylogo": False,
        "displayModeBar": False,
        "doubleClick": False,
        "scrollZoom": False,
        "showTips": False,
    }

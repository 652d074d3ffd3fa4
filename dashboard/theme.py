"""The palette and the Plotly template: the one file that names a colour.

One ink, one line colour; blue is better, orange is worse, and words always say it too. Blue and
orange stay apart for every kind of colour blindness (Okabe & Ito, "Color Universal Design", 2008).
Contrasts (WCAG 2.2): text at least 4.5:1, marks at least 3:1, on the card and on the page.

Figures carry the light theme's colours. In the dark theme the style sheet brightens their marks
by ``DARK_MARKS`` and takes their text and grid from the theme's own variables, so a figure is
drawn once and follows the switch without another request.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from plotly import graph_objects as go

FONT = (
    'system-ui, "Segoe UI", "Noto Sans", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif'
)

BLUE = "#2a6b8f"
ORANGE = "#c2540a"
INK = "#1a212b"
GREY = "#5b6673"
GRID = "#dfe4ea"
BAND = "rgba(42, 107, 143, 0.11)"
PALE_BLUE = "rgba(42, 107, 143, 0.5)"
PALE_ORANGE = "rgba(194, 84, 10, 0.5)"
LEAVING = (  # why people left the queue: told apart by lightness, and by name in the legend
    "#17435c",
    "#5f93b0",
    "#7a828c",
    "#a9b1ba",
    "#c2540a",
    "#8a6d52",
)

LIGHT: Mapping[str, str] = {
    "page": "#f5f6f8",
    "card": "#ffffff",
    "ink": INK,
    "quiet": GREY,
    "line": GRID,
    "mark": BLUE,
    "partly": "#b9cbd6",
    "not": "#c2540a",
    "better": "#1f6389",
    "worse": "#b04a06",
    "link": "#0b6670",
    "chosen": "#e3f0f1",
    "band": "#e8eef3",
    "focus": "#0b6670",
}
DARK: Mapping[str, str] = {
    "page": "#11151b",
    "card": "#1a2029",
    "ink": "#e8ecf1",
    "quiet": "#a2adba",
    "line": "#313a46",
    "mark": "#62aede",
    "partly": "#3f586a",
    "not": "#e58238",
    "better": "#7cc0ee",
    "worse": "#f5954a",
    "link": "#5cc3cd",
    "chosen": "#1d3539",
    "band": "#26313d",
    "focus": "#5cc3cd",
}
DARK_MARKS = "brightness(1.55) saturate(0.9)"


def css() -> str:
    """The palette as custom properties for the style sheet, light and dark."""
    return (
        _rule(":root, [data-bs-theme=light]", LIGHT)
        + _rule("[data-bs-theme=dark]", DARK)
        + f"[data-bs-theme=dark] {{ --kz-marks: {DARK_MARKS}; }}\n"
        + f":root {{ --kz-font: {FONT}; }}\n"
        + "@media print {\n"
        + _rule("[data-bs-theme=dark]", LIGHT)
        + "}\n"
    )


def _rule(selector: str, colours: Mapping[str, str]) -> str:
    lines = "".join(f"  --kz-{name}: {value};\n" for name, value in colours.items())
    return f"{selector} {{\n{lines}}}\n"


@functools.cache
def template() -> go.layout.Template:
    """What every figure of the house starts from: no chrome, no zoom, words in the page's font."""
    axis = {
        "automargin": True,
        "fixedrange": True,
        "gridcolor": GRID,
        "linecolor": GRID,
        "tickcolor": GRID,
        "tickfont": {"color": GREY, "size": 13},
        "title": {"font": {"color": GREY, "size": 13}, "standoff": 8},
        "zeroline": False,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [BLUE, ORANGE, GREY],
            "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
            "xaxis": {**axis, "showgrid": False},
            "yaxis": {**axis, "showline": False, "ticks": ""},
            "dragmode": False,
            "hoverlabel": {"font": {"family": FONT, "size": 13}, "align": "left"},
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "font": {"color": INK, "size": 13},
                "itemclick": False,
                "itemdoubleclick": False,
            },
            "bargap": 0.08,
        }
    )

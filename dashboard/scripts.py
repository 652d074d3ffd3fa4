"""Which of Dash's scripts a page loads, and which it is told of before it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Nobody asks for what these draw or mend: tables of Dash's own, browsers of before 2020.
_UNUSED = re.compile(r"/dash_table/|/deps/polyfill@")
_GRID = re.compile(r"/dash_ag_grid/dash_ag_grid\.")
_TAG = re.compile(r'<script src="([^"]+)"></script>')
_CHARTS = "/_dash-component-suites/dash/dcc/async-graph.js"
_GRID_PART = "/_dash-component-suites/dash_ag_grid/async-community.js"

CHARTED = ("/", "/briefing", "/queue", "/satisfaction", "/times")
GRIDDED = ("/overdue",)


def split(scripts: str) -> tuple[str, str]:
    """Dash's script tags without what no page needs at once, and the address of the grid's."""
    addresses = _TAG.findall(scripts)
    grid = next(a for a in addresses if _GRID.search(a))
    kept = (a for a in addresses if a != grid and not _UNUSED.search(a))
    inline = _TAG.sub("", scripts).strip()
    return "\n    ".join([*map(_tag, kept), *([inline] if inline else [])]), grid


def preloads(path: str, *, plotly: str, grid: str) -> str:
    """The tags that let the browser fetch at once what the page at a path will ask for later."""
    return "\n    ".join(
        f'<link rel="preload" as="script" href="{address}">'
        for address in _wanted(path, plotly=plotly, grid=grid)
    )


def _wanted(path: str, *, plotly: str, grid: str) -> Iterator[str]:
    if path in CHARTED:
        yield from (plotly, _CHARTS)
    if path in GRIDDED:
        yield from (grid, _GRID_PART)


def _tag(address: str) -> str:
    return f'<script src="{address}"></script>'

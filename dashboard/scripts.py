"""Dash's scripts and style sheets as one file each, without what no page of ours needs.

A page of Dash asks for some twenty files before it asks for its content. Here they are the same
files, in the same order, behind one address.
"""

from __future__ import annotations

import hashlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import flask
import flask_bootstrap
from dash.fingerprint import check_fingerprint

from dashboard import theme

ASSETS = Path(__file__).resolve().parent / "assets"
VENDOR = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"
SUITES = "/_dash-component-suites/"
THEME = "/theme.css"

# Nobody asks for what these draw or mend: tables of Dash's own, browsers of before 2020.
_UNUSED = re.compile(r"/dash_table/|/deps/polyfill@")
_GRID = re.compile(r"/dash_ag_grid/dash_ag_grid\.")
_TAG = re.compile(r'<(?:script src|link rel="stylesheet" href)="([^"]+)">(?:</script>)?')
# From beside it Dash loads the parts that come later; the page must name Dash's renderer.
_SCRIPT = f"{SUITES}dash/dcc/dash_renderer-page.js"
_STYLE = "/page.css"
_CHARTS = f"{SUITES}dash/dcc/async-graph.js"
_GRID_PART = f"{SUITES}dash_ag_grid/async-community.js"

CHARTED = ("/", "/briefing", "/queue", "/satisfaction", "/times")
GRIDDED = ("/overdue",)


@dataclass
class Bundle:
    """The tags of a page, and what is served for them. ``made_of``: Dash's tags of both kinds."""

    made_of: tuple[str, str] = ("", "")
    script: bytes = b""
    style: bytes = b""
    grid: str = ""
    tags: tuple[str, str] = field(default=("", ""))

    def for_tags(self, scripts: str, styles: str) -> tuple[str, str]:
        """The tags of the script and of the style sheet that stand for Dash's own."""
        if self.made_of != (scripts, styles):  # the first time, or a file of ours was changed
            self._make(scripts, styles)
            self.made_of = scripts, styles
        return self.tags

    def _make(self, scripts: str, styles: str) -> None:
        addresses = _TAG.findall(scripts)
        self.grid = next(a for a in addresses if _GRID.search(a))
        kept = (a for a in addresses if a != self.grid and not _UNUSED.search(a))
        self.script = _joined(kept, ";\n")
        self.style = _joined(_TAG.findall(styles), "\n")
        inline = _TAG.sub("", scripts).strip()
        self.tags = (
            f'<script src="{_stamped(_SCRIPT, self.script)}"></script>{inline}',
            f'<link rel="stylesheet" href="{_stamped(_STYLE, self.style)}">',
        )

    def register(self, server: flask.Flask) -> None:
        """Serve both; they are made with the first page."""
        server.add_url_rule(_SCRIPT, "page_script", lambda: _answer(self.script, "text/javascript"))
        server.add_url_rule(_STYLE, "page_style", lambda: _answer(self.style, "text/css"))


def preloads(path: str, *, plotly: str, grid: str) -> str:
    """The tags that let the browser fetch at once what the page at a path will ask for later."""
    wanted: list[str] = []
    if path in CHARTED:
        wanted += [plotly, _CHARTS]
    if path in GRIDDED:
        wanted += [grid, _GRID_PART]
    return "".join(f'<link rel="preload" as="script" href="{address}">' for address in wanted)


def stamped_asset(name: str) -> str:
    """The address of a file of ours, which changes with its content."""
    return _stamped(f"/assets/{name}", (ASSETS / name).read_bytes())


def _stamped(path: str, content: bytes) -> str:
    return f"{path}?m={hashlib.sha256(content).hexdigest()[:12]}"


def _answer(content: bytes, mimetype: str) -> flask.Response:
    return flask.Response(content, mimetype=mimetype)


def _joined(addresses: Iterable[str], joint: str) -> bytes:
    return joint.encode().join(_content(address) for address in addresses)


def _content(address: str) -> bytes:
    """What is served at an address of our own. Raises ValueError for any other."""
    path = address.partition("?")[0]
    for beginning, read in _READERS.items():
        if path.startswith(beginning):
            return read(path.removeprefix(beginning))
    raise ValueError(f"nothing of ours is served at {address}")


def _of_suite(path: str) -> bytes:
    package, _, fingerprinted = path.partition("/")
    name, _ = check_fingerprint(fingerprinted)  # type: ignore[no-untyped-call]
    data = pkgutil.get_data(package, name)
    if data is None:
        raise ValueError(f"{package} has no {name}")
    return data


_READERS: dict[str, Callable[[str], bytes]] = {
    SUITES: _of_suite,
    "/assets/": lambda name: (ASSETS / name).read_bytes(),
    "/vendor/": lambda name: (VENDOR / name).read_bytes(),
    THEME: lambda _: theme.css().encode(),
}

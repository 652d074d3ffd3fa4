"""plotly.js for the browser: with bars and lines alone, where ``make bundle`` has fetched that.

The whole library is 1,471 kB packed, its basic bundle 395 kB (docs/decisions/0015-page-weight.md).
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import flask
import plotly
from plotly.offline import get_plotlyjs_version

log = logging.getLogger(__name__)

PATH = "/vendor/plotly.js"
DRAWS = frozenset({"bar", "pie", "scatter"})  # the kinds of traces in the basic bundle
SMALL = Path(__file__).resolve().parent / "vendor" / "plotly-basic.min.js"
WHOLE = Path(plotly.__file__).resolve().parent / "package_data" / "plotly.min.js"
_VERSION = re.compile(r"plotly\.js .*?v(\d+\.\d+\.\d+)")
_BANNER = 200  # characters at the beginning that name the version


def version(script: Path) -> str | None:
    """The version that a file of plotly.js says it is; None where it says none."""
    with script.open(encoding="utf-8") as text:
        found = _VERSION.search(text.read(_BANNER))
    return found.group(1) if found else None


def choose(small: Path = SMALL) -> Path:
    """The smallest plotly.js that draws as plotly.py expects: it must be of the same version."""
    if not small.is_file():
        return WHOLE
    wanted, found = get_plotlyjs_version(), version(small)
    if found != wanted:
        log.warning(
            "%s is plotly.js %s, not %s: the whole library is served instead; see `make bundle`",
            small.name,
            found,
            wanted,
        )
        return WHOLE
    return small


def register(server: flask.Flask, script: Path) -> str:
    """Serve what was chosen; returns its address, which changes with the file."""

    def plotly() -> flask.Response:
        return flask.send_file(script)

    server.add_url_rule(PATH, "plotly", plotly)
    return f"{PATH}?m={script.stem}-{version(script) or get_plotlyjs_version()}"

"""The pages and what each must offer.

A page is a module of this package with

- ``PATH``: its address, without a query;
- ``TITLE``: its name in the navigation and the window's title, a msgid marked with ``N_``;
- ``NEEDS``: the permission that opens it, its callbacks and its files (``dashboard.access``);
- ``CONTROLS``: which parts of the filter it heeds, of ``period``, ``as_of``, ``clock``,
  ``channel``, ``category``, ``service_point``; the others are not offered on it; () for no bar;
- ``layout(here, /, **query)``: its content (a component or a list) for one request. ``query`` is
  the address's whole query; a page names what it knows and takes the rest as ``**_``;
- ``sheets(here)``: key -> what makes the numbers of a panel (``dashboard.sheet``), for its files;
- ``FOLLOWS``, where it has one: keys of the address that its own callbacks follow; a change of
  nothing else leaves its content standing, with the reader's focus in it;
- ``register(app)``: its callbacks, by ``@app.callback`` (never the global ``dash.callback``, which
  a second application in the process would lose). A callback that needs the request's context
  takes the location as ``State(ids.LOCATION, "pathname")`` and ``State(ids.LOCATION, "search")``
  and calls ``context.current(pathname, search)``.

The frame around a page (navigation, filter, notices, the page's ``h1``) belongs to
``components.shell``: a page begins with its content; its own headings begin with ``h2``. A page
never imports another; to link to one it gives ``here.href("/queue")``. Pages are rendered anew
whenever another part of the address changes, so a page's state belongs in the address.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from dash import Dash

from dashboard.access import Permission, Reader
from dashboard.context import Context
from dashboard.sheet import Sheet

_NAMES = ("overview", "queue", "times", "overdue", "satisfaction", "survey", "data")
_UNLISTED = ("monthly", "deviations")


class Page(Protocol):
    """What this package asks of a page module."""

    PATH: str
    TITLE: str
    NEEDS: Permission
    CONTROLS: Sequence[str]

    def layout(self, here: Context, /, **query: str) -> Any: ...

    def sheets(self, here: Context) -> Mapping[str, Callable[[], Sheet]]: ...

    def register(self, app: Dash) -> None: ...


def load() -> tuple[Page, ...]:
    """The pages in the order of the navigation."""
    return tuple(map(_page, _NAMES))


def open_to(pages: Sequence[Page], reader: Reader | None) -> tuple[Page, ...]:
    """Those of ``pages`` that a reader may open, in their order."""
    return tuple(page for page in pages if reader is not None and reader.may(page.NEEDS))


def start(pages: Sequence[Page], reader: Reader | None) -> str:
    """The path that a reader begins at."""
    return next((page.PATH for page in open_to(pages, reader)), "/")


def papers() -> tuple[Page, ...]:
    """The pages that stand in no navigation: one to be printed, and one behind a figure."""
    return tuple(map(_page, _UNLISTED))


def _page(name: str) -> Page:
    return cast("Page", importlib.import_module(f"{__name__}.{name}"))

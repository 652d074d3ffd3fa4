"""The monthly briefing: the pages of a month one after another, to be printed.

It stands in no navigation: ``kezek briefing`` prints it, and so may a reader who knows its address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dash import Dash

from dashboard import html, pages
from dashboard.access import Permission
from dashboard.components.filter_chips import period_name
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.sheet import Sheet

PATH = "/briefing"
TITLE = N_("Monthly briefing")
NEEDS = Permission.FIGURES
CONTROLS = ()
PARTS = ("/", "/times", "/queue", "/satisfaction")


def layout(here: Context, /, **query: str) -> list[Any]:
    """The period and the day, then each page as it stands in the navigation."""
    t, f = here.t, here.filter
    period = period_name(t, f.period_from, f.period_to)
    rooms = {page.PATH: page for page in pages.load()}
    return [
        html.P(
            [html.B(period), f" · {t('as of {date}', date=t.date(f.as_of))}"], className="kz-lead"
        ),
        *(_part(here, rooms[path], query) for path in PARTS),
    ]


def _part(here: Context, page: pages.Page, query: dict[str, str]) -> html.Section:
    content = page.layout(replace(here, path=page.PATH), **query)
    return html.Section([html.H2(here.t(page.TITLE)), *content], className="kz-part")


def sheets(_here: Context) -> dict[str, Callable[[], Sheet]]:
    """None: each part's are those of its page."""
    return {}


def register(app: Dash) -> None:
    """No callbacks: the parts have none."""

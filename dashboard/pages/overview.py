"""The overview: one sentence, five cards, what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dash import Dash

from dashboard import briefing, html
from dashboard.access import Permission
from dashboard.components import (
    channels,
    comparison,
    durations,
    outlook,
    queue_bars,
    reconciliation,
    step_times,
)
from dashboard.components.filter_bar import ALL_CONTROLS
from dashboard.components.meaning import meaning
from dashboard.components.overview_cards import cards, facts, gather, in_cards
from dashboard.components.panel import columns
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.sheet import Sheet

PATH = "/"
TITLE = N_("Overview")
NEEDS = Permission.FIGURES
CONTROLS = ALL_CONTROLS
_PARTS = (
    durations,
    comparison,
    reconciliation,
    step_times,
    outlook,
    queue_bars,
    channels,
)


def layout(here: Context, /, **_: str) -> list[Any]:
    """Everything on one page; each finding stands beside what it was counted from."""
    numbers = gather(here)
    return [
        html.P(briefing.headline(here.t, facts(here, numbers)), className="kz-headline"),
        cards(here, numbers),
        meaning(here, *in_cards(here)),
        columns(
            [
                durations.panel(here, name="overview-days"),
                step_times.panel(here),
                reconciliation.panel(here),
            ],
            [
                # What is foretold are few cases by nature: not for those who are told fives.
                *([] if here.in_fives else [outlook.panel(here)]),
                comparison.panel(here, name="overview-offices"),
                queue_bars.panel(here),
                channels.panel(here),
            ],
        ),
    ]


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """The numbers of each panel."""
    parts = [part for part in _PARTS if part is not outlook or not here.in_fives]
    return {part.KEY: partial(part.sheet, here) for part in parts}


def register(app: Dash) -> None:
    """No callbacks: the address says it all."""

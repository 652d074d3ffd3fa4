"""How long those in the queue have waited."""

from __future__ import annotations

from dash import html

from dashboard import measures
from dashboard.components.graph import graph
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel as _panel
from dashboard.components.panel import table
from dashboard.context import Context
from dashboard.figures.queue_age import queue_age, said

_DAYS_A_YEAR = 365.25
_HEIGHT = 300


def panel(here: Context) -> html.Section:
    """The queue by full years waited, under the middle of them."""
    t = here.t
    years, middle = measures.queue_ages(here.engine, here.regulation, here.filter)
    if middle is None:
        return _panel(t("Age of the queue"), "", nothing_here(t("Nobody is in the queue.")))
    half = t.number(middle / _DAYS_A_YEAR, 1)
    title = t("Half of those in the queue have waited {years} years or more", years=half)
    total = sum(years.values())
    return _panel(
        title,
        t.plural(
            "{n} person in the queue on {date}, by full years since registration",
            "{n} people in the queue on {date}, by full years since registration",
            total,
            date=t.date(here.filter.as_of),
        ),
        graph(queue_age(t, years), name="queue-age", alt=title, lang=here.lang, height=_HEIGHT),
        table=table(
            title,
            [t("full years in the queue"), t("people"), t("share")],
            [[said(t, y), t.number(n), t.percent(n / total)] for y, n in years.items()],
        ),
        t=t,
    )

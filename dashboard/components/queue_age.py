"""How long those in the queue have waited."""

from __future__ import annotations

from dashboard import html, measures
from dashboard.components.actions import alternative
from dashboard.components.graph import graph
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.figures.queue_age import queue_age, said
from dashboard.kpi.small_numbers import Few
from dashboard.sheet import Column, Sheet

KEY = "age"
_DAYS_A_YEAR = 365.25
_HEIGHT = 300


def panel(here: Context) -> html.Section:
    """The queue by full years waited, under the middle of them."""
    t = here.t
    years, middle = _ages(here)
    numbers = _sheet(here, years, middle)
    if not years:
        return _panel(numbers.title, "", nothing_here(t("Nobody is in the queue.")))
    return of_sheet(
        here,
        numbers,
        graph(
            queue_age(t, _told(here, years)),
            name="queue-age",
            alt=alternative(numbers),
            lang=here.lang,
            height=_HEIGHT,
        ),
        chart=True,
    )


def sheet(here: Context) -> Sheet:
    """People by full years waited, with their share."""
    return _sheet(here, *_ages(here))


def _ages(here: Context) -> tuple[dict[int, int], float | None]:
    years, middle = measures.queue_ages(here.engine, here.regulation, here.filter)
    few = isinstance(here.count(sum(years.values())), Few)
    return years, None if few else middle


def _told(here: Context, years: dict[int, int]) -> dict[int, int]:
    return {year: here.count(n) for year, n in years.items()}


def _sheet(here: Context, years: dict[int, int], middle: float | None) -> Sheet:
    t, total = here.t, here.count(sum(years.values()))
    title = t("Age of the queue")
    if middle is not None:
        half = t.number(middle / _DAYS_A_YEAR, 1)
        title = t("Half of those in the queue have waited {years} years or more", years=half)
    return Sheet(
        key=KEY,
        title=title,
        subtitle=t.plural(
            "{n} person in the queue on {date}, by full years since registration",
            "{n} people in the queue on {date}, by full years since registration",
            total,
            date=t.date(here.filter.as_of),
        ),
        columns=[
            Column(t("full years in the queue")),
            Column(t("people"), "number"),
            Column(t("share"), "share", 1),
        ],
        rows=[[said(t, year), n, here.share(n, total)] for year, n in _told(here, years).items()],
    )

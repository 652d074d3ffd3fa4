"""The queue for housing: how long, who joins, who leaves, how long those housed have waited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
from dash import Dash

from dashboard import html, periods
from dashboard.access import Permission
from dashboard.components import queue_age, register_check
from dashboard.components.actions import alternative
from dashboard.components.card import variation
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.months import month_link, variation_words
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet, panels
from dashboard.components.strip import Fact, strip
from dashboard.context import Context
from dashboard.figures import queue as figures
from dashboard.filters import escaped, last_full_month
from dashboard.i18n import N_
from dashboard.judged import judged
from dashboard.kpi.small_numbers import drawn, of_drawn
from dashboard.sheet import Column, Sheet

PATH = "/queue"
TITLE = N_("Queue")
NEEDS = Permission.FIGURES
CONTROLS = ("period", "as_of", "category")
_MEASURES = ("queue", "queue_in", "queue_out", "queue_net", "queue_wait", "queue_clearance")
_MONTHS = 24
_DAYS_A_YEAR = 365.25
_LEVEL_HEIGHT, _FLOW_HEIGHT = 190, 340


def layout(here: Context, /, **_: str) -> list[Any]:
    """Figures, size by category, flow, and the categories as a table that adds up."""
    # The register knows neither channels nor offices: a filter of them stays in the address only.
    here = here.without("channel", "service_point")
    now = here.compute(*_MEASURES)
    if not (now["queue"]["total"] or now["queue_in"] or now["queue_out"]["total"]):
        return [nothing_here(here.t("Nobody is in the queue."))]
    codes = _categories(here)
    return [
        strip(_facts(here, now)),
        meaning(here, *_MEASURES),
        panels(*(_level(here, code, now["queue"][code]) for code in codes), quarters=True),
        panels(_flow(here), queue_age.panel(here), register_check.panel(here, lists=True)),
        panels(_by_category(here, now)),
    ]


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """The numbers of each panel; of the levels a sheet a category."""
    here = here.without("channel", "service_point")
    return {
        **{f"level-{code}": partial(_level_sheet, here, code) for code in _categories(here)},
        "flow": lambda: _flow_sheet(here, _flow_rows(here)),
        queue_age.KEY: lambda: queue_age.sheet(here),
        register_check.KEY: lambda: register_check.sheet(here),
        "categories": lambda: _category_sheet(here, here.compute(*_MEASURES)),
    }


def _categories(here: Context) -> Sequence[str]:
    return here.filter.categories or here.regulation.codes("categories")


def register(app: Dash) -> None:
    """No callbacks: the address says it all."""


def _facts(here: Context, now: dict[str, Any]) -> list[Fact]:
    t = here.t
    return [
        Fact(
            t("People in the queue"),
            t.number(now["queue"]["total"]),
            t("on {date}", date=t.date(here.filter.as_of)),
        ),
        Fact(t("Joined in the period"), t.number(now["queue_in"])),
        Fact(
            t("Left in the period"),
            t.number(now["queue_out"]["total"]),
            t("change {net}", net=t.signed(now["queue_net"])),
        ),
        Fact(
            t("Wait of those housed"),
            _years(here, now["queue_wait"]),
            t("median, housed in the last 12 months"),
        ),
        Fact(
            t("To clear the queue at this rate"),
            _span(here, now["queue_clearance"]),
            t("queue divided by those who left in 12 months"),
        ),
    ]


def _years(here: Context, days: float | None) -> str:
    return _span(here, _in_years(days))


def _in_years(days: float | None) -> float | None:
    return None if days is None else days / _DAYS_A_YEAR


def _span(here: Context, years: float | None) -> str:
    return here.t("{years} years", years=here.t.number(years, 1)) if years is not None else "–"


def _level(here: Context, code: str, size: int) -> html.Section:
    t = here.t
    months = here.monthly("queue", categories=(code,))["queue"]
    numbers = _level_sheet(here, code, months, size)
    return of_sheet(
        here,
        numbers,
        graph(
            figures.level(t, months),
            name=f"queue-level-{code}",
            alt=alternative(numbers),
            lang=here.lang,
            height=_LEVEL_HEIGHT,
            leads=True,
        ),
        chart=True,
        meaning=meaning(here, "queue"),
    )


def _level_sheet(
    here: Context, code: str, months: pd.Series | None = None, size: int | None = None
) -> Sheet:
    """The size of one category's queue at the end of each month."""
    t, name = here.t, here.name("categories", code)
    if months is None or size is None:
        months = here.monthly("queue", categories=(code,))["queue"]
        size = here.compute("queue")["queue"][code]
    known = len(months) == _MONTHS and not months.isna().any()
    sizes: list[Any] = [of_drawn(size) for size in months]
    change = sizes[-1] - sizes[0] if known else None
    return Sheet(
        key=f"level-{code}",
        title=t("{category}: {n}", category=name, n=t.number(size))
        if change is None
        else t(
            "{category}: {n}, {change} in two years",
            category=name,
            n=t.number(size),
            change=t.signed(change),
        ),
        subtitle=t("people at the end of each month"),
        columns=[Column(t("month"), "month"), Column(t("in the queue"), "number")],
        rows=list(zip(months.index, sizes, strict=True)),
        links=[month_link(here, PATH, month) for month in months.index],
    )


def _flow_rows(here: Context) -> list[dict[str, Any]]:
    first, last = _two_years(here.filter.as_of)
    return here.compute_by(
        "month", "queue_in", "queue_out", "queue_net", period_from=first, period_to=last
    )


def _flow(here: Context) -> html.Section:
    t, rows = here.t, _flow_rows(here)
    numbers = _flow_sheet(here, rows)
    index = pd.DatetimeIndex([row["month"] for row in rows])
    reasons = _reasons(here)
    joined = pd.Series([drawn(row["queue_in"]) for row in rows], index=index)
    left = pd.DataFrame(
        [[drawn(row["queue_out"][reason]) for reason in reasons] for row in rows],
        index=index,
        columns=list(reasons),
    )
    net = pd.Series([row["queue_net"] for row in rows], index=index, dtype="float64")
    growth = judged(here, "queue_net", net).variation
    return of_sheet(
        here,
        numbers,
        graph(
            figures.flow(t, joined, left, reasons=reasons),
            name="queue-flow",
            alt=alternative(numbers, variation_words(t, growth)),
            lang=here.lang,
            height=_FLOW_HEIGHT,
            leads=True,
        ),
        html.P([t("Growth by month:"), " ", variation(t, growth)], className="kz-variation"),
        chart=True,
        meaning=meaning(here, "queue_in", "queue_out", "queue_net"),
        wide=True,
    )


def _reasons(here: Context) -> dict[str, str]:
    return {r.code: r.name[here.lang] for r in here.regulation.reasons}


def _flow_sheet(here: Context, rows: list[dict[str, Any]]) -> Sheet:
    """A row a month: joined, left by each reason, and the change."""
    t, reasons = here.t, _reasons(here)
    return Sheet(
        key="flow",
        title=_flow_title(here, sum(row["queue_net"] for row in rows)),
        subtitle=t("who joined above the line, who left below it, by reason; by month"),
        columns=[
            Column(t("month"), "month"),
            Column(t("joined"), "number"),
            *(Column(name, "number") for name in reasons.values()),
            Column(t("change"), "signed"),
        ],
        rows=[
            [
                pd.Timestamp(row["month"]),
                row["queue_in"],
                *(row["queue_out"][reason] for reason in reasons),
                row["queue_net"],
            ]
            for row in rows
        ],
        links=[month_link(here, PATH, pd.Timestamp(row["month"])) for row in rows],
    )


def _two_years(as_of: date) -> tuple[date, date]:
    first, last = last_full_month(as_of)
    return periods.months_before(first, _MONTHS - 1), last


def _flow_title(here: Context, net: int) -> str:
    t = here.t
    if net > 0:
        return t.plural(
            "In two years {n} more joined than left", "In two years {n} more joined than left", net
        )
    if net < 0:
        return t.plural(
            "In two years {n} more left than joined", "In two years {n} more left than joined", -net
        )
    return t("In two years as many left as joined")


def _by_category(here: Context, now: dict[str, Any]) -> html.Section:
    return of_sheet(
        here,
        _category_sheet(here, now),
        folded=False,
        meaning=meaning(here, *_MEASURES),
        wide=True,
    )


def _category_sheet(here: Context, now: dict[str, Any]) -> Sheet:
    """A row a category and one of all, which adds up."""
    t, rows = here.t, here.compute_by("category", *_MEASURES)
    named = [(here.name("categories", row["category"]), row) for row in rows]
    return Sheet(
        key="categories",
        title=_category_title(here, named, now["queue_clearance"]),
        subtitle=t(
            "change in the period; wait and clearance over the 12 months to {date}",
            date=t.date(here.filter.as_of),
        ),
        columns=[
            Column(t("category")),
            Column(t("in the queue"), "number"),
            Column(t("joined"), "number"),
            Column(t("left"), "number"),
            Column(t("change"), "signed"),
            Column(t("wait of those housed, years"), "number", 1),
            Column(t("to clear, years"), "number", 1),
        ],
        rows=[_cells(name, row) for name, row in [*named, (t("all"), now)]],
        links=[here.href(PATH, category=escaped(row["category"])) for row in rows],
        total=True,
    )


def _category_title(
    here: Context, named: list[tuple[str, dict[str, Any]]], whole: float | None
) -> str:
    """Which category waits longest at the present rate; of the whole, where that is no one's."""
    t = here.t
    told = [(row["queue_clearance"], name) for name, row in named if row["queue_clearance"]]
    told.sort(reverse=True)
    spans = [_span(here, years) for years, _ in told[:2]]
    if len(told) == len(named) > 1 and spans[0] != spans[1]:
        return t(
            "At this rate the longest to clear: {category}, {span}",
            category=told[0][1],
            span=spans[0],
        )
    if whole is None:
        return t("The categories side by side")
    return t("At this rate the queue is cleared in {span}", span=_span(here, whole))


def _cells(name: str, row: dict[str, Any]) -> list[Any]:
    return [
        name,
        row["queue"]["total"],
        row["queue_in"],
        row["queue_out"]["total"],
        row["queue_net"],
        _in_years(row["queue_wait"]),
        row["queue_clearance"],
    ]

"""The queue for housing: how long, who joins, who leaves, how long those housed have waited."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from dash import Dash, html

from dashboard import periods
from dashboard.components import queue_age, register_check
from dashboard.components.card import variation
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel, panels, table
from dashboard.components.strip import Fact, strip
from dashboard.context import Context
from dashboard.figures import queue as figures
from dashboard.filters import last_full_month
from dashboard.i18n import N_
from dashboard.judged import judged

PATH = "/queue"
TITLE = N_("Queue")
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
    codes = here.filter.categories or here.regulation.codes("categories")
    return [
        strip(_facts(here, now)),
        meaning(here, *_MEASURES),
        panels(*(_level(here, code, now["queue"][code]) for code in codes), quarters=True),
        panels(_flow(here), queue_age.panel(here), register_check.panel(here, lists=True)),
        panels(_by_category(here, now)),
    ]


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
    return _span(here, None if days is None else days / _DAYS_A_YEAR)


def _span(here: Context, years: float | None) -> str:
    return here.t("{years} years", years=here.t.number(years, 1)) if years is not None else "–"


def _level(here: Context, code: str, size: int) -> html.Section:
    t, name = here.t, here.name("categories", code)
    months = here.monthly("queue", categories=(code,))["queue"]
    known = len(months) == _MONTHS and not months.isna().any()
    change = months.iloc[-1] - months.iloc[0] if known else None
    title = t("{category}: {n}", category=name, n=t.number(size))
    return panel(
        title,
        t("people at the end of each month; {change} in two years", change=t.signed(change)),
        graph(
            figures.level(t, months),
            name=f"queue-level-{code}",
            alt=title,
            lang=here.lang,
            height=_LEVEL_HEIGHT,
        ),
    )


def _flow(here: Context) -> html.Section:
    t = here.t
    first, last = _two_years(here.filter.as_of)
    rows = here.compute_by(
        "month", "queue_in", "queue_out", "queue_net", period_from=first, period_to=last
    )
    index = pd.DatetimeIndex([row["month"] for row in rows])
    reasons = {r.code: r.name[here.lang] for r in here.regulation.reasons}
    joined = pd.Series([row["queue_in"] for row in rows], index=index)
    left = pd.DataFrame([row["queue_out"] for row in rows], index=index)[list(reasons)]
    net = pd.Series([row["queue_net"] for row in rows], index=index, dtype="float64")
    title = _flow_title(here, int(net.sum()))
    return panel(
        title,
        t("who joined above the line, who left below it, by reason; by month"),
        graph(
            figures.flow(t, joined, left, reasons=reasons),
            name="queue-flow",
            alt=title,
            lang=here.lang,
            height=_FLOW_HEIGHT,
        ),
        html.P(
            [t("Growth by month:"), " ", variation(t, judged(here, "queue_net", net).variation)],
            className="kz-variation",
        ),
        table=table(
            title,
            [t("month"), t("joined"), *reasons.values(), t("change")],
            [
                [
                    t.month(m),
                    t.number(joined[m]),
                    *(t.number(left[r][m]) for r in reasons),
                    t.signed(net[m]),
                ]
                for m in index
            ],
        ),
        t=t,
        wide=True,
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
    t = here.t
    rows = here.compute_by("category", *_MEASURES)
    named = [(here.name("categories", row["category"]), row) for row in rows]
    title = t("The categories side by side")
    return panel(
        title,
        t(
            "change in the period; wait and clearance over the 12 months to {date}",
            date=t.date(here.filter.as_of),
        ),
        table(
            title,
            [
                t("category"),
                t("in the queue"),
                t("joined"),
                t("left"),
                t("change"),
                t("wait of those housed"),
                t("to clear"),
            ],
            [_cells(here, name, row) for name, row in [*named, (t("all"), now)]],
        ),
        wide=True,
    )


def _cells(here: Context, name: str, row: dict[str, Any]) -> list[str]:
    t = here.t
    return [
        name,
        t.number(row["queue"]["total"]),
        t.number(row["queue_in"]),
        t.number(row["queue_out"]["total"]),
        t.signed(row["queue_net"]),
        _years(here, row["queue_wait"]),
        _span(here, row["queue_clearance"]),
    ]

"""The queue by category, with what the period added."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.components.attributes import aria
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.filters import escaped
from dashboard.sheet import Column, Sheet

KEY = "queue"


def panel(here: Context) -> Any:
    """Each category's length as number and bar, and its growth in the period."""
    t = here.t
    queue = here.compute("queue")["queue"]
    if queue is None:
        return _panel(
            t("Queue by category"),
            "",
            nothing_here(t("The register knows neither channels nor offices.")),
        )
    if not queue["total"]:
        return _panel(t("Queue by category"), "", nothing_here(t("Nobody is in the queue.")))
    rows = _rows(here)
    return of_sheet(
        here,
        _sheet(here, rows, queue["total"]),
        _bars(here, rows),
        chart=True,
        meaning=meaning(here, "queue", "queue_net"),
    )


def sheet(here: Context) -> Sheet:
    """A row a category, the longest first; none where the filter asks for what no queue has."""
    queue = here.compute("queue")["queue"]
    total = queue["total"] if queue else 0
    return _sheet(here, _rows(here) if total else [], total)


def _rows(here: Context) -> list[dict[str, Any]]:
    rows = here.compute_by("category", "queue", "queue_net")
    return sorted(rows, key=lambda row: -row["queue"]["total"])


def _sheet(here: Context, rows: list[dict[str, Any]], total: int) -> Sheet:
    t = here.t
    return Sheet(
        key=KEY,
        title=_title(here, rows, total) if rows else t("Queue by category"),
        subtitle=t.plural(
            "{n} person in the register on {date}; at the right the change in the period",
            "{n} people in the register on {date}; at the right the change in the period",
            total,
            date=t.date(here.filter.as_of),
        ),
        columns=[
            Column(t("category")),
            Column(t("in the queue"), "number"),
            Column(t("change"), "signed"),
        ],
        rows=[
            [here.name("categories", row["category"]), row["queue"]["total"], row["queue_net"]]
            for row in rows
        ],
        links=[here.href("/queue", category=escaped(row["category"])) for row in rows],
    )


def _title(here: Context, rows: list[dict[str, Any]], total: int) -> str:
    longest = rows[0]
    share = here.share(longest["queue"]["total"], total)
    tied = sum(row["queue"]["total"] == longest["queue"]["total"] for row in rows) > 1
    if share is None or tied:
        return here.t("Queue by category")
    return here.t(
        "The longest queue: {category}, {share}",
        category=here.name("categories", longest["category"]),
        share=here.t.percent(share, 0),
    )


def _bars(here: Context, rows: list[dict[str, Any]]) -> html.Ul:
    most = rows[0]["queue"]["total"] or 1
    return html.Ul([_bar(here, row, most) for row in rows], className="kz-bars")


def _bar(here: Context, row: dict[str, Any], most: int) -> html.Li:
    t, n = here.t, row["queue"]["total"]
    change = t.signed(row["queue_net"])
    return html.Li(
        [
            html.Span(here.name("categories", row["category"])),
            html.Span(t.number(n), className="kz-bar-value"),
            html.Span(
                html.Span(className="kz-bar", style={"width": f"{100 * n / most:.2f}%"}),
                className="kz-bar-room",
                **aria(hidden="true"),
            ),
            html.Span(
                [html.Span(f"{t('change')}: ", className="visually-hidden"), change],
                className="kz-bar-change",
            ),
        ]
    )

"""Registered applications against the register of the queue: whether each side has the other's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from dash import html

from dashboard import queries
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel as _panel
from dashboard.components.panel import table
from dashboard.context import Context
from dashboard.i18n import N_, NOTHING, is_missing
from dashboard.queries import GAPS, Gap, Reconciled

_LISTED = 100  # rows of a kind that a page shows, those waiting longest first
_NAMES: Mapping[Gap, str] = {
    "not_listed": N_("Registered, but not in the register"),
    "other_category": N_("In the register under another category"),
    "no_number": N_("Registered without a number in the queue"),
    "no_application": N_("In the register without an application"),
}


def panel(here: Context, *, lists: bool) -> html.Section:
    """Both sides side by side, adding up. ``lists``: with the single cases and entries."""
    t = here.t
    found = queries.reconciled(
        here.engine, as_of=here.filter.as_of, categories=here.filter.categories
    )
    name = t("Applications against the register")
    if found.since is None:
        return _panel(name, "", nothing_here(t("No application has been registered yet.")))
    if not found.tells_numbers:
        said = t("The sources do not say which number in the queue an application received.")
        return _panel(name, "", nothing_here(said))
    title = _title(here, found)
    listed = [_list(here, gap, found) for gap in GAPS if lists and found.gaps[gap]]
    return _panel(
        title,
        t(
            "by the number in the queue, on {date}; entries older than {since} were made before "
            "the applications that are known here",
            date=t.date(here.filter.as_of),
            since=t.date(found.since),
        ),
        _both(here, title, found),
        *listed,
    )


def _title(here: Context, found: Reconciled) -> str:
    t, apart = here.t, sum(found.gaps.values())
    if not apart:
        return t("Every registered application stands in the register, and the reverse")
    return t.plural(
        "{n} record stands on one side alone: applications against the register",
        "{n} records stand on one side alone: applications against the register",
        apart,
    )


def _both(here: Context, title: str, found: Reconciled) -> html.Div:
    t, gaps = here.t, found.gaps
    of_cases = found.matched + sum(gaps[gap] for gap in GAPS if gap != "no_application")
    rows = [
        [t("Registered applications"), t.number(of_cases)],
        [t("in the register under the same category"), t.number(found.matched)],
        *([t(_NAMES[gap]), t.number(gaps[gap])] for gap in GAPS),
    ]
    return table(title, [t("what"), t("how many")], rows)


def _list(here: Context, gap: Gap, found: Reconciled) -> html.Details:
    t, rows = here.t, found.rows[found.rows["gap"] == gap].head(_LISTED)
    name = t(_NAMES[gap])
    more: list[Any] = []
    if len(rows) < found.gaps[gap]:
        more = [
            html.P(
                t(
                    "The {shown} that have stood so longest, of {all}.",
                    shown=t.number(len(rows)),
                    all=t.number(found.gaps[gap]),
                ),
                className="kz-subtitle",
            )
        ]
    head = [
        t("case"),
        t("number in the queue"),
        t("category"),
        t("service point"),
        t("registered on"),
    ]
    cells = [_cells(here, row) for row in rows.to_dict("records")]
    return html.Details(
        [html.Summary(name), *more, table(name, head, cells, text_columns=len(head))],
        className="kz-folded",
    )


def _cells(here: Context, row: Mapping[Any, Any]) -> list[str]:
    return [
        _text(row["case_id"]),
        _text(row["number"]),
        here.name("categories", row["category"]),
        NOTHING
        if is_missing(row["service_point"])
        else here.name("service_points", row["service_point"]),
        NOTHING if pd.isna(row["on_day"]) else here.t.date(row["on_day"].date()),
    ]


def _text(value: Any) -> str:
    return NOTHING if is_missing(value) else str(value)

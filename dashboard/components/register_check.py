"""Registered applications against the register of the queue: whether each side has the other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from dashboard import html, noted, queries
from dashboard.access import Permission
from dashboard.audit import UnnotedError
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet, table
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.i18n import N_, NOTHING, is_missing
from dashboard.queries import GAPS, Gap, Reconciled
from dashboard.sheet import Column, Sheet

_LISTED = 100  # rows of a kind that a page shows, those waiting longest first
_NAMES: Mapping[Gap, str] = {
    "not_listed": N_("Registered, but not in the register"),
    "other_category": N_("In the register under another category"),
    "no_number": N_("Registered without a number in the queue"),
    "no_application": N_("In the register without an application"),
}


KEY = "register"


def panel(here: Context, *, lists: bool) -> html.Section:
    """Both sides side by side, adding up. ``lists``: with the single cases and entries."""
    t, found = here.t, _found(here)
    numbers = sheet(here)
    if found.since is None:
        why = nothing_here(t("No application has been registered yet."))
        return _panel(numbers.title, "", why)
    if not found.tells_numbers:
        said = t("The sources do not say which number in the queue an application received.")
        return _panel(numbers.title, "", nothing_here(said))
    listed = _lists(here, found) if lists and here.may(Permission.CASES) else []
    return of_sheet(here, numbers, *listed, folded=False)


def _lists(here: Context, found: Reconciled) -> list[Any]:
    """The single records of each kind that are the reader's own."""
    shown = {gap: found.rows[found.rows["gap"] == gap].head(_LISTED) for gap in GAPS}
    numbers = pd.concat([rows["case_id"] for rows in shown.values()]).dropna()
    try:
        noted.cases_seen(here, KEY, list(numbers))
    except UnnotedError:
        why = here.t("The lists are not shown, because that cannot be noted in the audit now.")
        return [nothing_here(why)]
    return [_list(here, gap, found, shown[gap]) for gap in GAPS if found.gaps[gap]]


def sheet(here: Context) -> Sheet:
    """How many of each kind; zeros where the two cannot be matched."""
    t, found = here.t, _found(here)
    gaps, matched = found.gaps, found.matched
    of_cases = matched + sum(gaps[gap] for gap in GAPS if gap != "no_application")
    return Sheet(
        key=KEY,
        title=_title(here, found),
        subtitle=t(
            "by the number in the queue, on {date}; entries older than {since} were made before "
            "the applications that are known here",
            date=t.date(here.filter.as_of),
            since=t.date(found.since),
        ),
        columns=[Column(t("what")), Column(t("how many"), "number")],
        rows=[
            [t("Registered applications"), of_cases],
            [t("in the register under the same category"), matched],
            *([t(_NAMES[gap]), gaps[gap]] for gap in GAPS),
        ],
    )


def _found(here: Context) -> Reconciled:
    found = queries.reconciled(
        here.engine,
        scope=here.scope,
        as_of=here.filter.as_of,
        categories=here.filter.categories,
    )
    gaps = {gap: here.count(n) for gap, n in found.gaps.items()}
    return replace(found, matched=here.count(found.matched), gaps=gaps)


def _title(here: Context, found: Reconciled) -> str:
    t, apart = here.t, sum(found.gaps.values())
    if found.since is None or not found.tells_numbers:
        return t("Applications against the register")
    if not apart:
        return t("Every registered application stands in the register, and the reverse")
    return t.plural(
        "{n} record stands on one side alone: applications against the register",
        "{n} records stand on one side alone: applications against the register",
        apart,
    )


def _list(here: Context, gap: Gap, found: Reconciled, rows: pd.DataFrame) -> html.Details:
    t, name = here.t, here.t(_NAMES[gap])
    said = _left_out(here, gap, found, len(rows))
    more = [html.P(text, className="kz-subtitle") for text in said]
    if rows.empty:
        return html.Details([html.Summary(name), *more], className="kz-folded")
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


def _left_out(here: Context, gap: Gap, found: Reconciled, shown: int) -> Iterator[str]:
    """What a list does not hold: records of others, and those after the longest standing."""
    t = here.t
    if not here.scope.every:
        yield t(
            "Yours: {own} of {all}.",
            own=t.number(found.own[gap]),
            all=t.number(found.gaps[gap]),
        )
    if shown < found.own[gap]:
        yield t(
            "The {shown} that have stood so longest, of {all}.",
            shown=t.number(shown),
            all=t.number(found.own[gap]),
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

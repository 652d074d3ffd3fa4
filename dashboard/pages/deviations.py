"""The cases behind the deviations from the diagrams, for those who may see single cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from dash import Dash

from dashboard import html, noted, queries
from dashboard.access import Permission
from dashboard.audit import UnnotedError
from dashboard.components import deviations
from dashboard.components.actions import files
from dashboard.components.data_table import data_table
from dashboard.components.deviations import key_of
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.measures.words import DEVIATIONS
from dashboard.queries.scope import own_rows
from dashboard.sheet import Column, Sheet
from etl.courses import packed

PATH = deviations.CASES_PATH
TITLE = N_("Cases that deviate from the diagram")
NEEDS = Permission.CASES
CONTROLS = ("period", "as_of", "channel", "category", "service_point")
KEY = "cases"
_AT_ONCE = 50


def layout(here: Context, /, **_: str) -> list[Any]:
    """Which cases, a part of their list, and the ways to its other parts."""
    t, rows = here.t, _rows(here)
    if rows.empty:
        why = t("No case of yours that was finished in the period deviates in this way.")
        return [nothing_here(why), _back(here)]
    start = _start(here, len(rows))
    shown = rows.iloc[start : start + _AT_ONCE]
    try:
        noted.cases_seen(here, "deviations", list(dict.fromkeys(shown["case_id"])))
    except UnnotedError:
        why = t("The lists are not shown, because that cannot be noted in the audit now.")
        return [nothing_here(why)]
    numbers = _sheet(here, rows, shown)
    below = [_others(here, start, len(rows)), files(here, numbers)]
    listed = [data_table(t, numbers), html.Div(below, className="kz-actions")]
    return [panel(numbers.title, numbers.subtitle, *listed), _back(here)]


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """All cases of the list, of the reader's scope."""

    def whole() -> Sheet:
        rows = _rows(here)
        return _sheet(here, rows, rows)

    return {KEY: whole}


def register(app: Dash) -> None:
    """No callbacks: the address says it all."""


def _rows(here: Context) -> pd.DataFrame:
    """Those of the reader's own; of one deviation, where the address names one."""
    rows = queries.deviating(here.engine, here.filter, regulation=here.regulation)
    rows = rows[own_rows(here.scope, rows)]
    asked = here.query.get("deviation")
    if not asked:
        return rows
    parts = zip(rows["kind"], rows["channel"], rows["steps"], strict=True)
    return rows[[key_of(*own) == asked for own in parts]]


def _start(here: Context, total: int) -> int:
    """The first row of the part that the address names: the last one where that lies beyond it."""
    said = here.query.get("row", "")
    start = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
    return min(start, total - 1) // _AT_ONCE * _AT_ONCE


def _sheet(here: Context, rows: pd.DataFrame, shown: pd.DataFrame) -> Sheet:
    """``rows``: the whole list; ``shown``: the part that is told."""
    t, f = here.t, here.filter
    return Sheet(
        key=KEY,
        title=t.plural(
            "{n} case, finished from {first} to {last}",
            "{n} cases, finished from {first} to {last}",
            rows["case_id"].nunique(),
            first=t.date(f.period_from),
            last=t.date(min(f.period_to, f.as_of)),
        ),
        subtitle=t("the last finished first; a case that deviates in two ways stands here twice"),
        columns=[
            Column(t("case")),
            Column(t("deviation")),
            Column(t("step")),
            Column(t("item")),
            Column(t("channel")),
            Column(t("service point")),
            Column(t("finished on"), "day"),
        ],
        rows=[_told(here, row) for row in shown.itertuples()],
        links=[here.href("/overdue", case=case_id) for case_id in shown["case_id"]],
    )


def _told(here: Context, row: Any) -> list[Any]:
    steps = packed.parted(row.steps)
    return [
        row.case_id,
        here.t(DEVIATIONS[row.kind]),
        deviations.steps_in_words(here, steps),
        deviations.items(here, steps),
        here.name("channels", row.channel),
        here.name("service_points", row.service_point),
        row.stopped_on.date(),
    ]


def _others(here: Context, start: int, total: int) -> html.P:
    """Which rows these are, and links to those before and after."""
    t, end = here.t, min(start + _AT_ONCE, total)
    said: list[Any] = [
        t("{first}–{last} of {n}", first=t.number(start + 1), last=t.number(end), n=t.number(total))
    ]
    if start:
        before = here.href(None, row=str(start - _AT_ONCE))
        said += [" · ", html.Link(t("Previous"), href=before)]
    if end < total:
        said += [" · ", html.Link(t("Next"), href=here.href(None, row=str(end)))]
    return html.P(said, className="kz-parts")


def _back(here: Context) -> html.P:
    every = here.href(None, deviation=None, row=None)
    said: list[Any] = [html.Link(here.t("Back to the processing times"), href=here.href("/times"))]
    if here.query.get("deviation"):
        said += [" · ", html.Link(here.t("All deviations"), href=every)]
    return html.P(said, className="kz-after")

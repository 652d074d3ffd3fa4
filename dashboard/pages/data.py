"""Data: how old it is, what the runs did, what did not get in and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from dash import Dash, html

from dashboard import queries
from dashboard.components.notices import nothing_here
from dashboard.components.panel import columns, panel, table
from dashboard.components.sources import local, source_name
from dashboard.context import Context
from dashboard.i18n import N_, is_missing
from dashboard.queries.remarks import remarks

PATH = "/data"
TITLE = N_("Data")
CONTROLS = ()
_RUNS = 10

RULES: Mapping[str, str] = {
    "missing_key": N_("the record has no number of its own"),
    "missing_value": N_("a value that must be there is missing"),
    "bad_date": N_("a date that cannot be read"),
    "unknown_channel": N_("a channel that the regulation does not know"),
    "unknown_category": N_("a category that the regulation does not know"),
    "unknown_service_point": N_("a service point that the regulation does not know"),
    "unknown_step": N_("a step that the regulation does not know"),
    "unknown_outcome": N_("an outcome that the regulation does not know"),
    "unknown_reason": N_("a reason for leaving that the regulation does not know"),
    "missing_outcome": N_("finished, but nothing says how"),
    "before_window": N_("earlier than anything that counts"),
    "in_future": N_("later than the day of the export"),
    "stop_before_start": N_("finished before it began"),
    "unknown_case": N_("an event of a case that nobody sent"),
    "case_rejected": N_("an event of a case that was itself rejected"),
    "bad_answer": N_("an answer that the form does not have"),
    "bad_encoding": N_("letters that cannot be read in the stated encoding"),
    "ragged_row": N_("a row with too many or too few cells"),
    "iin_check": N_("an IIN whose check digit does not agree"),
    "event_after_result": N_("an event after the result"),
    "step_order": N_("a step that does not follow the one before it"),
}

_ANOTHER = N_("another reason")
_STATUS: Mapping[str, str] = {
    "succeeded": N_("succeeded"),
    "failed": N_("failed"),
    "running": N_("running"),
}
_COUNTS: Mapping[str, str] = {
    "read": N_("read"),
    "inserted": N_("new"),
    "updated": N_("changed"),
    "unchanged": N_("unchanged"),
    "duplicate": N_("repeated"),
    "rejected": N_("not loaded"),
}


def layout(here: Context, /, **_: str) -> list[Any]:
    """Sources and remarks beside one another, the runs below."""
    found = remarks(here.engine)
    return [
        columns(
            [
                _sources(here),
                _remarks(here, found, "finding", here.t("Loaded, but looks odd")),
            ],
            [_remarks(here, found, "rejected", here.t("Not loaded, by reason"))],
        ),
        html.Div(_runs(here), className="kz-after"),
    ]


def register(app: Dash) -> None:
    """No callbacks: the page only shows."""


def _sources(here: Context) -> html.Section:
    t = here.t
    title = t("How old the data is")
    return panel(
        title,
        t("by source, in the time of {zone}", zone=t.zone(here.regulation.zone)),
        table(
            title,
            [t("source"), t("last load"), t("newest event"), t("not loaded")],
            [
                [
                    source_name(here, f.source),
                    _moment(here, f.run_at),
                    _moment(here, f.newest_event),
                    t.number(f.rejects),
                ]
                for f in queries.freshness(here.engine)
            ],
        ),
    )


def _remarks(here: Context, found: pd.DataFrame, kind: str, title: str) -> html.Section:
    """Why records stayed out, or look odd, over all sources; the commonest reason first."""
    t, rows = here.t, found[found["kind"] == kind]
    if rows.empty:
        return panel(title, "", nothing_here(t("Nothing.")))
    by_rule = rows.groupby("rule")["n"].sum().sort_values(ascending=False, kind="stable")
    return panel(
        title,
        t.plural("{n} record", "{n} records", int(by_rule.sum())),
        table(
            title,
            [t("reason"), t("records")],
            [
                [t(RULES.get(str(rule), _ANOTHER)), t.number(n)]
                for rule, n in by_rule.to_dict().items()
            ],
        ),
    )


def _runs(here: Context) -> html.Section:
    t = here.t
    title = t("The last loads")
    return panel(
        title,
        t("read = new + changed + unchanged + repeated + not loaded"),
        table(
            title,
            [t("started"), t("state"), *(t(name) for name in _COUNTS.values())],
            [
                [
                    _moment(here, row["started_at"]),
                    t(_STATUS[row["status"]]),
                    *(t.number(row[count]) for count in _COUNTS),
                ]
                for row in queries.runs(here.engine, limit=_RUNS).to_dict("records")
            ],
            text_columns=2,
        ),
    )


def _moment(here: Context, moment: datetime | None) -> str:
    return here.t.date_time(None if moment is None or is_missing(moment) else local(here, moment))

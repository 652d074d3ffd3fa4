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
from dashboard.i18n import N_, NOTHING, is_missing
from dashboard.queries import Load
from dashboard.queries.remarks import examples, remarks
from dashboard.rules_in_words import reason_of

PATH = "/data"
TITLE = N_("Data")
CONTROLS = ()
_RUNS = 10
_ALL = "kezek etl rejects --csv rejects.csv"
_LONGEST = 60  # letters of a value that an example shows
_DIGITS = 8  # of a hash, enough to tell two apart by eye

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
    """Sources and remarks beside one another, the runs and what they read below."""
    found = remarks(here.engine)
    return [
        columns(
            [
                _sources(here),
                _remarks(here, found, "finding", here.t("Loaded, but looks odd")),
            ],
            [_remarks(here, found, "rejected", here.t("Not loaded, by reason"))],
        ),
        html.Div(_examples(here, examples(here.engine)), className="kz-after"),
        html.Div(_runs(here), className="kz-after"),
        html.Div(_files(here), className="kz-after"),
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
            [[reason_of(str(rule), t), t.number(n)] for rule, n in by_rule.to_dict().items()],
        ),
    )


def _examples(here: Context, some: pd.DataFrame) -> html.Section:
    """Where to look: some records of each reason."""
    t = here.t
    title = t("Where to look: the newest records of each reason")
    if some.empty:
        return panel(title, "", nothing_here(t("Nothing.")))
    head = [t("reason"), t("source"), t("file"), t("row"), t("column"), t("value")]
    rows = [
        [
            reason_of(record["rule"], t),
            source_name(here, record["source"]),
            _said(record["file"]),
            NOTHING if is_missing(record["row"]) else t.number(record["row"]),
            _said(record["column"]),
            _said(record["value"]),
        ]
        for record in some.to_dict("records")
    ]
    return panel(
        title,
        t("personal data is masked"),
        html.P([t("All of them as a file:"), " ", html.Code(_ALL, lang="en")]),
        table=table(title, head, rows, text_columns=len(head)),
        t=t,
    )


def _said(text: Any) -> str:
    return NOTHING if is_missing(text) else str(text)[:_LONGEST]


def _runs(here: Context) -> html.Section:
    t = here.t
    title = t("The last loads")
    return panel(
        title,
        t("read = new + changed + unchanged + repeated + not loaded"),
        table(
            title,
            [
                t("started"),
                t("state"),
                t("regulation"),
                t("program"),
                *(t(name) for name in _COUNTS.values()),
                t("seconds"),
            ],
            [
                [
                    _moment(here, row["started_at"]),
                    t(_STATUS[row["status"]]),
                    _version(row["regulation_id"], row["regulation_sha256"]),
                    row["code_version"],
                    *(t.number(row[count]) for count in _COUNTS),
                    t.number(row["seconds"], 1),
                ]
                for row in queries.runs(here.engine, limit=_RUNS).to_dict("records")
            ],
            text_columns=4,
        ),
    )


def _version(regulation: str | None, sha256: str | None) -> str:
    """The regulation's name, and the beginning of the hash that tells its versions apart."""
    said = [regulation, None if is_missing(sha256) else str(sha256)[:_DIGITS]]
    return " ".join(str(word) for word in said if not is_missing(word)) or NOTHING


def _files(here: Context) -> html.Section:
    """What each source was last read from; where there are many files, how many."""
    t = here.t
    title = t("The files of the last loads")
    return panel(
        title,
        t("The hash of a file is another when anything in it is."),
        table(
            title,
            [t("source"), t("file"), t("hash"), t("records"), t("size, kB"), t("seconds")],
            [_of_load(here, load) for load in queries.latest_loads(here.engine)],
            text_columns=3,
        ),
    )


def _of_load(here: Context, load: Load) -> list[str]:
    t, files = here.t, load.files
    sizes = [file["size"] for file in files if file["size"] is not None]
    is_one = len(files) == 1
    return [
        source_name(here, load.source),
        files[0]["name"] if is_one else t.plural("{n} file", "{n} files", len(files)),
        (files[0]["sha256"] or NOTHING)[:_DIGITS] if is_one else NOTHING,
        t.number(sum(file["rows"] for file in files)),
        t.number(sum(sizes) / 1000 if sizes else None, 1),
        t.number(load.seconds, 1),
    ]


def _moment(here: Context, moment: datetime | None) -> str:
    return here.t.date_time(None if moment is None or is_missing(moment) else local(here, moment))

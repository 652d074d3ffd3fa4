"""Data: how old it is, what the runs did, what did not get in and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import pandas as pd
from dash import Dash

from dashboard import html, queries
from dashboard.access import Permission
from dashboard.components.notices import nothing_here
from dashboard.components.panel import columns, of_sheet, panel
from dashboard.components.sources import local, source_name
from dashboard.context import Context
from dashboard.i18n import N_, NOTHING, is_missing
from dashboard.queries import Load
from dashboard.queries.remarks import examples, remarks
from dashboard.rules_in_words import reason_of
from dashboard.sheet import Column, Sheet

PATH = "/data"
TITLE = N_("Data")
NEEDS = Permission.RUNS
CONTROLS = ()
_RUNS = 10
_ALL = "kezek etl rejects --csv rejects.csv"
_LONGEST = 60  # letters of a value that an example shows
_DIGITS = 8  # of a hash, enough to tell two apart by eye

_REMARKS: Mapping[str, str] = {
    "finding": N_("Loaded, but looks odd"),
    "rejected": N_("Not loaded"),
}
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
            [of_sheet(here, _sources(here), folded=False), _remarks(here, found, "finding")],
            [_remarks(here, found, "rejected")],
        ),
        _examples(here),
        html.Div(of_sheet(here, _runs(here), folded=False), className="kz-after"),
        html.Div(of_sheet(here, _files(here), folded=False), className="kz-after"),
    ]


def register(app: Dash) -> None:
    """No callbacks: the page only shows."""


def sheets(here: Context) -> dict[str, Callable[[], Sheet]]:
    """The numbers of each panel."""
    return {
        "sources": lambda: _sources(here),
        **{kind: partial(_remark_sheet, here, kind) for kind in _REMARKS},
        "examples": lambda: _example_sheet(here),
        "runs": lambda: _runs(here),
        "files": lambda: _files(here),
    }


def _sources(here: Context) -> Sheet:
    t = here.t
    return Sheet(
        key="sources",
        title=_oldest(here),
        subtitle=t("by source, in the time of {zone}", zone=t.zone(here.regulation.zone)),
        columns=[
            Column(t("source")),
            Column(t("last load"), "moment"),
            Column(t("newest event"), "moment"),
            Column(t("not loaded"), "number"),
        ],
        rows=[
            [
                source_name(here, f.source),
                _moment(here, f.run_at),
                _moment(here, f.newest_event),
                f.rejects,
            ]
            for f in here.freshness
        ],
    )


def _oldest(here: Context) -> str:
    """Which source's newest event is the oldest, and of when."""
    t = here.t
    ends = [
        (source_name(here, f.source), local(here, f.newest_event).date())
        for f in here.freshness
        if f.newest_event is not None and not is_missing(f.newest_event)
    ]
    if not ends:
        return t("How old the data is")
    oldest, newest = min(day for _, day in ends), max(day for _, day in ends)
    behind = [name for name, day in ends if day == oldest]
    if oldest == newest and len(ends) == len(here.freshness):
        return t("The newest events of every source are of {date}", date=t.date(oldest))
    if len(behind) == 1:
        return t("The oldest data: {source}, to {date}", source=behind[0], date=t.date(oldest))
    return t.plural(
        "{n} source ends first, on {date}",
        "{n} sources end first, on {date}",
        len(behind),
        date=t.date(oldest),
    )


def _remarks(here: Context, found: pd.DataFrame, kind: str) -> html.Section:
    """Why records stayed out, or look odd, over all sources; the commonest reason first."""
    sheet = _remark_sheet(here, kind, found)
    if not sheet.rows:
        return panel(sheet.title, "", nothing_here(here.t("Nothing.")))
    return of_sheet(here, sheet, folded=False)


def _remark_sheet(here: Context, kind: str, found: pd.DataFrame | None = None) -> Sheet:
    t = here.t
    found = remarks(here.engine) if found is None else found
    rows = found[found["kind"] == kind]
    by_rule = rows.groupby("rule")["n"].sum().sort_values(ascending=False, kind="stable")
    return Sheet(
        key=kind,
        title=_commonest(here, kind, by_rule),
        subtitle=t.plural("{n} record", "{n} records", int(by_rule.sum())),
        columns=[Column(t("reason")), Column(t("records"), "number")],
        rows=[[reason_of(str(rule), t), n] for rule, n in by_rule.to_dict().items()],
    )


def _commonest(here: Context, kind: str, by_rule: pd.Series) -> str:
    """The commonest reason, where that is one."""
    t, said = here.t, here.t(_REMARKS[kind])
    if by_rule.empty or (by_rule == by_rule.iloc[0]).sum() > 1:
        return said
    return t(
        "{kind}: most often {reason}, {n} of {all}",
        kind=said,
        reason=reason_of(str(by_rule.index[0]), t),
        n=t.number(int(by_rule.iloc[0])),
        all=t.number(int(by_rule.sum())),
    )


def _examples(here: Context) -> html.Div:
    """Where to look: some records of each reason."""
    t, sheet = here.t, _example_sheet(here)
    if not sheet.rows:
        shown = panel(sheet.title, "", nothing_here(t("Nothing.")))
    else:
        where = html.P([t("All of them as a file:"), " ", html.Code(_ALL, lang="en")])
        shown = of_sheet(here, sheet, where)
    return html.Div(shown, className="kz-after")


def _example_sheet(here: Context) -> Sheet:
    t = here.t
    rows = [
        [
            reason_of(record["rule"], t),
            source_name(here, record["source"]),
            record["file"],
            record["row"],
            record["column"],
            _value(here, record),
        ]
        for record in examples(here.engine, scope=here.scope).to_dict("records")
    ]
    return Sheet(
        key="examples",
        title=t.plural(
            "Where to look: {n} record, the newest of each reason",
            "Where to look: {n} records, the newest of each reason",
            len(rows),
        ),
        subtitle=t("personal data is masked"),
        columns=[
            Column(t("reason")),
            Column(t("source")),
            Column(t("file")),
            Column(t("row"), "number"),
            Column(t("column")),
            Column(t("value")),
        ],
        rows=rows,
    )


def _value(here: Context, record: Mapping[Any, Any]) -> str | None:
    if is_missing(record["value"]):
        return here.t("purged") if record["is_purged"] else None
    return str(record["value"])[:_LONGEST]


def _runs(here: Context) -> Sheet:
    t, found = here.t, queries.runs(here.engine, limit=_RUNS).to_dict("records")
    return Sheet(
        key="runs",
        title=_last_run(here, found),
        subtitle=t("read = new + changed + unchanged + repeated + not loaded"),
        columns=[
            Column(t("started"), "moment"),
            Column(t("state")),
            Column(t("regulation")),
            Column(t("program")),
            *(Column(t(name), "number") for name in _COUNTS.values()),
            Column(t("seconds"), "number", 1),
        ],
        rows=[
            [
                _moment(here, row["started_at"]),
                t(_STATUS[row["status"]]),
                _version(row["regulation_id"], row["regulation_sha256"]),
                row["code_version"],
                *(row[count] for count in _COUNTS),
                row["seconds"],
            ]
            for row in found
        ],
    )


def _last_run(here: Context, found: list[dict[Any, Any]]) -> str:
    """How the newest load went, and when; and how many of those that are told failed."""
    t = here.t
    if not found:
        return t("The last loads")
    said = t(
        "The last load, {when}: {state}",
        when=t.date_time(_moment(here, found[0]["started_at"])),
        state=t(_STATUS[found[0]["status"]]),
    )
    failed = sum(row["status"] == "failed" for row in found)
    if not failed:
        return said
    return said + t("; failed of the last {n}: {failed}", n=len(found), failed=failed)


def _version(regulation: str | None, sha256: str | None) -> str:
    """The regulation's name, and the beginning of the hash that tells its versions apart."""
    said = [regulation, None if is_missing(sha256) else str(sha256)[:_DIGITS]]
    return " ".join(str(word) for word in said if not is_missing(word)) or NOTHING


def _files(here: Context) -> Sheet:
    """What each source was last read from; where there are many files, how many."""
    t, found = here.t, queries.latest_loads(here.engine)
    return Sheet(
        key="files",
        title=t.plural(
            "The last loads read {records} records from {n} file",
            "The last loads read {records} records from {n} files",
            sum(len(load.files) for load in found),
            records=t.number(sum(file["rows"] for load in found for file in load.files)),
        ),
        subtitle=t("The hash of a file is another when anything in it is."),
        columns=[
            Column(t("source")),
            Column(t("file")),
            Column(t("hash")),
            Column(t("records"), "number"),
            Column(t("size, kB"), "number", 1),
            Column(t("seconds"), "number", 1),
        ],
        rows=[_of_load(here, load) for load in found],
    )


def _of_load(here: Context, load: Load) -> list[Any]:
    t, files = here.t, load.files
    sizes = [file["size"] for file in files if file["size"] is not None]
    is_one = len(files) == 1
    return [
        source_name(here, load.source),
        files[0]["name"] if is_one else t.plural("{n} file", "{n} files", len(files)),
        (files[0]["sha256"] or NOTHING)[:_DIGITS] if is_one else NOTHING,
        sum(file["rows"] for file in files),
        sum(sizes) / 1000 if sizes else None,
        load.seconds,
    ]


def _moment(here: Context, moment: datetime | None) -> datetime | None:
    """A stored time as the regulation's clocks show it, without its zone."""
    if moment is None or is_missing(moment):
        return None
    return local(here, moment).replace(tzinfo=None)

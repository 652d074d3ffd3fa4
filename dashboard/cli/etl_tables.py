"""What ``kezek etl`` tells, as tables for a reader at a terminal and as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich import box
from rich.markup import escape
from rich.table import Table

from dashboard.queries import Freshness
from etl.run import RunReport

_LOOK: dict[str, Any] = {
    "title_justify": "left",
    "box": box.SIMPLE_HEAD,
    "show_edge": False,
    "pad_edge": False,
    "padding": (0, 1, 0, 0),
}
_COUNTED = ("read", "inserted", "updated", "unchanged", "duplicate", "rejected")


def of_run(report: RunReport) -> Table:
    """A row a source: what became of its records."""
    title = f"Run {report.run_id}, as of {report.as_of}, {report.seconds:.1f} s"
    table = _table(title, "source", numbers=_COUNTED)
    for name, source in report.sources.items():
        table.add_row(name, *(_number(getattr(source.tally, column)) for column in _COUNTED))
    return table


def remarks_of_run(report: RunReport) -> Table:
    """What of the records was rejected or looked odd, by source and rule."""
    return of_remarks(
        [
            (kind, name, rule, n)
            for name, source in report.sources.items()
            for kind, by_rule in (
                ("rejected", source.tally.rejects),
                ("finding", source.tally.findings),
            )
            for rule, n in sorted(by_rule.items())
        ]
    )


def of_runs(runs: pd.DataFrame) -> Table:
    """The newest runs, as `dashboard.queries.runs` gives them."""
    counted = ("read", "inserted", "updated", "rejected")
    title = "Runs, the newest first (times in UTC)"
    table = _table(title, "run", "started", "status", "as of", numbers=counted)
    for run in runs.itertuples(index=False):
        started, as_of = f"{run.started_at:%Y-%m-%d %H:%M}", f"{run.as_of:%Y-%m-%d}"
        counts = (_number(getattr(run, column)) for column in counted)
        table.add_row(str(run.run_id), started, str(run.status), as_of, *counts)
    return table


def failures(runs: pd.DataFrame) -> list[str]:
    """A line for each run that failed: why."""
    failed = runs[runs["error"].notna()]
    return [f"Run {run.run_id}: {run.error}" for run in failed.itertuples(index=False)]


def of_freshness(sources: Sequence[Freshness]) -> Table:
    """How old what each source told is."""
    names = ("source", "newest event", "last loaded")
    table = _table("Sources (times in UTC)", *names, numbers=("in quarantine",))
    for source in sources:
        newest = f"{source.newest_event:%Y-%m-%d %H:%M}" if source.newest_event else "–"
        loaded = f"{source.run_at:%Y-%m-%d %H:%M}"
        table.add_row(source.source, newest, loaded, _number(source.rejects))
    return table


def of_remarks(remarks: Iterable[tuple[str, str, str, int]]) -> Table:
    """Kind, source, rule and number."""
    title = "Rejected records and findings"
    table = _table(title, "kind", "source", "rule", numbers=("n",))
    for kind, source, rule, n in remarks:
        table.add_row(kind, source, rule, _number(n))
    return table


def of_rejects(entries: Sequence[Mapping[str, Any]]) -> Table:
    """The records of a list from the quarantine."""
    columns = ("source", "rule", "file", "row", "record_key", "column", "value")
    headings = (name.replace("record_key", "key") for name in columns)
    table = Table(*headings, title="In quarantine, the newest first", **_LOOK)
    for entry in entries:
        cells = ("–" if entry[name] is None else escape(str(entry[name])) for name in columns)
        table.add_row(*cells)
    return table


def status_json(
    runs: pd.DataFrame, sources: Sequence[Freshness], remarks: pd.DataFrame
) -> dict[str, Any]:
    """The same as plain values; times are UTC, marked so."""
    return {
        "runs": [
            {name: _plain(name, value) for name, value in run.items()}
            for run in runs.to_dict("records")
        ],
        "sources": {
            source.source: {
                "newest_event": _plain("", source.newest_event),
                "run_at": _plain("", source.run_at),
                "in_quarantine": source.rejects,
            }
            for source in sources
        },
        "remarks": remarks.to_dict("records"),
    }


def _plain(name: object, value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    if name == "as_of":
        return value.date().isoformat()
    return value.isoformat() + "Z" if hasattr(value, "isoformat") else value


def _table(title: str, *names: str, numbers: Sequence[str]) -> Table:
    table = Table(title=title, **_LOOK)
    for name in names:
        table.add_column(name, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _number(value: Any) -> str:
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")

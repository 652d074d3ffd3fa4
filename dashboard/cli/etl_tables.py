"""What ``kezek etl`` tells, as tables for a reader at a terminal and as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dashboard.queries import Freshness, Load
from etl.ledger import Replayed
from etl.run import RunReport

LOOK: dict[str, Any] = {
    "title_justify": "left",
    "box": box.SIMPLE_HEAD,
    "show_edge": False,
    "pad_edge": False,
    "padding": (0, 1, 0, 0),
}
_DIGITS = 12  # of a sha256 that a table shows; `--json` gives all of it
_COUNTED = ("read", "inserted", "updated", "unchanged", "duplicate", "rejected")


def show(*parts: Table | str) -> None:
    """Print tables and plain lines, without the empty tables."""
    console = Console()
    for part in parts:
        if isinstance(part, str):
            typer.echo(part)
        elif part.row_count:
            console.print(part)


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


def unjoined(report: RunReport) -> list[str]:
    """A line a table of which rows lost their pseudonym with the former key."""
    return [
        f"{n} rows of {table} are in no export any more: they are counted as before, but whose "
        "they were is known no longer."
        for table, n in report.unjoined.items()
    ]


def of_replay(run_id: int, made: Replayed) -> Table:
    """A row a rule: the entries that a run closed, those that it made, and those that stand."""
    names = ("closed", "new", "still stand")
    table = _table(f"Quarantine by rule, run {run_id}", "rule", numbers=names)
    for rule in sorted({*made.closed, *made.new, *made.standing}):
        counts = (by_rule.get(rule, 0) for by_rule in (made.closed, made.new, made.standing))
        table.add_row(rule, *(_number(n) for n in counts))
    return table


def of_runs(runs: pd.DataFrame) -> Table:
    """The newest runs, as `dashboard.queries.runs` gives them."""
    counted = {"read": "read", "inserted": "new", "updated": "updated", "rejected": "rejected"}
    title = "Runs, the newest first (times in UTC)"
    numbers = (*counted.values(), "s")
    table = _table(title, "run", "started", "status", "as of", numbers=numbers)
    for run in runs.to_dict("records"):
        started, as_of = f"{run['started_at']:%Y-%m-%d %H:%M}", f"{run['as_of']:%Y-%m-%d}"
        took = "–" if pd.isna(run["seconds"]) else f"{run['seconds']:.0f}"
        counts = (_number(run[column]) for column in counted)
        table.add_row(str(run["run_id"]), started, run["status"], as_of, *counts, took)
    return table


def versions(runs: pd.DataFrame) -> list[str]:
    """A line for each program and regulation under which runs were made, with their numbers."""
    made: dict[str, list[int]] = {}
    for run in runs.to_dict("records"):
        name, sha256 = _plain("", run["regulation_id"]), _plain("", run["regulation_sha256"])
        under = f"regulation {name or '–'} (sha256 {(sha256 or '–')[:_DIGITS]})"
        made.setdefault(f"Kezek {run['code_version']}, {under}", []).append(run["run_id"])
    return [f"{how}: runs {_spans(numbers)}" for how, numbers in made.items()]


def _spans(numbers: Sequence[int]) -> str:
    """``[5, 4, 3, 1]`` -> "1, 3–5"."""
    ordered = sorted(numbers)
    firsts = [n for n in ordered if n - 1 not in ordered]
    lasts = [n for n in ordered if n + 1 not in ordered]
    pairs = zip(firsts, lasts, strict=True)
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in pairs)


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


def of_loads(loads: Sequence[Load]) -> Table:
    """What each source was read from: its file, or how many there were, and how long it took."""
    table = _table("Files of each source's last load", "source", numbers=())
    table.add_column("file")
    for name in ("rows", "bytes", "s"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("sha256", no_wrap=True)
    for load in loads:
        rows = sum(file["rows"] for file in load.files)
        size = sum(file["size"] or 0 for file in load.files)
        table.add_row(
            load.source,
            escape(_one(load.files, "name") or f"{len(load.files)} files"),
            _number(rows),
            _number(size),
            f"{load.seconds:.1f}",
            (_one(load.files, "sha256") or "–")[:_DIGITS],
        )
    return table


def _one(files: Sequence[Mapping[str, Any]], key: str) -> str | None:
    return files[0][key] if len(files) == 1 else None


def of_remarks(remarks: Iterable[tuple[str, str, str, int]]) -> Table:
    """Kind, source, rule and number."""
    title = "Rejected records and findings"
    table = _table(title, "kind", "source", "rule", numbers=("n",))
    for kind, source, rule, n in remarks:
        table.add_row(kind, source, rule, _number(n))
    return table


def status_json(
    runs: pd.DataFrame,
    loads: Sequence[Load],
    sources: Sequence[Freshness],
    remarks: pd.DataFrame,
) -> dict[str, Any]:
    """The same as plain values, all of each run; times are UTC, marked so."""
    of_run: dict[int, dict[str, Any]] = {run_id: {} for run_id in runs["run_id"]}
    for load in loads:
        of_run[load.run_id][load.source] = {
            **load.counts,
            "newest_event": _plain("", load.newest_event),
            "seconds": round(load.seconds, 3),
            "files": list(load.files),
        }
    return {
        "runs": [
            {
                **{name: _plain(name, value) for name, value in run.items()},
                "sources": of_run[run["run_id"]],
            }
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
    table = Table(title=title, **LOOK)
    for name in names:
        table.add_column(name, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _number(value: Any) -> str:
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")

"""The tables of ``make bench``, for the terminal and for docs/benchmarks.md alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table

from tests.benchmarks.browser import BrowserTimes
from tests.benchmarks.etl import EtlTimes, Peers, Rate
from tests.benchmarks.timing import Timing

_MB = 1_000_000


@dataclass(frozen=True)
class Grid:
    """A table: what it is called, its headings, and its cells as they are shown."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_rich(self) -> Table:
        table = Table(title=self.title)
        for heading, left in zip(self.headings, self._left(), strict=True):
            table.add_column(heading, justify="left" if left else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def as_markdown(self) -> str:
        rules = ["---" if left else "---:" for left in self._left()]
        lines = [self.headings, rules, *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def _left(self) -> list[bool]:
        """Words stand on the left, numbers on the right."""
        return [heading in {"page", "measure", "database"} for heading in self.headings]


def rates(times: Sequence[EtlTimes], peers: Mapping[str, Peers]) -> Grid:
    """The first run, and how many times the peers' rate it has."""
    return Grid(
        "The whole first run, into an empty warehouse",
        (
            "database", "applications", "events", "seconds", "events/s", "records/s",
            "dlt, events/s", "× dlt", "to_sql, events/s", "× to_sql",
        ),
        [_first_run(t, peers[t.kind]) for t in times],
    )  # fmt: skip


def _first_run(t: EtlTimes, peers: Peers) -> list[str]:
    return [
        t.kind,
        f"{t.applications:,}",
        f"{t.events:,}",
        f"{t.first:.1f}",
        f"{t.rate:,.0f}",
        f"{t.records / t.first:,.0f}",
        *_beside(t.rate, peers.dlt),
        *_beside(t.rate, peers.to_sql),
    ]


def later_runs(times: Sequence[EtlTimes], peers: Mapping[str, Peers]) -> Grid:
    """Runs into a warehouse that holds the log; growth is over the smallest log."""
    smallest = {t.kind: t for t in reversed(times)}
    return Grid(
        "Later runs, seconds",
        (
            "database", "applications", "nothing new", "all again", "events/s",
            "dlt again, events/s", "× dlt", "1,000 changes, own source", "growth",
            "1,000 changes, a file more", "growth ",
        ),
        [_later_run(t, smallest[t.kind], peers[t.kind]) for t in times],
    )  # fmt: skip


def _later_run(t: EtlTimes, smallest: EtlTimes, peers: Peers) -> list[str]:
    return [
        t.kind,
        f"{t.applications:,}",
        f"{t.nothing:.2f}",
        f"{t.afresh:.1f}",
        f"{t.rate_again:,.0f}",
        *_beside(t.rate_again, peers.dlt_again),
        f"{t.in_place:.1f}",
        f"× {t.in_place / smallest.in_place:.1f}",
        f"{t.another_file:.1f}",
        f"× {t.another_file / smallest.another_file:.1f}",
    ]


def sizes(times: Sequence[EtlTimes]) -> Grid:
    """What grows with the log."""
    return Grid(
        "What it takes",
        (
            "database", "applications", "files, MB", "warehouse, MB", "bytes an event",
            "mart rows", "memory of the run, MB", "of its largest worker, MB", "overview, ms",
        ),
        [
            [
                t.kind,
                f"{t.applications:,}",
                f"{t.files / _MB:,.1f}",
                f"{t.warehouse / _MB:,.0f}",
                f"{t.warehouse / t.events:,.0f}",
                f"{t.mart_rows:,}",
                f"{t.memory / _MB:,.0f}",
                f"{t.worker_memory / _MB:,.0f}" if t.worker_memory else "none",
                f"{t.page:,.0f}",
            ]
            for t in times
        ],
    )  # fmt: skip


def pages(times: Sequence[Timing], applications: Sequence[int]) -> Grid:
    """One line a page and database."""
    return _answers(
        "Filter changes: server time of each page, median / 95th percentile, ms",
        "page",
        times,
        applications,
    )


def visits(times: BrowserTimes) -> Grid:
    """Ours, Dash's, and how many times Dash's ours is."""
    ours, stock = times.ours, times.stock
    return Grid(
        "Visits in Chromium",
        ("page", "Kezek", "stock Dash", "ratio"),
        [
            _visit("cold visit, ms", ours.drawn, stock.drawn),
            _visit("over the wire, kB", ours.weight, stock.weight),
            _visit("filter change, 16 readers, p95, ms", ours.change, stock.change),
            *(
                [f"server's memory, MB, {when}", f"{held:,.1f}", "–", "–"]
                for when, held in zip(
                    ("warm", "half an hour on", "an hour on"), times.held, strict=True
                )
            ),
        ],
    )


def _visit(what: str, ours: float, stock: float) -> list[str]:
    return [what, f"{ours:,.0f}", f"{stock:,.0f}", f"{ours / stock:.2f}"]


def measures(times: Sequence[EtlTimes]) -> Grid:
    """One line a measure and database."""
    return _answers(
        "Measures: server time, median / 95th percentile, ms",
        "measure",
        [timing for t in times for timing in t.measures],
        sorted({t.applications for t in times}),
    )


def _answers(title: str, what: str, times: Sequence[Timing], applications: Sequence[int]) -> Grid:
    """The last column is the largest warehouse over the smallest."""
    lines: dict[tuple[str, str], list[Timing]] = {}
    for t in times:
        lines.setdefault((t.what, t.kind), []).append(t)
    return Grid(
        title,
        (what, "database", *(f"{size:,}" for size in applications), "growth"),
        [
            [
                name,
                kind,
                *(f"{t.median:.1f} / {t.p95:.1f}" for t in row),
                f"× {row[-1].median / row[0].median:.2f}",
            ]
            for (name, kind), row in lines.items()
        ],
    )


def _beside(ours: float, theirs: Rate | None) -> list[str]:
    if theirs is None:
        return ["not measured", "–"]
    return [f"{theirs.a_second:,.0f}", f"{ours / theirs.a_second:.2f}"]

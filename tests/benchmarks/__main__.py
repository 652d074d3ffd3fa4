"""``make bench``: how fast a run loads and how fast pages are drawn, as a city grows.

Every figure stands beside a peer measured in the same run: a run beside dlt and pandas ``to_sql``,
a page or a measure beside the same on the smaller warehouse, the headline measure beside SQL that
asks the case table. Ratios travel between machines; seconds do not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.benchmarks import machine
from tests.benchmarks.browser import BrowserTimes, measure_browser
from tests.benchmarks.cities import warehouses
from tests.benchmarks.databases import KINDS, SQLITE, NewDatabase, databases
from tests.benchmarks.etl import (
    EtlTimes,
    Peers,
    dlt_sizes,
    measure_etl,
    measure_peers,
    write_logs,
)
from tests.benchmarks.pages import measure_pages
from tests.benchmarks.report import Bench
from tests.benchmarks.timing import Timing

_DOCUMENTS = Path(__file__).resolve().parents[2] / "docs"

console = Console(width=150)  # the widest table, wherever it is printed


def main() -> None:
    """Measure on the given sizes, smallest first, and print the tables."""
    asked = _arguments()
    sizes, page_sizes = sorted(asked.sizes), sorted(asked.pages)
    with (
        tempfile.TemporaryDirectory(prefix="kezek-bench-") as folder,
        databases(Path(folder)) as new,
    ):
        pages, browser = _pages(Path(folder), new, page_sizes)  # the shorter part: it fails early
        etl, peers = _etl(Path(folder), new, sizes)
        bench = Bench(
            command=_command(sizes, page_sizes),
            day=datetime.now(UTC).date(),
            machine=machine.described(new),
            etl=etl,
            peers=peers,
            pages=pages,
            page_sizes=page_sizes,
            browser=browser,
        )
    for grid, note in bench.grids():
        console.print(grid.as_rich(), note)
    console.print(*bench.verdicts(), bench.beside(), sep="\n")
    if asked.write:
        name = "benchmarks.md" if sizes else "benchmarks-pages.md"
        (_DOCUMENTS / name).write_text(bench.as_markdown(), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="*", type=int, default=[100_000], help="of the logs")
    parser.add_argument("--pages", nargs="*", type=int, default=[10_000, 100_000], help="of cities")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks*.md")
    return parser.parse_args()


def _command(sizes: Sequence[int], page_sizes: Sequence[int]) -> str:
    return f'make bench SIZES="{_words(sizes)}" PAGES="{_words(page_sizes)}" WRITE=1'


def _words(sizes: Sequence[int]) -> str:
    return " ".join(map(str, sizes))


def _etl(
    folder: Path, new: NewDatabase, sizes: Sequence[int]
) -> tuple[list[EtlTimes], dict[str, Peers]]:
    if not sizes:
        return [], {}
    write_logs(folder, [*sizes, *dlt_sizes(sizes[-1])])
    times, peers = [], {}
    for kind in KINDS:
        for size in sizes:
            console.print(f"loading {size:,} applications, {kind}")
            url = new(kind, f"log_{size}")
            times.append(measure_etl(folder, kind, url, size))
        console.print(f"peers, {kind}")
        peers[kind] = measure_peers(folder, kind, new=new, url=url, applications=size)
    return times, peers


def _pages(
    folder: Path, new: NewDatabase, sizes: Sequence[int]
) -> tuple[list[Timing], BrowserTimes | None]:
    """Every page of every city, and visits to the largest of those on SQLite."""
    times: list[Timing] = []
    visits = None
    for warehouse in warehouses(folder, new, sizes):
        console.print(f"drawing pages of {warehouse.applications:,} applications, {warehouse.kind}")
        times += measure_pages(warehouse)
        if (warehouse.kind, warehouse.applications) == (SQLITE, sizes[-1]):
            console.print("visiting them in Chromium, beside Dash as it comes")
            visits = measure_browser(warehouse.url)
    return times, visits


if __name__ == "__main__":  # workers import this module, too
    main()

"""The tables that ``make bench`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from tests.benchmarks.etl import EtlTimes
from tests.benchmarks.pages import PageTimes


def etl_table(times: Sequence[EtlTimes]) -> Table:
    """One line a warehouse; the last column is our rate over that of ``to_sql``."""
    table = Table(title="ETL: from the exports to the marts")
    for heading in (
        "database",
        "applications",
        "records",
        "events",
        "first run, s",
        "records/s",
        "events/s",
        "again, s",
        "to_sql, s",
        "× to_sql",
    ):
        table.add_column(heading, justify="left" if heading == "database" else "right")
    for t in times:
        table.add_row(
            t.kind,
            f"{t.applications:,}",
            f"{t.records:,}",
            f"{t.events:,}",
            f"{t.first:.1f}",
            f"{t.records / t.first:,.0f}",
            f"{t.events / t.first:,.0f}",
            f"{t.again:.1f}",
            f"{t.to_sql:.1f}",
            f"{t.to_sql / t.first:.2f}",
        )
    return table


def pages_table(times: Sequence[PageTimes], sizes: Sequence[int]) -> Table:
    """One line a page and database; the last column is the largest city over the smallest."""
    table = Table(title="Pages: server time, median / 95th percentile, ms")
    table.add_column("page")
    table.add_column("database")
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    table.add_column("growth", justify="right")
    lines: dict[tuple[str, str], list[PageTimes]] = {}
    for t in times:
        lines.setdefault((t.what, t.kind), []).append(t)
    for (what, kind), row in sorted(lines.items()):
        cells = [f"{t.median:.1f} / {t.p95:.1f}" for t in row]
        table.add_row(what, kind, *cells, f"× {row[-1].median / row[0].median:.2f}")
    return table

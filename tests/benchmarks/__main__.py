"""``make bench``: ETL rows a second and the server time of each page, as a city grows.

Every figure stands beside a peer measured in the same run: the ETL beside pandas ``to_sql`` writing
the same cases and events, a page beside the same page on the smaller city, the headline measure
beside SQL that asks the case table. Ratios travel between machines; seconds do not.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from tests.benchmarks.cities import warehouses
from tests.benchmarks.etl import measure_etl
from tests.benchmarks.pages import measure_headline, measure_pages
from tests.benchmarks.tables import etl_table, pages_table


def main() -> None:
    """Measure on the given sizes, smallest first, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    sizes = sorted(parser.parse_args().sizes)
    console = Console(width=110)  # the widest table, wherever it is printed
    etl, pages = [], []
    with tempfile.TemporaryDirectory(prefix="kezek-bench-") as folder:
        for warehouse in warehouses(Path(folder), sizes):
            console.print(f"measuring {warehouse.applications:,} applications, {warehouse.kind}")
            etl.append(measure_etl(warehouse))
            pages += [*measure_pages(warehouse), measure_headline(warehouse)]
    console.print(etl_table(etl), pages_table(pages, sizes))


main()

"""``kezek dump``: the warehouse in words, to compare two of them."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli.warehouse import loaded_engine
from dashboard.settings import read_settings
from etl import connect
from etl.dump import lines


def dump(
    *,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="The warehouse; default KEZEK_DATABASE_URL.")
    ] = None,
) -> None:
    """Print what the warehouse holds, byte for byte the same for the same content.

    One JSON array a row, in a fixed order, on SQLite and PostgreSQL alike; without the ledger.
    """
    engine = loaded_engine(database or read_settings().database_url)
    try:
        with connect.begin(engine, write=False) as connection:
            for line in lines(connection):
                typer.echo(line)
    finally:
        engine.dispose()

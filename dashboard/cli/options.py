"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from etl.regulation.model import Lang

_LONGEST = 36_500  # days: a hundred years

Database = Annotated[
    str | None, typer.Option(metavar="URL", help="The warehouse; default KEZEK_DATABASE_URL.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

# --- what the measures are asked for ------------------------------------------------------------

AsOf = Annotated[str | None, typer.Option(metavar="DATE", help="State at the end of this day.")]
First = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help="First day; default the last full month's."),
]
Last = Annotated[
    str | None,
    typer.Option("--to", metavar="DATE", help="Last day; default the last full month's."),
]
Clock = Annotated[
    str | None, typer.Option(metavar="CODE", help="Which time limit; default the headline's.")
]
Channels = Annotated[
    list[str] | None, typer.Option(metavar="CODE", help="Only this channel; repeatable.")
]
Categories = Annotated[
    list[str] | None, typer.Option(metavar="CODE", help="Only this category; repeatable.")
]
ServicePoints = Annotated[
    list[str] | None, typer.Option(metavar="CODE", help="Only this office; repeatable.")
]
Within = Annotated[
    int | None,
    typer.Option(min=0, max=_LONGEST, help="The days of p_within; default the clock's limit."),
]
RegulationFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Default: the one the warehouse was loaded under."),
]
Language = Annotated[
    Lang | None, typer.Option(help="The language of the names; default KEZEK_LANGUAGE.")
]

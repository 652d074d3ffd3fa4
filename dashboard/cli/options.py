"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from etl.regulation.model import Lang

_LONGEST = 36_500  # days: a hundred years

Database = Annotated[
    str | None, typer.Option(metavar="URL", help="The warehouse; default KEZEK_DATABASE_URL.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

# --- what a run is asked for --------------------------------------------------------------------

SourcesFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Default KEZEK_SOURCES.")]
LoadedUnder = Annotated[
    Path | None,
    typer.Option("--regulation", metavar="FILE", help="Default KEZEK_REGULATION."),
]
DayOfExports = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="The day of the exports; default what they say, or now."),
]
MaxRejected = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE",
        help="Stop where more of a source of 20 records or more is rejected, 0 to 1; "
        "default what the sources say, or 0.2.",
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Log to stderr also every part, every retry, what was not read and why, and what "
        "was rejected.",
    ),
]
LogFormat = Annotated[
    Literal["text", "json"] | None,
    typer.Option(
        help="Of the log on stderr: lines, or a JSON object a line; default KEZEK_LOG_FORMAT."
    ),
]

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

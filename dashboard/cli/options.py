"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Database = Annotated[
    str | None, typer.Option(metavar="URL", help="The warehouse; default KEZEK_DATABASE_URL.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

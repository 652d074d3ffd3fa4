"""``kezek audit``: who did what, and whether somebody has changed what is written of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from dashboard import audit, spreadsheet
from dashboard.audit import Entry, Head
from dashboard.cli.etl_tables import LOOK, show
from dashboard.cli.options import Database, Json
from dashboard.cli.warehouse import kept
from dashboard.cli.whole_file import write_whole
from etl.errors import KezekError

app = typer.Typer(
    help="Who did what, and whether what is written of it was changed.", no_args_is_help=True
)

_COLUMNS = ("number", "at", "who", "what", "about")


@app.command()
def verify(
    *,
    expect: Annotated[
        str | None,
        typer.Option(metavar="HEAD", help="A head of before, as this command printed it."),
    ] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Look for entries that were altered, removed or put in; prints the head.

    Keep the head where whoever writes the warehouse cannot change it: with --expect, an end that
    was cut off or a chain that was made anew is found, too.
    """
    with kept(database) as engine:
        chain = audit.verify(engine, expected=_head(expect))
    if as_json:
        told = {"head": str(chain.head), "faults": list(chain.faults)}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in (*chain.faults, f"head {chain.head}"):
            typer.echo(line)
    if chain.faults:
        raise KezekError("What is written of who did what was changed; see what was printed.")


@app.command(name="show")
def show_(
    *,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="From this day (UTC) on.")
    ] = None,
    who: Annotated[str | None, typer.Option(metavar="LOGIN", help="Only what they did.")] = None,
    what: Annotated[str | None, typer.Option(metavar="DEED", help="Only this, as listed.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write them there.")] = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List what was done, the oldest first."""
    with kept(database) as engine:
        found = audit.entries(engine, since=_day(since), who=who, what=what)
        if csv is not None:
            write_whole(csv, spreadsheet.csv_lines(list(_COLUMNS), ([_cells(e)] for e in found)))
        elif as_json:
            for line in _lines(found):
                typer.echo(line)
        else:
            _print(found)


def _head(said: str | None) -> Head | None:
    if said is None:
        return None
    number, _, hash_ = said.partition(":")
    if not (number.isdecimal() and len(hash_) == 64):
        raise typer.BadParameter(
            "a head is a number, a colon and 64 hex digits.", param_hint="--expect"
        )
    return Head(int(number), hash_)


def _day(said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        return datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC).replace(tzinfo=None)
    except ValueError:
        raise typer.BadParameter(
            f"{said!r} is no day; write it like 2013-11-30.", param_hint="--since"
        ) from None


def _lines(found: Iterable[Entry]) -> Iterator[str]:
    """A JSON object an entry, its time marked as UTC."""
    for entry in found:
        told: dict[str, Any] = {**vars(entry), "at": entry.at.isoformat() + "Z"}
        yield json.dumps(told, ensure_ascii=False)


def _cells(entry: Entry) -> list[Any]:
    about = json.dumps(entry.about, ensure_ascii=False)
    return [entry.number, entry.at.isoformat() + "Z", entry.who, entry.what, about]


def _print(found: Iterable[Entry]) -> None:
    table = Table(title="What was done (times in UTC)", **LOOK)
    for name in _COLUMNS:
        table.add_column(name, overflow="fold")
    for entry in found:
        said = " ".join(f"{k}={v}" for k, v in entry.about.items())
        at = f"{entry.at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(entry.number), at, *map(escape, (entry.who, entry.what, said)))
    show(table if table.row_count else "Nothing of that kind was noted.")

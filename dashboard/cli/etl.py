"""``kezek etl``: load the sources, and tell what was loaded and what stayed out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from dashboard import queries
from dashboard.cli import etl_tables
from dashboard.cli.warehouse import loaded_engine
from dashboard.queries.remarks import remarks
from dashboard.settings import Settings, read_settings
from etl import ledger, warehouse
from etl import regulation as regulations
from etl.errors import KezekError
from etl.mapping import read_sources
from etl.migrate import upgrade
from etl.run import Progress, RunReport, Stage, in_words
from etl.run import run as run_etl

app = typer.Typer(
    help="Load the sources; tell what was loaded and what stayed out.", no_args_is_help=True
)

_Database = Annotated[
    str | None, typer.Option(metavar="URL", help="The warehouse; default KEZEK_DATABASE_URL.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

_DOING: dict[Stage, str] = {
    "read": "reading",
    "merge": "merging",
    "derive": "working out clocks and outcomes",
    "marts": "counting for the screens",
    "check": "checking that the figures hold",
    "done": "done",
}


@app.command()
def run(
    *,
    sources: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default KEZEK_SOURCES.")
    ] = None,
    regulation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default KEZEK_REGULATION.")
    ] = None,
    database: _Database = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this source; repeatable.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day of the exports; default what they say, or now."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Load what the sources hold: all of it in one transaction, or nothing.

    A repeated run changes nothing. What a record must be and is not goes to quarantine.
    """
    day = _day(as_of)
    try:
        report = _run(
            read_settings(),
            sources=sources,
            regulation=regulation,
            database=database,
            only=source or [],
            as_of=day,
        )
    except KezekError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"status": "failed", "error": str(error)}, ensure_ascii=False))
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _print(etl_tables.of_run(report), etl_tables.remarks_of_run(report))


@app.command()
def status(*, database: _Database = None, as_json: _Json = False) -> None:
    """Tell the latest runs, how fresh each source is and what stands in quarantine."""
    with _loaded(database) as engine:
        runs = queries.runs(engine, limit=10)
        fresh = queries.freshness(engine)
        standing = remarks(engine)
    if as_json:
        typer.echo(json.dumps(etl_tables.status_json(runs, fresh, standing), ensure_ascii=False))
        return
    _print(
        etl_tables.of_runs(runs),
        *etl_tables.failures(runs),
        etl_tables.of_freshness(fresh),
        etl_tables.of_remarks(standing.itertuples(index=False)),
    )


@app.command()
def rejects(
    *,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only records of this source.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only records that this rule kept out.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many.")] = 50,
    database: _Database = None,
    as_json: _Json = False,
) -> None:
    """List the records that stand in quarantine, with their file, row, rule and value."""
    with _loaded(database) as engine:
        entries, total = ledger.in_quarantine(engine, source=source, rule=rule, limit=limit)
    if as_json:
        found = {"total": total, "rejects": entries}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    if not total:
        typer.echo("No such record stands in quarantine.")
        return
    _print(etl_tables.of_rejects(entries))
    if total > len(entries):
        typer.echo(f"{len(entries)} of {total}; --limit shows more, --source and --rule choose.")


def _run(
    settings: Settings,
    *,
    sources: Path | None,
    regulation: Path | None,
    database: str | None,
    only: list[str],
    as_of: date | None,
) -> RunReport:
    rules = regulations.load(regulation or settings.regulation)
    engine = warehouse.open_engine(database or settings.database_url)
    try:
        # A mistake in the sources file is told before a database is made or changed.
        read_sources(sources or settings.sources, regulation=rules, only=only)
        upgrade(engine)
        with _shown(Console(stderr=True)) as progress:
            return run_etl(
                engine=engine,
                regulation=rules,
                sources=sources or settings.sources,
                today=settings.today or datetime.now(rules.zone).date(),
                pseudonym_key=settings.pseudonym_key,
                only=only,
                as_of=as_of,
                progress=progress,
            )
    except KezekError:
        raise
    except Exception as error:
        # The frames only: a library's message may repeat the value that it stumbled over.
        traceback.print_tb(error.__traceback__)
        raise KezekError(in_words(error)) from None
    finally:
        engine.dispose()


@contextmanager
def _loaded(database: str | None) -> Iterator[Engine]:
    engine = loaded_engine(database or read_settings().database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _shown(console: Console) -> Iterator[Progress | None]:
    """What the run is doing, on a terminal; nothing anywhere else."""
    if not console.is_terminal:
        yield None
        return
    with console.status("reading") as line:

        def show(stage: Stage, *, source: str | None = None, done: int = 0, total: int = 0) -> None:
            place = f" {source} ({done + 1} of {total})" if source else ""
            line.update(f"{_DOING[stage]}{place}")

        yield show


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(
            f"{text} is no date; write it like 2013-12-31.", param_hint="--as-of"
        ) from None


def _print(*parts: Table | str) -> None:
    """Tables and plain lines, without the empty tables."""
    console = Console()
    for part in parts:
        if isinstance(part, str):
            typer.echo(part)
        elif part.row_count:
            console.print(part)

"""``kezek etl``: load the sources, and tell what was loaded and what stayed out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dashboard import queries
from dashboard.cli import etl_tables
from dashboard.cli.etl_rejects import rejects
from dashboard.cli.options import Database, Json
from dashboard.cli.warehouse import loaded
from dashboard.queries.remarks import remarks
from dashboard.settings import Settings, read_settings
from etl import regulation as regulations
from etl import warehouse
from etl.errors import KezekError
from etl.mapping import read_sources
from etl.migrate import upgrade
from etl.retry import Patience
from etl.run import Progress, RunReport, Stage, in_words
from etl.run import run as run_etl
from etl.workers import Workers

app = typer.Typer(
    help="Load the sources; tell what was loaded and what stayed out.", no_args_is_help=True
)

app.command()(rejects)

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
    database: Database = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this source; repeatable.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The day of the exports; default what they say, or now."),
    ] = None,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Read also what has not changed since the last run.")
    ] = False,
    max_rejected: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Stop where more of a source of 20 records or more is rejected, 0 to 1; "
            "default what the sources say, or 0.2.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Load what the sources hold: all of it in one transaction, or nothing.

    A repeated run changes nothing. What a record must be and is not goes to quarantine; where too
    much of a source would, the run stops and says why.
    """
    day = _day(as_of)
    if max_rejected is not None and not 0 <= max_rejected <= 1:
        raise typer.BadParameter(
            f"{max_rejected} is no share from 0 to 1, such as 0.2.", param_hint="--max-rejected"
        )
    try:
        report = _run(
            read_settings(),
            sources=sources,
            regulation=regulation,
            database=database,
            only=source or [],
            as_of=day,
            max_rejected=max_rejected,
            afresh=afresh,
        )
    except KezekError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"status": "failed", "error": str(error)}, ensure_ascii=False))
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        etl_tables.show(etl_tables.of_run(report), etl_tables.remarks_of_run(report))


@app.command()
def status(*, database: Database = None, as_json: Json = False) -> None:
    """Tell the latest runs, how fresh each source is, from which files it was loaded and what
    stands in quarantine.

    With --json every file of every run, its size, its sha256 and its rows.
    """
    with loaded(database) as engine:
        runs = queries.runs(engine, limit=10)
        loads = queries.loads(engine, runs=runs["run_id"].tolist())
        latest = queries.latest_loads(engine)
        fresh = queries.freshness(engine)
        standing = remarks(engine)
    if as_json:
        told = etl_tables.status_json(runs, loads, fresh, standing)
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    etl_tables.show(
        etl_tables.of_runs(runs),
        *etl_tables.failures(runs),
        *etl_tables.versions(runs),
        etl_tables.of_freshness(fresh),
        etl_tables.of_loads(latest),
        etl_tables.of_remarks(standing.itertuples(index=False)),
    )


def _run(
    settings: Settings,
    *,
    sources: Path | None,
    regulation: Path | None,
    database: str | None,
    only: list[str],
    as_of: date | None,
    max_rejected: float | None,
    afresh: bool,
) -> RunReport:
    console = Console(stderr=True)
    patience = Patience(tell=partial(console.print, markup=False, highlight=False, soft_wrap=True))
    rules = regulations.load(regulation or settings.regulation)
    engine = warehouse.open_engine(database or settings.database_url)
    try:
        # A mistake in the sources file is told before a database is made or changed.
        read_sources(sources or settings.sources, regulation=rules, only=only)
        patience.call(lambda: upgrade(engine))
        workers = Workers(processes=settings.processes, dask=settings.dask)
        with _shown(console) as progress, workers:
            return run_etl(
                engine=engine,
                regulation=rules,
                sources=sources or settings.sources,
                today=settings.today or datetime.now(rules.zone).date(),
                pseudonym_key=settings.pseudonym_key,
                only=only,
                as_of=as_of,
                max_rejected=max_rejected,
                afresh=afresh,
                progress=progress,
                patience=patience,
                workers=workers,
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
def _shown(console: Console) -> Iterator[Progress | None]:
    """What the run is doing, on a terminal; nothing anywhere else."""
    if not console.is_terminal:
        yield None
        return
    with console.status("reading") as line:

        def show(
            stage: Stage,
            *,
            source: str | None = None,
            done: int = 0,
            total: int = 0,
            rows: int = 0,  # noqa: ARG001
        ) -> None:
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

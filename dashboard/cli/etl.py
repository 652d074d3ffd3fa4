"""``kezek etl``: load the sources, and tell what was loaded and what stayed out."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dashboard import queries
from dashboard.cli import etl_tables
from dashboard.cli.etl_load import Asked, day_of, load, share_of
from dashboard.cli.etl_log import told
from dashboard.cli.etl_rejects import rejects
from dashboard.cli.etl_replay import replay
from dashboard.cli.options import (
    Database,
    DayOfExports,
    Json,
    LoadedUnder,
    LogFormat,
    MaxRejected,
    SourcesFile,
    Verbose,
)
from dashboard.cli.warehouse import loaded
from dashboard.queries.remarks import remarks

app = typer.Typer(
    help="Load the sources; tell what was loaded and what stayed out.", no_args_is_help=True
)

app.command()(rejects)
app.command()(replay)


@app.command()
def run(
    *,
    sources: SourcesFile = None,
    regulation: LoadedUnder = None,
    database: Database = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this source; repeatable.")
    ] = None,
    as_of: DayOfExports = None,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Read also what has not changed since the last run.")
    ] = False,
    new_key: Annotated[
        bool,
        typer.Option(
            "--new-key",
            help="The pseudonyms' key is another one on purpose: read everything, make all of "
            "them anew.",
        ),
    ] = False,
    max_rejected: MaxRejected = None,
    verbose: Verbose = False,
    log_format: LogFormat = None,
    as_json: Json = False,
) -> None:
    """Load what the sources hold: all of it in one transaction, or nothing.

    A repeated run changes nothing. What a record must be and is not goes to quarantine; where too
    much of a source would, the run stops and says why.
    """
    asked = Asked(
        sources=sources,
        regulation=regulation,
        database=database,
        as_of=day_of(as_of),
        max_rejected=share_of(max_rejected),
        log_format=log_format,
    )
    with told(as_json=as_json, verbose=verbose, log_format=log_format) as console:
        report = load(asked, console, only=source or [], afresh=afresh, new_key=new_key)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        etl_tables.show(
            etl_tables.of_run(report),
            etl_tables.remarks_of_run(report),
            *etl_tables.unjoined(report),
        )


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
        answer = etl_tables.status_json(runs, loads, fresh, standing)
        typer.echo(json.dumps(answer, ensure_ascii=False))
        return
    etl_tables.show(
        etl_tables.of_runs(runs),
        *etl_tables.failures(runs),
        *etl_tables.versions(runs),
        etl_tables.of_freshness(fresh),
        etl_tables.of_loads(latest),
        etl_tables.of_remarks(standing.itertuples(index=False)),
    )

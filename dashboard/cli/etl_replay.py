"""``kezek etl replay``: the sources of what stands in quarantine, read anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from dashboard.cli import etl_tables
from dashboard.cli.etl_load import Asked, day_of, load, share_of
from dashboard.cli.etl_log import told
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
from dashboard.settings import read_settings
from etl import ledger
from etl.errors import KezekError
from etl.ledger import Replayed
from etl.sources import names


def replay(
    *,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only if it holds such records; repeatable."),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Only sources of which this rule keeps records out."),
    ] = None,
    sources: SourcesFile = None,
    regulation: LoadedUnder = None,
    database: Database = None,
    as_of: DayOfExports = None,
    max_rejected: MaxRejected = None,
    verbose: Verbose = False,
    log_format: LogFormat = None,
    as_json: Json = False,
) -> None:
    """Read the sources anew of which records stand in quarantine, changed or not.

    What is sound now is loaded and its entries are closed: once an export, the mapping or the
    regulation has been corrected, or a case has come that its events waited for. A source is read
    whole, so entries of its other rules are judged anew too. Where nothing stands in quarantine,
    nothing is done.
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
        chosen, undeclared = _chosen(asked, only=source or [], rule=rule)
        run_id, made = _replayed(asked, console, chosen)
    if as_json:
        typer.echo(json.dumps(_answer(run_id, chosen, undeclared, made), ensure_ascii=False))
        return
    for name, n in undeclared.items():
        typer.echo(f"{name} is not in the sources file; its records in quarantine stay: {n}.")
    if run_id is None:
        why = "" if undeclared else "No such record stands in quarantine. "
        typer.echo(f"{why}Nothing was read.")
        return
    etl_tables.show(etl_tables.of_replay(run_id, made))
    typer.echo(
        f"{_total(made.closed)} entries of {', '.join(chosen)} closed, "
        f"{_total(made.standing)} still stand."
    )
    if made.purged:
        typer.echo(
            f"Of these {made.purged} were purged: what they said is gone from the warehouse, and "
            "stands in the export alone."
        )


def _chosen(asked: Asked, *, only: list[str], rule: str | None) -> tuple[list[str], dict[str, int]]:
    """The sources to read, and with their entries those that no longer have a description."""
    path = asked.sources_file(read_settings())
    declared = names(path)
    if unknown := [name for name in only if name not in declared]:
        raise KezekError(
            f"There is no source {', '.join(unknown)} in {path}; there are {', '.join(declared)}."
        )
    with loaded(asked.database) as engine:
        standing = ledger.quarantined_sources(engine, rule=rule)
    wanted = {name: n for name, n in standing.items() if not only or name in only}
    return (
        [name for name in declared if name in wanted],
        {name: n for name, n in wanted.items() if name not in declared},
    )


def _replayed(asked: Asked, console: Console, chosen: list[str]) -> tuple[int | None, Replayed]:
    if not chosen:
        return None, Replayed()
    report = load(asked, console, only=chosen, afresh=True)
    with loaded(asked.database) as engine:
        return report.run_id, ledger.replayed(engine, report.run_id, chosen)


def _answer(
    run_id: int | None, chosen: list[str], undeclared: dict[str, int], made: Replayed
) -> dict[str, object]:
    return {
        "status": "nothing to do" if run_id is None else "succeeded",
        "run_id": run_id,
        "sources": chosen,
        "undeclared": undeclared,
        "closed": made.closed,
        "new": made.new,
        "standing": made.standing,
        "purged": made.purged,
    }


def _total(by_rule: Mapping[str, int]) -> int:
    return sum(by_rule.values())

"""``kezek kpi``: the measures, by the same functions as the screens."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import Engine

from dashboard import measures
from dashboard.cli.kpi_asked import (
    clock_time,
    default_as_of,
    filter_of,
    known_at,
    regulation_of,
    to_json,
)
from dashboard.cli.kpi_diff import diff
from dashboard.cli.kpi_explain import explain
from dashboard.cli.kpi_table import tables
from dashboard.cli.options import (
    AsOf,
    Categories,
    Channels,
    Clock,
    Database,
    First,
    Json,
    Language,
    Last,
    RegulationFile,
    ServicePoints,
    Within,
)
from dashboard.cli.warehouse import loaded_engine
from dashboard.filters import Filter
from dashboard.i18n import Translator, read_catalogue
from dashboard.kpi.freshness import Ages
from dashboard.measures import By
from dashboard.settings import Settings, read_settings
from etl.regulation.model import Regulation

app = typer.Typer(invoke_without_command=True)
app.command()(diff)
app.command()(explain)


@app.callback()
def kpi(
    context: typer.Context,
    *,
    as_of: AsOf = None,
    first: First = None,
    last: Last = None,
    clock: Clock = None,
    channel: Channels = None,
    category: Categories = None,
    service_point: ServicePoints = None,
    known: Annotated[
        str | None,
        typer.Option(
            "--known-at",
            metavar="RUN|DATE",
            help="As it was known after that run, or at the end of that day.",
        ),
    ] = None,
    within: Within = None,
    by: Annotated[By | None, typer.Option(help="Also the measures of each part.")] = None,
    as_json: Json = False,
    database: Database = None,
    regulation: RegulationFile = None,
    lang: Language = None,
) -> None:
    """Print the measures of a period and the state at a day, of what the options let through.

    Without options: today, and the last calendar month that ended before it.
    """
    if context.invoked_subcommand is not None:
        _refuse_options(context, context.invoked_subcommand)
        return
    settings = read_settings()
    engine = loaded_engine(database or settings.database_url)
    rules = regulation_of(engine, regulation)
    then = None if known is None else known_at(engine, known, rules, option="--known-at")
    if then is not None:
        rules = regulation_of(engine, regulation, then)
    asked = {"as_of": as_of, "from": first, "to": last, "clock": clock}
    codes = {"channel": channel, "category": category, "service_point": service_point}
    usual = then.as_of if then else default_as_of(engine, rules)
    chosen = filter_of(asked, codes, rules, usual)
    if then is not None:
        chosen = replace(chosen, known_at=then.version)
    moment = clock_time(chosen.as_of, rules.zone, datetime.now(UTC))
    ages = measures.ages_at(engine, moment, run_id=then.run_id if then else None)
    answer = _answer(engine, rules, chosen, within=within, by=by, settings=settings, ages=ages)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2))
        return
    translator = Translator(read_catalogue(lang or settings.language))
    Console().print(*tables(answer, chosen, rules, translator, by), sep="\n")


def _refuse_options(context: typer.Context, command: str) -> None:
    """Options before the name of a part would be taken for its own and mean nothing."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            option = parameter.opts[0]
            raise typer.BadParameter(
                f"it stands before {command}; write kezek kpi {command} {option} …",
                param_hint=option,
            )


def _answer(
    engine: Engine,
    regulation: Regulation,
    chosen: Filter,
    *,
    within: int | None,
    by: By | None,
    settings: Settings,
    ages: Ages,
) -> dict[str, Any]:
    options: dict[str, Any] = {
        "within": within,
        "at_risk_days": settings.at_risk_days,
        "min_answers": settings.min_answers,
    }
    answer = to_json(chosen)
    if chosen.known_at is not None:
        answer["known_at"] = chosen.known_at
    answer["measures"] = measures.compute(engine, regulation, chosen, ages=ages, **options)
    if by is not None:
        answer["rows"] = measures.compute_by(engine, regulation, chosen, by=by, **options)
    return answer

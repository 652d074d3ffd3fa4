"""``kezek kpi``: the measures, by the same functions as the screens."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import Engine

from dashboard import filters, measures, queries
from dashboard.cli.kpi_table import tables
from dashboard.cli.warehouse import loaded_engine
from dashboard.filters import DIMENSIONS, Filter, Problem
from dashboard.i18n import Translator, read_catalogue
from dashboard.measures import By
from dashboard.queries import Known
from dashboard.settings import Settings, read_settings
from etl import regulation as regulations
from etl.errors import KezekError
from etl.regulation.model import Lang, Regulation

_LONGEST = 36_500  # days: a hundred years


def kpi(
    *,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="State at the end of this day."),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day; default the last full month's."),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Last day; default the last full month's."),
    ] = None,
    clock: Annotated[
        str | None, typer.Option(metavar="CODE", help="Which time limit; default the headline's.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only this channel; repeatable.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only this category; repeatable.")
    ] = None,
    service_point: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only this office; repeatable.")
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(
            metavar="RUN|DATE", help="As it was known after that run, or at the end of that day."
        ),
    ] = None,
    within: Annotated[
        int | None,
        typer.Option(min=0, max=_LONGEST, help="The days of p_within; default the clock's limit."),
    ] = None,
    by: Annotated[By | None, typer.Option(help="Also the measures of each part.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="The warehouse; default KEZEK_DATABASE_URL.")
    ] = None,
    regulation: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Default: the one the warehouse was loaded under."),
    ] = None,
    lang: Annotated[
        Lang | None, typer.Option(help="The language of the names; default KEZEK_LANGUAGE.")
    ] = None,
) -> None:
    """Print the measures of a period and the state at a day, of what the options let through.

    Without options: today, and the last calendar month that ended before it.
    """
    settings = read_settings()
    engine = loaded_engine(database or settings.database_url)
    rules = _regulation(engine, regulation)
    known = _known(engine, known_at, rules) if known_at is not None else None
    if known is not None and regulation is None:
        rules = queries.remembered_regulation(engine, run_id=known.run_id) or rules
    asked = {"as_of": as_of, "from": first, "to": last, "clock": clock}
    codes = {"channel": channel, "category": category, "service_point": service_point}
    default_as_of = known.as_of if known else _default_as_of(engine, settings, rules)
    chosen = _filter(asked, codes, rules, default_as_of)
    if known is not None:
        chosen = replace(chosen, known_at=known.version)
    answer = _answer(engine, rules, chosen, within=within, by=by, settings=settings)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2))
        return
    translator = Translator(read_catalogue(lang or settings.language))
    Console().print(*tables(answer, chosen, rules, translator, by), sep="\n")


def _regulation(engine: Engine, file: Path | None) -> Regulation:
    if file is not None:
        return regulations.load(file)
    remembered = queries.remembered_regulation(engine)
    if remembered is None:
        raise KezekError(
            "The warehouse remembers no regulation; name one with --regulation, "
            "or fill the warehouse with `kezek etl run`."
        )
    return remembered


def _known(engine: Engine, said: str, regulation: Regulation) -> Known:
    """What was known after a run or on a day. Raises BadParameter for what is neither."""
    hint = "--known-at"
    if said.isascii() and said.isdigit():
        known = queries.known_after_run(engine, int(said))
        if known is None:
            raise typer.BadParameter(
                f"no run {said} has succeeded; `kezek etl status` lists them.", param_hint=hint
            )
        return known
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(
            f"{said!r} is neither the number of a run nor a date like 2013-12-31.", param_hint=hint
        ) from None
    known = queries.known_on(engine, day, regulation.zone)
    if known is None:
        raise typer.BadParameter(
            f"nothing had been loaded yet by the end of {day}.", param_hint=hint
        )
    return known


def _default_as_of(engine: Engine, settings: Settings, regulation: Regulation) -> date:
    today = settings.today or datetime.now(regulation.zone).date()
    return queries.default_as_of(engine, today)


def _filter(
    asked: dict[str, str | None],
    codes: dict[str, list[str] | None],
    regulation: Regulation,
    default_as_of: date,
) -> Filter:
    """The filter that the options mean. Raises BadParameter for the first that means nothing."""
    query = {key: said for key, said in asked.items() if said is not None}
    query |= {key: ",".join(map(filters.escaped, said)) for key, said in codes.items() if said}
    for key, said in query.items():
        if not said.strip():
            raise _unfit(Problem(key, said), regulation)
    chosen, problems = filters.parse(query, regulation=regulation, default_as_of=default_as_of)
    if problems:
        raise _unfit(problems[0], regulation)
    return chosen


def _unfit(problem: Problem, regulation: Regulation) -> typer.BadParameter:
    known = {**DIMENSIONS, "clock": "clocks"}
    if problem.key == "period":
        first, last = problem.value.split("/")
        return typer.BadParameter(
            f"the period ends ({last}) before it begins ({first}).", param_hint="--from, --to"
        )
    hint = f"--{problem.key.replace('_', '-')}"
    if problem.key in known:
        there = ", ".join(regulation.codes(known[problem.key]))
        return typer.BadParameter(
            f"no {problem.key} {problem.value}; there are {there}.", param_hint=hint
        )
    return typer.BadParameter(f"{problem.value!r} is no date like 2013-12-31.", param_hint=hint)


def _answer(
    engine: Engine,
    regulation: Regulation,
    chosen: Filter,
    *,
    within: int | None,
    by: By | None,
    settings: Settings,
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "as_of": chosen.as_of.isoformat(),
        "from": chosen.period_from.isoformat(),
        "to": chosen.period_to.isoformat(),
        "clock": chosen.clock,
        **({} if chosen.known_at is None else {"known_at": chosen.known_at}),
        "filter": {key: list(getattr(chosen, field)) for key, field in DIMENSIONS.items()},
        "measures": measures.compute(
            engine,
            regulation,
            chosen,
            within=within,
            at_risk_days=settings.at_risk_days,
            min_answers=settings.min_answers,
        ),
    }
    if by is not None:
        answer["rows"] = measures.compute_by(
            engine,
            regulation,
            chosen,
            by=by,
            within=within,
            at_risk_days=settings.at_risk_days,
            min_answers=settings.min_answers,
        )
    return answer

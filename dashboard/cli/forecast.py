"""``kezek forecast``: what is foretold is written down, and scored when its day comes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from dashboard import filters, measures, queries
from dashboard.cli import forecast_tables as tables
from dashboard.cli.kpi_asked import filter_of, regulation_of
from dashboard.cli.options import AsOf, Clock, Database, Json
from dashboard.cli.warehouse import loaded
from dashboard.filters import Filter
from dashboard.kpi.forecast import HORIZON, METHOD
from dashboard.queries import StoredForecast, Told
from dashboard.settings import read_settings
from etl import forecasts
from etl.errors import KezekError
from etl.forecasts import Made
from etl.regulation.model import Regulation

WHOLE = ""  # the channel of a forecast of all channels
_LONGEST = 366

app = typer.Typer(
    help="How many open cases will pass their due date: foretold, written down, scored.",
    no_args_is_help=True,
)

Horizon = Annotated[int, typer.Option(metavar="DAYS", min=1, max=_LONGEST, help="How far ahead.")]


@app.command()
def make(
    *,
    as_of: AsOf = None,
    clock: Clock = None,
    horizon: Horizon = HORIZON,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Foretell, for the whole and each channel, how many open cases will pass their due date.

    What was foretold for a day stays as it was: the same again is left alone.
    """
    with loaded(database) as engine:
        regulation = regulation_of(engine, None)
        told = _told(engine)
        default = min(_default_as_of(engine, regulation), told.whole)
        chosen = filter_of({"as_of": as_of, "clock": clock}, {}, regulation, default)
        _must_be_known(chosen.as_of, told)
        new = make_at(engine, regulation, [chosen], horizon=horizon, now=_now())
        held = queries.stored_forecasts(engine, clock=chosen.clock, horizon=horizon)
    made = [one for one in held if one.as_of == chosen.as_of]
    if as_json:
        _print_json({"new": new, "forecasts": [tables.plain(one) for one in made]})
        return
    if not made:
        typer.echo(f"Too few cases had ended by {chosen.as_of} to foretell from; none was stored.")
        return
    tables.show(tables.of_forecasts(made, f"Forecasts as of {chosen.as_of}"))
    typer.echo(f"{new} stored, {len(made) - new} had been stored before and stay as they were.")


@app.command()
def score(*, as_of: AsOf = None, database: Database = None, as_json: Json = False) -> None:
    """Score every forecast whose days have passed, and compare with "same as last fortnight"."""
    with loaded(database) as engine:
        regulation = regulation_of(engine, None)
        told = _told(engine)
        day = filter_of({"as_of": as_of}, {}, regulation, told.whole).as_of
        _must_be_known(day, told)
        new = score_by(engine, regulation, day, now=_now())
        held = queries.stored_forecasts(engine)
    scored = [one for one in held if one.realised is not None]
    if as_json:
        _print_json(
            {
                "new": new,
                "forecasts": [tables.plain(one) for one in scored],
                "summary": tables.summary(scored),
            }
        )
        return
    waiting = len(held) - len(scored)
    if scored:
        tables.show(tables.of_forecasts(scored, "Forecasts whose days have passed"))
    typer.echo(f"{new} scored now; {waiting} wait for their day.")
    for line in tables.said(scored):
        typer.echo(line)


@app.command(name="list")
def list_(*, database: Database = None, as_json: Json = False) -> None:
    """Show every forecast that was made, with its score where it has one."""
    with loaded(database) as engine:
        held = queries.stored_forecasts(engine)
    if as_json:
        _print_json({"forecasts": [tables.plain(one) for one in held]})
    elif held:
        tables.show(tables.of_forecasts(held, "Forecasts"))
    else:
        typer.echo("No forecast has been made yet; make one with `kezek forecast make`.")


def make_at(
    engine: Engine,
    regulation: Regulation,
    asked: Iterable[Filter],
    *,
    horizon: int = HORIZON,
    now: datetime,
) -> int:
    """Make and store the forecasts at each filter's day under its clock, of the whole and of each
    channel; returns how many were not there yet. Where like cases are too few, there is none.

    ``now``: naive UTC. Raises KezekError where the warehouse cannot be written.
    """
    newest = _told(engine).newest
    made = [
        one
        for chosen in asked
        for one in _made(engine, regulation, chosen, horizon, known_to=newest)
    ]
    return forecasts.keep(engine, made, made_at=now)


def score_by(engine: Engine, regulation: Regulation, day: date, *, now: datetime) -> int:
    """Score every stored forecast whose horizon had ended by ``day``; returns how many.

    A forecast under a clock or of a channel that the regulation knows no more is left alone.
    """
    known = {WHOLE, *regulation.codes("channels")}
    due = [
        one
        for one in queries.stored_forecasts(engine)
        if one.realised is None
        and one.ended_on <= day
        and one.channel in known
        and one.clock in regulation.codes("clocks")
    ]
    came = {one.forecast_id: _came(engine, regulation, one) for one in due}
    forecasts.settle(engine, came, scored_at=now)
    return len(came)


def try_the_past(engine: Engine, *, times: int) -> None:
    """Make and score forecasts for the last ``times`` fortnights of the data, and one for its end.

    They are made from what had happened by their day, and stored as tests on the past.
    """
    regulation, last, now = regulation_of(engine, None), _told(engine).whole, _now()
    days = [last - timedelta(days=HORIZON * back) for back in range(times, -1, -1)]
    asked = [filters.default(regulation=regulation, as_of=day) for day in days]
    make_at(engine, regulation, asked, now=now)
    score_by(engine, regulation, last, now=now)


def _made(
    engine: Engine, regulation: Regulation, chosen: Filter, horizon: int, *, known_to: date
) -> Iterator[Made]:
    whole, by_channel = measures.outlook(engine, regulation, chosen, horizon=horizon)
    for channel, found in {WHOLE: whole, **by_channel}.items():
        if found.forecast is None:
            continue
        yield Made(
            as_of=chosen.as_of,
            clock=chosen.clock,
            horizon=horizon,
            channel=channel,
            known_to=known_to,
            method=METHOD,
            naive=found.naive,
            **vars(found.forecast),
        )


def _came(engine: Engine, regulation: Regulation, one: StoredForecast) -> int:
    everything = filters.default(regulation=regulation, as_of=one.as_of)
    channels = () if one.channel == WHOLE else (one.channel,)
    asked = replace(everything, clock=one.clock, channels=channels)
    return measures.passed(engine, regulation, asked, horizon=one.horizon)


def _default_as_of(engine: Engine, regulation: Regulation) -> date:
    today = read_settings().today or datetime.now(regulation.zone).date()
    return queries.default_as_of(engine, today)


def _told(engine: Engine) -> Told:
    found = queries.told(engine)
    if found is None:
        raise KezekError("The warehouse is empty; fill it with `kezek etl run`.")
    return found


def _must_be_known(day: date, told: Told) -> None:
    """What the loads did not tell of would be counted as not having happened."""
    if day > told.whole:
        behind = f" (behind: {', '.join(told.behind)})" if told.behind else ""
        raise typer.BadParameter(
            f"the data ends on {told.whole}{behind}; load newer exports with `kezek etl run`, "
            "or name that day or an earlier one.",
            param_hint="--as-of",
        )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _print_json(answer: dict[str, Any]) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2))

"""What the options of ``kezek kpi`` and its parts mean, or one sentence saying why nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Engine

from dashboard import filters, queries
from dashboard.filters import DIMENSIONS, Filter, Problem
from dashboard.queries import Known
from dashboard.settings import read_settings
from etl import regulation as regulations
from etl.errors import KezekError
from etl.regulation.model import Regulation


def regulation_of(engine: Engine, file: Path | None, known: Known | None = None) -> Regulation:
    """The regulation of a file, else the one that the warehouse was loaded under, then or last.

    Raises KezekError where the warehouse remembers none.
    """
    if file is not None:
        return regulations.load(file)
    remembered = queries.remembered_regulation(engine)
    if known is not None:
        remembered = queries.remembered_regulation(engine, run_id=known.run_id) or remembered
    if remembered is None:
        raise KezekError(
            "The warehouse remembers no regulation; name one with --regulation, "
            "or fill the warehouse with `kezek etl run`."
        )
    return remembered


def known_at(engine: Engine, said: str, regulation: Regulation, *, option: str) -> Known:
    """What was known after a run or on a day. Raises BadParameter for what is neither."""
    if said.isascii() and said.isdigit():
        known = queries.known_after_run(engine, int(said))
        if known is None:
            raise typer.BadParameter(
                f"no run {said} has succeeded; `kezek etl status` lists them.", param_hint=option
            )
        return known
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter(
            f"{said!r} is neither the number of a run nor a date like 2013-12-31.",
            param_hint=option,
        ) from None
    known = queries.known_on(engine, day, regulation.zone)
    if known is None:
        raise typer.BadParameter(
            f"nothing had been loaded yet by the end of {day}; "
            "`kezek etl status` lists the runs with their days.",
            param_hint=option,
        )
    return known


def default_as_of(engine: Engine, regulation: Regulation) -> date:
    """The day to look at where none is named: the city's today, or that of the newest exports."""
    today = read_settings().today or datetime.now(regulation.zone).date()
    return queries.default_as_of(engine, today)


def clock_time(as_of: date, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment (naive UTC) at which a day is looked at: its end, or ``now`` where that is not
    past. ``now`` has an offset."""
    midnight = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=zone)
    return min(midnight, now).astimezone(UTC).replace(tzinfo=None)


def filter_of(
    asked: Mapping[str, str | None],
    codes: Mapping[str, Sequence[str] | None],
    regulation: Regulation,
    usual: date,
    *,
    day: str = "as_of",
) -> Filter:
    """The filter that the options mean. Raises BadParameter for the first that means nothing.

    ``usual``: the as-of day where none is named. ``day``: the option that names it.
    """
    query = {key: said for key, said in asked.items() if said is not None}
    query |= {key: ",".join(map(filters.escaped, said)) for key, said in codes.items() if said}
    for key, said in query.items():
        if not said.strip():
            raise _unfit(Problem(key, said), regulation, day)
    chosen, problems = filters.parse(query, regulation=regulation, default_as_of=usual)
    if problems:
        raise _unfit(problems[0], regulation, day)
    return chosen


def to_json(chosen: Filter) -> dict[str, Any]:
    """What was asked, as it stands at the head of an answer."""
    return {
        "as_of": chosen.as_of.isoformat(),
        "from": chosen.period_from.isoformat(),
        "to": chosen.period_to.isoformat(),
        "clock": chosen.clock,
        "filter": {key: list(getattr(chosen, field)) for key, field in DIMENSIONS.items()},
    }


def _unfit(problem: Problem, regulation: Regulation, day: str) -> typer.BadParameter:
    known = {**DIMENSIONS, "clock": "clocks"}
    if problem.key == "period":
        first, last = problem.value.split("/")
        return typer.BadParameter(
            f"the period ends ({last}) before it begins ({first}).", param_hint="--from, --to"
        )
    key = day if problem.key == "as_of" else problem.key
    hint = f"--{key.replace('_', '-')}"
    if problem.key in known:
        there = ", ".join(regulation.codes(known[problem.key]))
        return typer.BadParameter(
            f"no {problem.key} {problem.value}; there are {there}.", param_hint=hint
        )
    return typer.BadParameter(f"{problem.value!r} is no date like 2013-12-31.", param_hint=hint)

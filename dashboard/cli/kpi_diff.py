"""``kezek kpi diff``: why a figure that was shown once is another now, or on another day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from sqlalchemy import Engine

from dashboard import measures
from dashboard.cli.kpi_diff_asked import Options, refuse_contradictions, sides_of
from dashboard.cli.kpi_diff_table import Change, Form, tables
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
from dashboard.cli.warehouse import loaded
from dashboard.i18n import Translator, read_catalogue
from dashboard.measures import Moment
from dashboard.queries import CHANGING, What
from dashboard.settings import read_settings

# An answer by itself is never told: it is fewer than may be shown.
_LISTED: tuple[What, ...] = ("cases", "queue")


def diff(
    *,
    known: Annotated[
        str | None,
        typer.Option(
            "--known-at",
            metavar="RUN|DATE",
            help="Before: as it was known after that run, or at the end of that day.",
        ),
    ] = None,
    and_at: Annotated[
        str | None,
        typer.Option(metavar="RUN|DATE", help="After: the same at a later moment; default now."),
    ] = None,
    as_of: AsOf = None,
    from_as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Before: the state at the end of that day instead."),
    ] = None,
    to_as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="After: at the end of that day; default today."),
    ] = None,
    first: First = None,
    last: Last = None,
    clock: Clock = None,
    channel: Channels = None,
    category: Categories = None,
    service_point: ServicePoints = None,
    within: Within = None,
    cases: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Also the first N cases and entries of each kind."),
    ] = 0,
    as_json: Json = False,
    database: Database = None,
    regulation: RegulationFile = None,
    lang: Language = None,
) -> None:
    """Say what made the measures of one period and day differ between what was known twice.

    Without --as-of the day is that of --known-at, so that the figures before are those that
    `kezek kpi --known-at` prints. Every count is split by kind of change, and the parts add up to
    its difference. A case is of one kind: what came to, or left, what the options let through by
    another channel, category or office is reclassified; of other changes the first of these counts:
    finished or reopened, other first day or due date, other day of finish, other result.

    With --from-as-of two days are compared, and a count is split by what happened between them:
    received, decided, finished without a decision, a result that became known, a due date that
    passed or came near. Without --from and --to each day has the month before it, and what comes
    in or goes by that alone is a part too. Both days are taken as they are known now, or as
    --known-at and --and-at say; then what was known otherwise is told apart as well.

    Times, and whether cases keep to the diagram, are shown before and after and not split.
    """
    settings = read_settings()
    options = Options(
        known_at=known,
        and_at=and_at,
        as_of=as_of,
        from_as_of=from_as_of,
        to_as_of=to_as_of,
        asked={"from": first, "to": last, "clock": clock},
        codes={"channel": channel, "category": category, "service_point": service_point},
        regulation=regulation,
        cases=cases,
    )
    refuse_contradictions(options)
    with loaded(database) as engine:
        sides = sides_of(engine, options)
        compare = measures.compare_days if sides.days else measures.compare
        found = compare(
            engine,
            sides.before,
            sides.after,
            within=within,
            at_risk_days=settings.at_risk_days,
            min_answers=settings.min_answers,
        )
        listed = {what: _listed(engine, what, sides.before, sides.after, cases) for what in _LISTED}
    if as_json:
        answer = {**sides.to_json(), **asdict(found)}
        if cases:
            answer["listed"] = _plain(listed)
        typer.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2))
        return
    t = Translator(read_catalogue(lang or settings.language))
    moments = None if known is None else (known, and_at)
    shown = tables(found, sides, listed, t, said=moments)
    Console().print(*shown, sep="\n")


def _listed(
    engine: Engine, what: What, before: Moment, after: Moment, most: int
) -> dict[str, list[Change]]:
    """The first ``most`` rows of each kind that occurs, by their numbers."""
    if not most:
        return {}
    rows = measures.changed_rows(engine, what, before, after)
    first = rows.groupby("kind").head(most).to_dict("records")
    return {
        kind: [_change(what, row) for row in first if row["kind"] == kind]
        for kind in CHANGING[what].kinds
        if (rows["kind"] == kind).any()
    }


def _change(what: What, row: Mapping[Any, Any]) -> Change:
    """What a row said otherwise; all that it says where it was, or is, not there at all."""
    facts = CHANGING[what].facts
    told = {
        name: tuple(_cell(row[f"{side}_{name}"]) for side in ("then", "now"))
        for name in facts.names
        if name not in facts.keys
    }
    moved = {name: forms for name, forms in told.items() if forms[0] != forms[1]}
    was, now = ({name: forms[side] for name, forms in moved.items()} for side in (0, 1))
    then_there, now_there = (not pd.isna(row[f"{side}_{facts.day}"]) for side in ("then", "now"))
    return Change(
        number=row[facts.keys[0]],
        before=was if then_there else None,
        after=now if now_there else None,
    )


def _cell(value: Any) -> str | date | None:
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else str(value)


def _plain(listed: Mapping[What, Mapping[str, list[Change]]]) -> dict[str, Any]:
    """The same as JSON has it: days as text."""
    return {
        what: {
            kind: [
                {
                    "id": change.number,
                    "before": _texts(change.before),
                    "after": _texts(change.after),
                }
                for change in changes
            ]
            for kind, changes in kinds.items()
        }
        for what, kinds in listed.items()
    }


def _texts(form: Form | None) -> dict[str, str | None] | None:
    if form is None:
        return None
    return {name: None if cell is None else str(cell) for name, cell in form.items()}

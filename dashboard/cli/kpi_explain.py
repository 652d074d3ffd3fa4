"""``kezek kpi explain``: what a measure is, what it is taken over and what it does not say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboard.cli.kpi_asked import regulation_of
from dashboard.cli.options import Database, Json, Language, RegulationFile
from dashboard.cli.warehouse import NothingLoadedError, loaded
from dashboard.i18n import N_, NOTHING, Translator, read_catalogue
from dashboard.measures import GROUPS, REGISTRY, Measure, words
from dashboard.measures.handbook import markdown
from dashboard.settings import read_settings
from etl import regulation as regulations
from etl.errors import KezekError
from etl.regulation.model import Regulation

_ALIKE = 0.5  # of two keys, above which one may have been meant for the other


def explain(
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="Of one measure; default all, by name.")
    ] = None,
    *,
    as_json: Json = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a page of all measures.")
    ] = False,
    database: Database = None,
    regulation: RegulationFile = None,
    lang: Language = None,
) -> None:
    """Say what a measure means, what it is taken over and what it does not say.

    The items are those of the regulation that the warehouse was loaded under; without a warehouse
    of KEZEK_REGULATION.
    """
    if as_markdown and (key or as_json):
        raise typer.BadParameter(
            "it prints all measures as a page; leave KEY and --json out.", param_hint="--markdown"
        )
    measure = None if key is None else _measure(key)
    t = Translator(read_catalogue(lang or read_settings().language))
    if as_markdown:
        typer.echo(markdown(t), nl=False)
    elif as_json:
        law = _regulation(database, regulation)
        answer: Any = [as_plain(m, law, t) for m in REGISTRY.values()]
        if measure is not None:
            answer = as_plain(measure, law, t)
        typer.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2))
    elif measure is None:
        Console().print(_list(t))
    else:
        _print(measure, _regulation(database, regulation), t)


def as_plain(measure: Measure, regulation: Regulation, t: Translator) -> dict[str, Any]:
    """All that is said of a measure, as JSON has it; texts in the reader's language."""
    return {
        "key": measure.key,
        "name": t(measure.name),
        "group": t(_group(measure)),
        "definition": t(measure.definition),
        "formula": measure.formula,
        "denominator": measure.denominator and t(measure.denominator),
        "unit": measure.unit,
        "stock": measure.stock,
        "good": measure.good,
        "regulation": regulation.id,
        "items": [
            {"item": item, "of": code, "name": name}
            for code, name, item in _items(measure, regulation, t)
        ],
        "caveats": [t(caveat) for caveat in measure.caveats],
        "see_also": list(measure.see),
    }


def _measure(key: str) -> Measure:
    """The measure of that key. Raises BadParameter, with keys that may have been meant."""
    if key in REGISTRY:
        return REGISTRY[key]
    alike = get_close_matches(key.strip().lower(), REGISTRY, cutoff=_ALIKE)
    meant = f"did you mean {' or '.join(alike)}? " if alike else ""
    raise typer.BadParameter(
        f"no measure {key}; {meant}`kezek kpi explain` lists all.", param_hint="KEY"
    )


def _regulation(database: str | None, file: Path | None) -> Regulation:
    """The regulation of the file, else the warehouse's; where none can be had from it, the default.

    What a measure means does not depend on a warehouse, so none is needed. What is wrong with one
    that is there is told on stderr.
    """
    if file is not None:
        return regulations.load(file)
    default = read_settings().regulation
    try:
        with loaded(database) as engine:
            return regulation_of(engine, None)
    except NothingLoadedError:
        pass
    except KezekError as error:
        typer.echo(f"kezek: {error} The items below are those of {default}.", err=True)
    return regulations.load(default)


def _items(
    measure: Measure, regulation: Regulation, t: Translator
) -> Iterator[tuple[str, str, str]]:
    """Code, name and item of all that the measure may rest on: a time limit each, or the survey."""
    if measure.rests_on == "clock":
        for clock in regulation.clocks:
            yield clock.code, clock.name[t.lang], clock.item
    elif measure.rests_on == "survey" and regulation.survey:
        yield "survey", t(N_("Survey")), regulation.survey.item


def _group(measure: Measure) -> str:
    return next(name for name, measures in GROUPS.items() if measure in measures)


def _list(t: Translator) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(t(N_("Key")))
    table.add_column(t("Measure"))
    for at, (group, measures) in enumerate(GROUPS.items()):
        if at:
            table.add_row()
        table.add_row("", t(group), style="bold")
        for measure in measures:
            table.add_row(measure.key, t(measure.name))
    return table


def _print(measure: Measure, regulation: Regulation, t: Translator) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, said in _lines(measure, regulation, t):
        table.add_row(name, Text(said))
    console = Console()
    console.print(Text(f"{t(measure.name)} · {measure.key}", style="bold"))
    console.print(Text(t(measure.definition)))
    console.print(table)


def _lines(measure: Measure, regulation: Regulation, t: Translator) -> Iterator[tuple[str, str]]:
    """What is said of a measure under its definition: the name of each line and its text."""
    yield t(words.BASE), t(measure.denominator) if measure.denominator else NOTHING
    if measure.formula:
        yield t("Formula"), measure.formula
    kind = (words.UNITS[measure.unit], words.time(measure), words.direction(measure))
    yield t("Kind"), "; ".join(map(t, kind))
    items = [
        t("item {item}: {name}", item=item, name=name)
        for _, name, item in _items(measure, regulation, t)
    ]
    yield t("Regulation"), f"{regulation.id}, {'; '.join(items)}" if items else NOTHING
    for at, caveat in enumerate(measure.caveats):
        yield "" if at else t(words.CAVEATS), t(caveat)
    for at, key in enumerate(measure.see):
        yield "" if at else t("See also"), f"{key}: {t(REGISTRY[key].name)}"

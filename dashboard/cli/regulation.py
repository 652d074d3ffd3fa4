"""``kezek regulation``: whether a regulation's file is right, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.settings import read_settings
from etl.regulation import Lang, Regulation, load
from etl.regulation.diagram import render

app = typer.Typer(help="Check a city's regulation and show its channels.", no_args_is_help=True)

_COUNTED = ("channels", "steps", "clocks", "categories", "outcomes", "reasons", "service_points")


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The regulation's TOML file.")],
) -> None:
    """Say whether FILE is a regulation without holes; list every fault if it is not."""
    regulation = load(file)
    counts = [f"{what.replace('_', ' ')} {len(getattr(regulation, what))}" for what in _COUNTED]
    questions = len(regulation.survey.questions) if regulation.survey else 0
    held = ", ".join([*counts, f"survey questions {questions}"])
    typer.echo(f"{file} is right: {regulation.id}, {held}.")


@app.command()
def show(
    file: Annotated[
        Path | None, typer.Argument(help="The regulation's TOML file; default KEZEK_REGULATION.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only the channel with this code.")] = None,
    lang: Annotated[
        Lang | None, typer.Option(help="The language of the names; default KEZEK_LANGUAGE.")
    ] = None,
) -> None:
    """Print what the regulation is and each channel's steps as a diagram."""
    settings = read_settings()
    regulation = load(file or settings.regulation)
    language = lang or settings.language
    codes = _chosen(regulation, channel)
    typer.echo(_heading(regulation, language))
    for code in codes:
        typer.echo(f"\n{render(regulation, code, language)}")


def _chosen(regulation: Regulation, channel: str | None) -> tuple[str, ...]:
    known = regulation.codes("channels")
    if channel is None:
        return known
    if channel not in known:
        raise typer.BadParameter(
            f"no channel {channel}; there are {', '.join(known)}.", param_hint="--channel"
        )
    return (channel,)


def _heading(regulation: Regulation, lang: Lang) -> str:
    until = regulation.in_force_to or "…"
    return f"{regulation.title[lang]}\n{regulation.id} · {regulation.in_force_from} – {until}"

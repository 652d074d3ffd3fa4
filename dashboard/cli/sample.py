"""``kezek sample``: the exports of a synthetic city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from dashboard.settings import read_settings
from etl.regulation import load
from etl.sample import write_city

_LINES: Final = 10  # where there is no terminal


def sample(
    *,
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="An empty or new folder, or that of a former sample."),
    ],
    applications: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many people apply, over about two years.")
    ] = 20_000,
    seed: Annotated[
        int, typer.Option(metavar="S", min=0, help="The same seed gives the same bytes.")
    ] = 7,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="D", help="The day of the exports, such as 2013-12-31; today."),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the mapping; default DIR/sources.toml."),
    ] = None,
) -> None:
    """Write one export per source of a synthetic city, their mapping and the truth about them."""
    settings = read_settings()
    regulation = load(settings.regulation)
    day = _day(as_of) or settings.today or datetime.now(regulation.zone).date()
    with _shown(Console(stderr=True), applications) as progress:
        truth = write_city(
            directory,
            regulation=regulation,
            applications=applications,
            seed=seed,
            as_of=day,
            progress=progress,
            sources=sources,
        )
    records = sum(truth["rows"].values())
    planted = sum(n for kinds in truth["defects"].values() for n in kinds.values())
    typer.echo(
        f"{directory}: {applications} applications as of {day}, "
        f"{records} records of {len(truth['rows'])} sources, {planted} planted defects."
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(
            f"{text} is no date; write it like 2013-12-31.", param_hint="--as-of"
        ) from None


@contextmanager
def _shown(console: Console, total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and time left on a terminal, a few plain lines elsewhere."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("applications", total=total)
        yield lambda done, _total: bar.update(task, completed=done)


class _Lines:
    """One line each time another tenth is written."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = 0

    def __call__(self, done: int, total: int) -> None:
        tenth = done * _LINES // total
        if tenth > self._said:
            self._said = tenth
            self._console.print(f"{done} of {total} applications", highlight=False)


class _Rate(ProgressColumn):
    """Applications a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")

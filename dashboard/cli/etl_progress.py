"""How far a run is, on a terminal: a line that moves, and one that stays for each stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Unpack

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from etl.course import DOING, Stage, Told, rate, seconds_left


@contextmanager
def shown(
    console: Console, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[..., None]]:
    """A line with stage, source, rows, rows a second and the time left, while the block lasts.

    ``clock`` gives seconds. Give what comes to the run as its progress.
    """
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), _Pace())
    with Progress(*columns, console=console, get_time=clock, transient=True) as bar:
        yield _Line(bar)


class _Line:
    """The stage that a run is in."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._stage: Stage | None = None
        self._task: TaskID | None = None

    def __call__(self, stage: Stage, **told: Unpack[Told]) -> None:
        if stage != self._stage:
            self._end()
            self._stage = stage
            self._task = None if stage == "done" else self._bar.add_task(DOING[stage], total=None)
        if self._task is not None and "source" in told:
            self._read(self._bar.tasks[-1], told)

    def _read(self, task: Task, told: Told) -> None:
        seconds = task.elapsed or 0.0
        left = seconds_left(told, seconds)
        self._bar.update(
            task.id,
            description=f"{DOING['read']} {told['source']} ({told['done'] + 1} of {told['total']})",
            rows=told["rows"],
            rate=rate(told["rows"], seconds),
            ends=None if left is None else seconds + left,
        )

    def _end(self) -> None:
        """What the stage did and how long it took stays on the screen."""
        if self._stage is None or self._task is None:
            return
        task = self._bar.tasks[-1]
        rows = f"{_number(task.fields['rows'])} rows, " if "rows" in task.fields else ""
        self._bar.console.out(f"{DOING[self._stage]}: {rows}{task.elapsed or 0.0:.1f} s")
        self._bar.remove_task(self._task)


class _Pace(ProgressColumn):
    """Rows, rows a second and time left of the reading; seconds of any other stage."""

    def render(self, task: Task) -> Text:
        seconds = task.elapsed or 0.0
        if "rows" not in task.fields:
            return Text(f"{seconds:.0f} s")
        told = [f"{_number(task.fields['rows'])} rows"]
        if task.fields["rate"] is not None:
            told.append(f"{_number(round(task.fields['rate']))} rows/s")
        if task.fields["ends"] is not None:
            left = max(task.fields["ends"] - seconds, 0)
            told.append(f"{timedelta(seconds=round(left))} left")
        return Text("  ".join(told))


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")

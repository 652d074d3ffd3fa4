"""The line that a reader at a terminal sees while a run is at work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from rich.console import Console
from rich.text import Text

from dashboard.cli.etl_progress import _Pace, shown


class Screen:
    """A terminal, and a clock that a test puts on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.out = StringIO()
        self.console = Console(file=self.out, force_terminal=True, width=100, color_system=None)

    @contextmanager
    def run(self) -> Iterator[Any]:
        with shown(self.console, clock=lambda: self.now) as progress:
            progress("read", source="office", done=0, total=2, rows=0, bytes_left=400)
            yield progress

    def pace(self, progress: Any) -> str:
        """What stands behind the stage and the source."""
        told: Text = _Pace().render(progress._bar.tasks[-1])
        return told.plain.replace("\N{NO-BREAK SPACE}", " ")


def test_it_has_rows_rows_a_second_and_the_time_left() -> None:
    screen = Screen()
    with screen.run() as progress:
        screen.now = 10
        told = {"done": 0, "total": 2, "rows": 12_000, "bytes_done": 100, "bytes_left": 300}
        progress("read", source="office", **told)
        assert progress._bar.tasks[-1].description == "reading office (1 of 2)"
        assert screen.pace(progress) == "12 000 rows  1 200 rows/s  0:00:30 left"
        screen.now = 15
        assert screen.pace(progress).endswith("0:00:25 left"), "it counts down between two parts"


def test_it_has_no_time_left_where_nobody_knows_how_much_there_is() -> None:
    screen = Screen()
    with screen.run() as progress:
        screen.now = 10
        told = {"done": 1, "total": 2, "rows": 50, "bytes_done": 100, "bytes_left": None}
        progress("read", source="register", **told)
        assert screen.pace(progress) == "50 rows  5 rows/s"


def test_the_stages_that_have_ended_stay_with_their_seconds() -> None:
    screen = Screen()
    with screen.run() as progress:
        progress("read", source="office", done=0, total=2, rows=1_500, bytes_left=0)
        screen.now = 3
        progress("merge", run_id=1)
        screen.now = 5
        assert screen.pace(progress) == "2 s"
        progress("done")
    said = screen.out.getvalue().replace("\N{NO-BREAK SPACE}", " ")
    assert "reading: 1 500 rows, 3.0 s" in said
    assert "merging: 2.0 s" in said

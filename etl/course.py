"""What a run says of itself as it goes: to whoever shows its progress, and to the log.

The log is Python's own; who wants to see it sets a handler on the logger ``etl``. Every record has
``event``, a word for a program, and ``fields``, the numbers of its sentence by name. Neither holds
a value of a record or a parameter of SQL.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, Protocol, TypedDict, Unpack

from etl.ledger import SourceReport

log = logging.getLogger(__name__)

Stage = Literal["read", "merge", "derive", "marts", "check", "done"]

DOING: Final[Mapping[Stage, str]] = {
    "read": "reading",
    "merge": "merging",
    "derive": "working out clocks and outcomes",
    "marts": "counting for the screens",
    "check": "checking that the figures hold",
    "done": "done",
}
_EVERY = 10.0  # seconds between two lines of a source that is long to read
_COUNTED = ("read", "inserted", "updated", "unchanged", "duplicate", "rejected")


class Told(TypedDict, total=False):
    """How far a run is. ``done`` of ``total`` sources have been read, and ``rows`` records in all.

    ``bytes_done``: read so far, unpacked; ``bytes_left``: still to be read, None where only reading
    can tell. ``run_id``: once the run has a number.
    """

    source: str
    done: int
    total: int
    rows: int
    bytes_done: int
    bytes_left: int | None
    run_id: int


class Progress(Protocol):
    """Told of every stage as it begins, of every source as it does, and of every part of one."""

    def __call__(self, stage: Stage, **told: Unpack[Told]) -> None: ...


def rate(rows: int, seconds: float) -> float | None:
    """Rows a second; None where no time has gone by."""
    return rows / seconds if seconds > 0 else None


def seconds_left(told: Told, seconds: float) -> float | None:
    """How long the rest is to read when what was read took ``seconds``; None where nobody knows."""
    done, left = told.get("bytes_done", 0), told.get("bytes_left")
    return left * seconds / done if done and left is not None else None


def say(level: int, event: str, sentence: str, **fields: Any) -> None:
    """Write to the log; a field that is None is left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    log.log(level, sentence, extra={"event": event, "fields": known})


def retrying(sentence: str) -> None:
    """Say that something is tried again, as `etl.retry.Patience` tells it."""
    say(logging.WARNING, "retry", sentence)


class Course:
    """Passes what it is told on to ``progress`` and writes it to the log.

    Stages and sources are written as they begin and end, at level INFO, with at most a line every
    ten seconds in between; parts at level DEBUG. ``clock`` gives seconds.
    """

    def __init__(self, progress: Progress, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._clock = clock
        self._stage: Stage | None = None
        self._stage_began = self._source_began = self._said = clock()
        self._told: Told = {}
        self._rows_before = 0  # records of the sources that have ended
        self._run_id: int | None = None

    def __call__(self, stage: Stage, **told: Unpack[Told]) -> None:
        if stage != self._stage:
            self._end_stage()
            self._run_id = told.get("run_id", self._run_id)
            self._begin_stage(stage, told)
        if stage == "read":
            self._read(told)
        self._progress(stage, **told)

    def succeeded(self, run_id: int, seconds: float, sources: Mapping[str, SourceReport]) -> None:
        """The run is complete; in detail what became of each source's records."""
        self._run_id = run_id
        for name, report in sources.items():
            self._of_source(name, report)
        tallies = [report.tally for report in sources.values()]
        counts = {name: sum(getattr(tally, name) for tally in tallies) for name in _COUNTED}
        words = f"run {run_id} succeeded in {seconds:.1f} s: {_listed(counts)}"
        self._say(logging.INFO, "run_succeeded", words, seconds=round(seconds, 3), **counts)

    def _begin_stage(self, stage: Stage, told: Told) -> None:
        self._stage, self._stage_began = stage, self._clock()
        self._told, self._rows_before = {}, 0
        if stage != "done":
            many = f" {told.get('total', 0)} sources" if stage == "read" else ""
            self._say(logging.INFO, "stage_begun", f"{DOING[stage]}{many}", stage=stage)

    def _end_stage(self) -> None:
        if self._stage in {None, "done"}:
            return
        self._end_source()
        seconds = self._clock() - self._stage_began
        words, more = f"{DOING[self._stage]}: done in {seconds:.1f} s", {}
        if self._stage == "read":
            more = _pace(self._told.get("rows", 0), seconds)
            words += f", {_in_words(more)}"
        fields = {"stage": self._stage, "seconds": round(seconds, 3), **more}
        self._say(logging.INFO, "stage_ended", words, **fields)

    def _read(self, told: Told) -> None:
        if told.get("source") != self._told.get("source"):
            self._end_source()
            self._source_began = self._said = self._clock()
            self._told = told
            words = f"{_place(told)}: begins"
            self._say(logging.INFO, "source_begun", words, source=told.get("source"))
            return
        self._told = told
        now = self._clock()
        is_due = now - self._said >= _EVERY
        if is_due:
            self._said = now
        left = seconds_left(told, now - self._stage_began)
        pace = _pace(told.get("rows", 0), now - self._stage_began)
        words = f"{_place(told)}: {_in_words(pace)} in all"
        words += "" if left is None else f", {left:.0f} s left"
        self._say(
            logging.INFO if is_due else logging.DEBUG,
            "reading",
            words,
            source=told.get("source"),
            **pace,
            bytes=told.get("bytes_done"),
            seconds_left=None if left is None else round(left, 1),
        )

    def _end_source(self) -> None:
        if not (source := self._told.get("source")):
            return
        seconds = self._clock() - self._source_began
        rows = self._told.get("rows", 0)
        pace = _pace(rows - self._rows_before, seconds)
        self._rows_before = rows
        words = f"{source}: read in {seconds:.1f} s, {_in_words(pace)}"
        self._say(
            logging.INFO, "source_read", words, source=source, seconds=round(seconds, 3), **pace
        )

    def _of_source(self, source: str, report: SourceReport) -> None:
        if report.skipped:
            words = f"{source}: not read, for it is what the run before read under the same rules"
            self._say(logging.DEBUG, "source_skipped", words, source=source)
            return
        counts = {name: getattr(report.tally, name) for name in _COUNTED}
        words = f"{source}: {_listed(counts)}"
        self._say(logging.DEBUG, "source_loaded", words, source=source, **counts)
        for rule, n in sorted(report.tally.rejects.items()):
            words = f"{source}: {n} kept out by the rule {rule}"
            self._say(logging.DEBUG, "rejected", words, source=source, rule=rule, n=n)

    def _say(self, level: int, event: str, sentence: str, **fields: Any) -> None:
        say(level, event, sentence, run_id=self._run_id, **fields)


def _place(told: Told) -> str:
    return f"{told.get('source')} ({told.get('done', 0) + 1} of {told.get('total', 0)})"


def _pace(rows: int, seconds: float) -> dict[str, float | None]:
    fast = rate(rows, seconds)
    return {"rows": rows, "rate": None if fast is None else round(fast)}


def _in_words(pace: Mapping[str, float | None]) -> str:
    fast = "" if pace["rate"] is None else f", {pace['rate']} rows/s"
    return f"{pace['rows']} rows{fast}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items())

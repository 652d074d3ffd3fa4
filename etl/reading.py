"""Every source read, judged and staged: parts in their order, whoever works on them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from etl import extract, load
from etl.course import Progress
from etl.extract import Part, Reading
from etl.judging import Judged, Task, judge
from etl.retry import Patience
from etl.workers import Work, Workers


@dataclass(frozen=True)
class Read:
    """A source that was read, judged and staged. ``files``: as the ledger keeps them;
    ``watermark``: of a table, how far it was read."""

    staged: load.Staged
    seconds: float
    files: Sequence[Mapping[str, str | int | None]]
    watermark: str | None


@dataclass(frozen=True)
class _Given:
    """A part that was handed out: of which source, and in which attempt to read it."""

    number: int
    reading: Reading
    part: Part


class _Source:
    """A source as its judged parts come back."""

    def __init__(self, area: load.Area, task: Task, given: _Given) -> None:
        self.number = given.number
        self.reading = given.reading
        self.rows = 0
        self._seconds = 0.0
        self._stager = load.Stager(
            area,
            source=task.spec.name,
            number=given.number,
            whole_events=task.whole_events,
            full=task.full,
            unread=task.known or None,
            snapshot=task.spec.snapshot,
        )

    def add(self, part: Part, judged: Judged) -> None:
        began = time.perf_counter()
        self.reading.note(part, judged.files, judged.blank)
        self._stager.add(judged.prepared)
        self.rows += len(judged.prepared.records)
        self._seconds += judged.seconds + time.perf_counter() - began

    def ended(self) -> Read:
        began = time.perf_counter()
        files = [file.as_json() for file in self.reading.files()]
        staged = self._stager.finish()
        seconds = self._seconds + time.perf_counter() - began
        return Read(staged, seconds, files, self.reading.watermark)

    def discard(self) -> None:
        """It is read anew, for its database failed meanwhile."""
        self._stager.discard()


class _Account:
    """How far the reading has come, told as it goes: in records, and in bytes where their number
    is known before."""

    def __init__(self, tasks: Sequence[Task], progress: Progress) -> None:
        self._tasks = tasks
        self._progress = progress
        self._sizes = [
            extract.size(task.spec, known=task.known, since=task.since) for task in tasks
        ]
        self._number = -1
        self._rows = self._rows_before = 0  # of this source, of those that have ended
        self._bytes = self._bytes_before = 0

    @property
    def known_size(self) -> int:
        """How many bytes there are at least."""
        return sum(size for size in self._sizes if size is not None)

    def begun(self, number: int) -> None:
        """A source begins, where that was not told yet."""
        if number == self._number:
            return
        self._number = number
        self._rows_before += self._rows
        self._bytes_before += self._bytes
        self._rows = self._bytes = 0
        self._tell()

    def came(self, part: Part, rows: int) -> None:
        """A part of the source is there, and with it ``rows`` of its records."""
        self._rows = rows
        self._bytes += part.size
        self._tell()

    def _tell(self) -> None:
        self._progress(
            "read",
            source=self._tasks[self._number].spec.name,
            done=self._number,
            total=len(self._tasks),
            rows=self._rows_before + self._rows,
            bytes_done=self._bytes_before + self._bytes,
            bytes_left=self._left(),
        )

    def _left(self) -> int | None:
        known = [size for size in self._sizes[self._number :] if size is not None]
        if len(known) < len(self._tasks) - self._number:
            return None
        return max(known[0] - self._bytes, 0) + sum(known[1:])


def read_all(
    area: load.Area,
    tasks: Sequence[Task],
    *,
    workers: Workers,
    patience: Patience,
    progress: Progress,
) -> Iterator[Read]:
    """Each source of ``tasks`` in their order, in tables of ``area``.

    ``progress`` is told as a source begins and with every part. Raises KezekError for what cannot
    be read; what was staged is then worth nothing.
    """
    given: deque[_Given] = deque()
    account = _Account(tasks, progress)
    work = _handed_out(tasks, given, patience, account)
    workers.expect(account.known_size)
    current: _Source | None = None
    for judged in workers.each(_judged, work):
        now = given.popleft()
        task = tasks[now.number]
        if current is not None and current.reading is not now.reading:
            if current.number == now.number:
                current.discard()
            else:
                yield current.ended()
            current = None
        if current is None:
            current = _Source(area, task, now)
            account.begun(now.number)
        current.add(now.part, judged)
        account.came(now.part, current.rows)
    if current is not None:
        yield current.ended()


def _handed_out(
    tasks: Sequence[Task], given: deque[_Given], patience: Patience, account: _Account
) -> Iterator[Work[tuple[Task, Part]]]:
    """Every part of every source; ``given`` tells afterwards what each result is of."""
    for number, task in enumerate(tasks):
        if not given:  # all before it has come back: what is waited for from here on is of this one
            account.begun(number)
        for reading, part in _parts(task, patience):
            given.append(_Given(number, reading, part))
            yield Work((task, part), part.size)


def _parts(task: Task, patience: Patience) -> Iterator[tuple[Reading, Part]]:
    """The parts of a source, each with the attempt that it belongs to."""

    def attempt() -> Iterator[tuple[Reading, Part]]:
        reading = Reading(task.spec, known=task.known, since=task.since, until=task.as_of)
        for part in reading.parts():
            yield reading, part

    return patience.stream(attempt)


def _judged(work: tuple[Task, Part]) -> Judged:
    return judge(*work)

"""A run, or a command, in a process of its own, which dies or waits where a test says.

The places of a run: a stage as it begins (``read office``, ``merge`` … ``done``), ``staged commit``
(of what was read, nothing of it the warehouse's) and ``commit`` (of the run) before they are made,
``committed``, and ``before statement N`` and ``after statement N``, counted from 1; what SQLite
alone is told, of the file for what was read, is not counted.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Engine, event, text

from etl.databases import open_engine
from etl.errors import KezekError
from etl.migrate import upgrade
from etl.run import RunReport, run
from tests.support.regulations import small_town

TODAY = date(2014, 6, 30)
DEADLINE = 120.0  # seconds, after which whatever is waited for will not come any more

# Forks a process in which everything is imported already: an interpreter takes seconds to start.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [
        __name__,
        "dashboard.cli.main",
        "pytest",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite",
    ]
)

Reached = Callable[[str], None]

_BEGINS_TO_WRITE = ("BEGIN IMMEDIATE", "SELECT pg_advisory_xact_lock(hashtext('kezek write")
_OF_THE_FILE_BESIDE = ("ATTACH ", "DETACH ", "PRAGMA staged.")


def run_town(engine: Engine, sources: Path, **given: Any) -> RunReport:
    """A run of the small town; ``given`` overrides or adds arguments of `etl.run.run`."""
    defaults: dict[str, Any] = {
        "afresh": True,  # every stage is passed, whatever was loaded before
        "regulation": small_town(),
        "today": TODAY,
        "pseudonym_key": "a key",
        "clock": lambda: datetime.combine(TODAY, time(12)),
    }
    return run(engine=engine, sources=sources, **{**defaults, **given})


def run_town_at_once(engine: Engine, sources: Path, **given: Any) -> RunReport:
    """A run right after another was killed; a server needs a moment to see that it has gone."""
    deadline = monotonic() + DEADLINE
    while True:
        try:
            return run_town(engine, sources, **given)
        except KezekError as error:
            if "Another run" not in str(error) or monotonic() > deadline:
                raise
            assert engine.dialect.name == "postgresql", "a file's lock is free at once"


class Apart:
    """The other process."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe

    def wait_until_there(self) -> None:
        """Until the run waits at its place."""
        assert self._pipe.poll(DEADLINE), "the run did not come to the place"
        self._pipe.recv()

    def go_on(self) -> None:
        """Let a run that waits go on."""
        self._pipe.send(None)

    def kill(self) -> None:
        """End it at once, wherever it is, as a power cut does."""
        self._process.kill()
        self._process.join(DEADLINE)

    def outcome(self, seconds: float = DEADLINE) -> int | None:
        """Its exit code, minus the signal that killed it; None if it still runs after so long."""
        self._process.join(seconds)
        return self._process.exitcode


@contextmanager
def run_apart(
    url: str, sources: Path, *, waits_at: str = "", sleeps_before: str = ""
) -> Iterator[Apart]:
    """A run of the small town, of which nothing is left when the block ends.

    It waits at a place, or its server sleeps before a statement that begins with those words.
    """
    ours, theirs = _PROCESSES.Pipe()
    with _started(_run_waiting, url, sources, waits_at, sleeps_before, theirs) as process:
        yield Apart(process, ours)


def run_killed(url: str, sources: Path, *, at: str) -> None:
    """A run of the small town that is killed (SIGKILL) at that place."""
    with _started(_run_dying, url, sources, at) as process:
        process.join(DEADLINE)
        assert process.exitcode == -signal.SIGKILL, f"the run never came to {at}"


@contextmanager
def command_apart(
    *arguments: object, log: Path, file_bytes: int | None = None
) -> Iterator[Callable[[], tuple[int | None, str]]]:
    """``kezek`` with those arguments and no settings, gone when the block ends.

    Yields what waits for its end and gives its exit code and what it said on stderr, which ``log``
    keeps. ``file_bytes``: how large a file it may write.
    """
    words = [str(argument) for argument in arguments]
    with _started(_command, words, log, file_bytes) as process:

        def ended() -> tuple[int | None, str]:
            process.join(DEADLINE)
            return process.exitcode, log.read_text("utf-8")

        yield ended


def upgrade_killed(url: str, *, at: str) -> None:
    """A schema brought up to date by a process that is killed (SIGKILL) at that place."""
    with _started(_upgrade_dying, url, at) as process:
        process.join(DEADLINE)
        assert process.exitcode == -signal.SIGKILL, f"the upgrade never came to {at}"


def wait_until(engine: Engine, query: str) -> None:
    """Until the query gives another number than 0."""
    deadline = monotonic() + DEADLINE
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(text(query)):
            assert monotonic() < deadline, query


def tell_places(engine: Engine, reached: Reached) -> None:
    """Call ``reached`` with every place of what is done on the engine."""
    statements = count(1)
    number, writes = 0, False

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _before(*given: Any) -> tuple[str, Any]:
        nonlocal number, writes
        _, _, statement, values, _, _ = given
        writes |= statement.startswith(_BEGINS_TO_WRITE)
        if statement.startswith(_OF_THE_FILE_BESIDE):
            return statement, values
        number = next(statements)
        reached(f"before statement {number}")
        if statement.startswith("PRAGMA cache_size"):
            statement = "PRAGMA cache_size = 8"  # pages are written before they are committed
        return statement, values

    @event.listens_for(engine, "after_cursor_execute")
    def _after(*given: Any) -> None:
        if not given[2].startswith(_OF_THE_FILE_BESIDE):
            reached(f"after statement {number}")

    @event.listens_for(engine, "commit")
    def _commit(_: Any) -> None:
        reached("commit" if writes else "staged commit")

    @event.listens_for(engine, "close_detached")
    def _closed(_: Any) -> None:
        reached("committed")


@contextmanager
def _started(target: Callable[..., None], *arguments: Any) -> Iterator[BaseProcess]:
    process = _PROCESSES.Process(target=target, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(DEADLINE)
        process.close()


def _run_telling(engine: Engine, sources: Path, reached: Reached) -> None:
    tell_places(engine, reached)
    places: set[str] = set()  # a source is told of as it begins, and again with every part

    def progress(stage: str, *, source: str | None = None, **_: Any) -> None:
        place = f"{stage} {source}" if source else stage
        if place not in places:
            places.add(place)
            reached(place)

    run_town_at_once(engine, sources, progress=progress)


def _run_waiting(url: str, sources: Path, place: str, sleeps_before: str, pipe: Connection) -> None:
    engine = open_engine(url)

    @event.listens_for(engine, "before_cursor_execute")
    def _sleep(_: Any, cursor: Any, statement: str, *__: Any) -> None:
        if sleeps_before and statement.startswith(sleeps_before):
            cursor.execute("SELECT pg_sleep(600)")

    def reached(here: str) -> None:
        if here == place:
            pipe.send(None)
            pipe.recv()

    _run_telling(engine, sources, reached)


def _run_dying(url: str, sources: Path, place: str) -> None:
    _run_telling(open_engine(url), sources, _dying(place))


def _command(words: list[str], log: Path, file_bytes: int | None) -> None:
    from dashboard.cli.main import main

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), sys.stderr.fileno())
    for name in [name for name in os.environ if name.startswith("KEZEK_")]:
        del os.environ[name]
    if file_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    sys.argv = ["kezek", *words]
    main()


def _upgrade_dying(url: str, place: str) -> None:
    engine = open_engine(url)
    tell_places(engine, _dying(place))
    upgrade(engine)


def _dying(place: str) -> Reached:
    def reached(here: str) -> None:
        if here == place:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached

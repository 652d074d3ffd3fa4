"""What ``kezek etl`` writes to stderr beside its answer: the log, for a reader or for a program."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import typer
from rich.console import Console

from dashboard.settings import read_settings
from etl.course import say
from etl.errors import KezekError
from etl.identity import without_iin
from etl.run import in_words

Format = Literal["text", "json"]

_FAILED = "run_failed"


class PlainLines(logging.Formatter):
    """``2013-12-31T18:00:00Z INFO merging``: always one line, the time in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(without_iin(record.getMessage()).split())
        return f"{_moment(record, 'seconds')} {record.levelname} {said}"


class JsonLines(logging.Formatter):
    """One JSON object a line: ``time`` (UTC), ``level``, ``event``, ``message`` and the fields of
    the event: ``run_id``, ``stage``, ``source``, ``rows``, ``rate`` (rows a second), ``seconds``…
    """

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        told = {
            "time": _moment(record, "milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.name),
            "message": without_iin(record.getMessage()),
            **{name: _masked(value) for name, value in fields.items()},
        }
        return json.dumps(told, ensure_ascii=False)


@contextmanager
def told(*, as_json: bool, verbose: bool, log_format: Format | None) -> Iterator[Console]:
    """The log on stderr while the block lasts; gives the terminal that it is written to.

    On a terminal nothing is logged but warnings, for a line shows the progress there; ``verbose``
    logs everything. A failure of the block is logged, goes to stdout where the answer is
    ``as_json``, and is a KezekError, which `dashboard.cli.main` prints, where no program reads
    along. An error that is a fault of Kezek's own tells its place and nothing else.
    """
    form: Format = log_format or "text"
    try:
        form = log_format or read_settings().log_format
        console = Console(stderr=True)
        with _handled(console, form=form, verbose=verbose), _failures_logged(form):
            yield console
    except KezekError as error:
        if as_json:
            answer = {"status": "failed", "error": str(error)}
            typer.echo(json.dumps(answer, ensure_ascii=False))
        elif form == "text":
            raise
        raise typer.Exit(1) from None


def shows_progress(console: Console, form: Format | None) -> bool:
    """Whether a line that changes is of use: to a reader at a terminal."""
    return console.is_terminal and (form or read_settings().log_format) == "text"


@contextmanager
def _handled(console: Console, *, form: Format, verbose: bool) -> Iterator[None]:
    """Only the loggers of ``etl`` are heard: SQLAlchemy's would repeat parameters."""
    handler = _OnConsole(console)
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    is_read_live = console.is_terminal and form == "text"
    if is_read_live:
        handler.addFilter(lambda record: getattr(record, "event", "") != _FAILED)
    log = logging.getLogger("etl")
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.WARNING if is_read_live else logging.INFO)
    try:
        yield
    finally:
        log.setLevel(before)
        log.removeHandler(handler)


@contextmanager
def _failures_logged(form: Format) -> Iterator[None]:
    try:
        yield
    except KezekError as error:
        say(logging.ERROR, _FAILED, str(error))
        raise
    except KeyboardInterrupt as error:
        say(logging.ERROR, _FAILED, in_words(error))
        raise
    except Exception as error:
        # The frames only: a library's message may repeat the value that it stumbled over.
        if form == "text":
            traceback.print_tb(error.__traceback__)
        say(logging.ERROR, _FAILED, in_words(error), frames=_frames(error))
        raise KezekError(in_words(error)) from None


def _frames(error: Exception) -> list[str]:
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]


class _OnConsole(logging.Handler):
    """Lines of a console, above whatever moves on it."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._console.out(self.format(record), highlight=False)
        except Exception:
            self.handleError(record)


def _moment(record: logging.LogRecord, precision: str) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _masked(value: Any) -> Any:
    return without_iin(value) if isinstance(value, str) else value

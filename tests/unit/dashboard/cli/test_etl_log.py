"""The lines of the log: whole, in UTC, and without an IIN."""

from __future__ import annotations

import io
import json
import logging

import pytest
from rich.console import Console

from dashboard.cli import etl_log
from dashboard.cli.etl_log import JsonLines, PlainLines
from etl.course import say

IIN = "500101100000"


def _record(message: str, **fields: object) -> logging.LogRecord:
    record = logging.LogRecord("etl.course", logging.INFO, "", 0, message, None, None)
    record.created = 0.25
    record.event, record.fields = "reading", fields  # type: ignore[attr-defined]
    return record


def test_a_plain_line_is_one_line_without_an_iin() -> None:
    line = PlainLines().format(_record(f"{IIN}.csv:\nnot a line of its own"))
    assert line == f"1970-01-01T00:00:00Z INFO {'*' * 12}.csv: not a line of its own"


def test_a_json_line_is_one_object_without_an_iin() -> None:
    line = JsonLines().format(_record(f"файл {IIN}\n", source=f"{IIN}", rows=3))
    assert "\n" not in line
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.250Z",
        "level": "info",
        "event": "reading",
        "message": f"файл {'*' * 12}\n",
        "source": "*" * 12,
        "rows": 3,
    }


@pytest.mark.parametrize(
    ("verbose", "expected"), [(False, ["warned"]), (True, ["told", "detail", "warned"])]
)
def test_on_a_terminal_only_warnings_are_lines_unless_asked(
    verbose: bool, expected: list[str]
) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=40)
    with etl_log._handled(console, form="text", verbose=verbose):
        say(logging.INFO, "x", "told")
        say(logging.DEBUG, "x", "detail")
        say(logging.WARNING, "x", "warned")
        say(logging.ERROR, "run_failed", "told by the command itself")
    assert [line.split(" ", 2)[2] for line in out.getvalue().splitlines()] == expected


def test_other_libraries_are_not_heard() -> None:
    out = io.StringIO()
    with etl_log._handled(Console(file=out), form="text", verbose=True):
        logging.getLogger("sqlalchemy.engine").info("SELECT %s", IIN)
        assert logging.getLogger("sqlalchemy").getEffectiveLevel() >= logging.WARNING
    assert out.getvalue() == ""

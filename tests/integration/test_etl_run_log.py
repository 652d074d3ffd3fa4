"""What ``kezek etl run`` logs: plain lines, and JSON for a program."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.support.etl_command import etl_command, write_exports


@pytest.fixture
def town(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports; the settings name them and the empty warehouse."""
    return write_exports(tmp_path, database_url, monkeypatch)


def _logged(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stderr.splitlines()]


def test_where_no_terminal_is_stages_and_sources_are_plain_lines_with_their_time(
    town: Path,
) -> None:
    result = etl_command("run", "--json")
    lines = result.stderr.splitlines()
    pattern = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO (.+)"
    said = [found[1] for line in lines if (found := re.fullmatch(pattern, line))]
    assert len(said) == len(lines)
    assert said[:2] == ["reading 2 sources", "office (1 of 2): begins"]
    assert said[2].startswith("office: read in ")
    assert ", 3 rows" in said[2]
    assert "merging" in said
    assert said[-1].startswith("run 1 succeeded in ")
    assert json.loads(result.stdout)["run_id"] == 1


def test_a_log_of_json_says_the_same_to_a_program(town: Path) -> None:
    result = etl_command("run", "--log-format", "json", "-v", "--json")
    told = _logged(result)
    assert all(line["time"].endswith("Z") and line["level"] and line["event"] for line in told)
    by_event = {line["event"]: line for line in told}
    assert by_event["source_read"]["rows"] == 1  # of the register, the last
    assert by_event["source_read"]["seconds"] >= 0
    assert by_event["reading"]["bytes"] == sum(
        (town / name).stat().st_size for name in ("office.csv", "register.csv")
    )
    (rejected,) = [line for line in told if line["event"] == "rejected"]
    assert (rejected["source"], rejected["rule"], rejected["n"]) == (
        "office", "unknown_category", 1
    )  # fmt: skip
    stages = [line for line in told if line["event"] == "stage_ended"]
    assert [line["stage"] for line in stages] == ["read", "merge", "derive", "marts", "check"]
    assert [line.get("run_id") for line in stages] == [None, 1, 1, 1, 1]
    assert by_event["run_succeeded"]["rejected"] == 1


def test_what_is_not_read_again_is_logged_when_asked(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEZEK_LOG_FORMAT", "json")
    etl_command("run")
    assert "source_skipped" not in {line["event"] for line in _logged(etl_command("run"))}
    told = [line for line in _logged(etl_command("run", "-v")) if line["event"] == "source_skipped"]
    assert [line["source"] for line in told] == ["office", "register"]


def test_a_failure_is_logged_with_the_sentence_that_the_user_sees(town: Path) -> None:
    (town / "office.csv").unlink()
    result = etl_command("run", "--json", "--log-format", "json")
    failed = _logged(result)[-1]
    assert (failed["event"], failed["level"]) == ("run_failed", "error")
    assert failed["message"] == json.loads(result.stdout)["error"]
    # And: alone, it is all that stderr holds
    result = etl_command("run", "--log-format", "json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert _logged(result)[-1]["message"] == failed["message"]


def test_the_log_ends_with_the_command(town: Path) -> None:
    etl_command("run", "-v")
    log = logging.getLogger("etl")
    assert (log.handlers, log.level) == ([], logging.NOTSET)


def test_a_log_format_that_is_none_is_told(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert etl_command("run", "--log-format", "xml").exit_code == 2
    monkeypatch.setenv("KEZEK_LOG_FORMAT", "xml")
    assert "KEZEK_LOG_FORMAT" in str(etl_command("run").exception)

"""``kezek etl`` from a user's side: what it prints, and with what exit code it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import etl
from dashboard.cli.main import main
from etl import extract
from etl.errors import KezekError

SOURCES = """\
as_of = 2013-12-31

[sources.office]
entity = "cases"
kind = "csv"
path = "office.csv"
date_formats = ["%d.%m.%Y"]
constants = { channel = "direct", service_point = "authority" }
columns = { case_id = "id", category = "who", outcome = "result" }
steps = { "D-P1" = "came", "D-P9" = "done" }

[sources.register]
entity = "queue"
kind = "csv"
path = "register.csv"
columns = { entry_id = "id", category = "who", registered_on = "in" }
"""
OFFICE = """\
id,who,result,came,done
1,veterans,registered,04.03.2013,20.03.2013
2,vulnerable,,05.03.2013,
3,astronauts,,06.03.2013,
"""


@pytest.fixture
def town(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports; the settings name them and the empty warehouse."""
    (tmp_path / "office.csv").write_text(OFFICE, "utf-8")
    (tmp_path / "register.csv").write_text("id,who,in\nq1,veterans,2012-05-01\n", "utf-8")
    (tmp_path / "sources.toml").write_text(SOURCES, "utf-8")
    monkeypatch.setenv("KEZEK_DATABASE_URL", database_url)
    monkeypatch.setenv("KEZEK_SOURCES", str(tmp_path / "sources.toml"))
    return tmp_path


def _kezek(*arguments: object) -> Result:
    return CliRunner().invoke(etl.app, [str(argument) for argument in arguments])


def test_run_prints_one_json_object(town: Path) -> None:
    result = _kezek("run", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {key: told[key] for key in ("run_id", "status", "as_of")} == {
        "run_id": 1,
        "status": "succeeded",
        "as_of": "2013-12-31",
    }
    office = told["sources"]["office"]
    del office["seconds"]
    assert office == {
        "read": 3,
        "inserted": 2,
        "updated": 0,
        "unchanged": 0,
        "duplicate": 0,
        "rejected": 1,
        "newest_event": "2013-03-19T18:00:00Z",
        "skipped": False,
        "rejects": {"unknown_category": 1},
        "findings": {"step_order": 1},
    }


def test_run_prints_a_table_for_a_reader(town: Path) -> None:
    result = _kezek("run")
    assert result.exit_code == 0
    assert "Run 1, as of 2013-12-31" in result.stdout
    assert "office" in result.stdout


def test_a_failed_run_prints_one_json_object_too(town: Path) -> None:
    (town / "office.csv").unlink()
    result = _kezek("run", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["status"] == "failed"
    assert "office.csv" in told["error"]


def test_a_failed_run_is_one_sentence_and_exit_code_1(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["kezek", "etl", "run", "--source", "offce"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert str(ended.value).startswith("kezek: There is no source offce in ")


def test_a_fault_of_ours_repeats_no_value_of_a_record(
    town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Ахметов"

    def fails(_: object) -> None:
        raise ValueError(f"could not convert {name}")

    monkeypatch.setattr(extract, "read", fails)
    result = _kezek("run", "--json")
    assert result.exit_code == 1
    assert "ValueError" in json.loads(result.stdout)["error"]
    assert name not in result.output


@pytest.mark.parametrize("arguments", [["--as-of", "31.12.2013"], ["--frequently"]])
def test_wrong_usage_ends_with_exit_code_2(town: Path, arguments: list[str]) -> None:
    assert _kezek("run", *arguments).exit_code == 2


def test_one_source_and_the_day_of_the_exports_can_be_chosen(town: Path) -> None:
    told = json.loads(_kezek("run", "--source", "office", "--as-of", "2013-03-10", "--json").stdout)
    assert list(told["sources"]) == ["office"]
    assert told["sources"]["office"]["rejects"] == {"in_future": 1, "unknown_category": 1}


def test_status_tells_runs_freshness_and_what_stays_out(town: Path) -> None:
    _kezek("run")
    told = json.loads(_kezek("status", "--json").stdout)
    assert [run["status"] for run in told["runs"]] == ["succeeded"]
    assert told["sources"]["office"]["newest_event"] == "2013-03-19T18:00:00Z"
    assert told["sources"]["office"]["in_quarantine"] == 1
    assert {(told["kind"], told["rule"], told["n"]) for told in told["remarks"]} == {
        ("rejected", "unknown_category", 1),
        ("finding", "step_order", 1),
    }
    assert "unknown_category" in _kezek("status").stdout


def test_rejects_lists_file_row_rule_and_value(town: Path) -> None:
    _kezek("run")
    told = json.loads(_kezek("rejects", "--json").stdout)
    assert told["total"] == 1
    (entry,) = told["rejects"]
    assert (entry["rule"], entry["row"], entry["value"]) == ("unknown_category", 4, "astronauts")
    assert entry["file"].endswith("office.csv")
    assert "astronauts" in _kezek("rejects", "--rule", "unknown_category").stdout
    assert "No such record" in _kezek("rejects", "--source", "register").stdout


def test_status_of_a_warehouse_that_nobody_filled_says_so(town: Path) -> None:
    result = _kezek("status")
    assert isinstance(result.exception, KezekError)
    assert "kezek etl run" in str(result.exception)

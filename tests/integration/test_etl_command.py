"""``kezek etl run`` and ``status`` from a user's side: what they print, and how they end."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

from dashboard.cli.main import main
from dashboard.settings import DEFAULT_REGULATION
from etl import extract
from etl import regulation as regulations
from etl.errors import KezekError
from etl.program import code_version
from tests.support.etl_command import etl_command, write_exports


@pytest.fixture
def town(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports; the settings name them and the empty warehouse."""
    return write_exports(tmp_path, database_url, monkeypatch)


def test_run_prints_one_json_object(town: Path) -> None:
    result = etl_command("run", "--json")
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
        "vanished": 0,
        "rejects": {"unknown_category": 1},
        "findings": {"step_order": 1},
    }


def test_run_prints_a_table_for_a_reader(town: Path) -> None:
    result = etl_command("run")
    assert result.exit_code == 0
    assert "Run 1, as of 2013-12-31" in result.stdout
    assert "office" in result.stdout


def test_a_failed_run_prints_one_json_object_too(town: Path) -> None:
    (town / "office.csv").unlink()
    result = etl_command("run", "--json")
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

    def fails(*_: object) -> None:
        raise ValueError(f"could not convert {name}")

    monkeypatch.setattr(extract, "read_part", fails)
    result = etl_command("run", "--json")
    assert result.exit_code == 1
    assert "ValueError" in json.loads(result.stdout)["error"]
    assert name not in result.output


@pytest.mark.parametrize("arguments", [["--as-of", "31.12.2013"], ["--frequently"]])
def test_wrong_usage_ends_with_exit_code_2(town: Path, arguments: list[str]) -> None:
    assert etl_command("run", *arguments).exit_code == 2


def test_one_source_and_the_day_of_the_exports_can_be_chosen(town: Path) -> None:
    told = json.loads(
        etl_command("run", "--source", "office", "--as-of", "2013-03-10", "--json").stdout
    )
    assert list(told["sources"]) == ["office"]
    assert told["sources"]["office"]["rejects"] == {"in_future": 1, "unknown_category": 1}


def test_what_has_not_changed_is_read_when_asked(town: Path) -> None:
    etl_command("run", "--json")
    for more, skipped in ((), True), (("--afresh",), False):
        told = json.loads(etl_command("run", "--json", *more).stdout)
        assert told["sources"]["office"]["skipped"] is skipped


def test_status_tells_runs_freshness_and_what_stays_out(town: Path) -> None:
    etl_command("run")
    told = json.loads(etl_command("status", "--json").stdout)
    assert [run["status"] for run in told["runs"]] == ["succeeded"]
    assert told["sources"]["office"]["newest_event"] == "2013-03-19T18:00:00Z"
    assert told["sources"]["office"]["in_quarantine"] == 1
    assert {(told["kind"], told["rule"], told["n"]) for told in told["remarks"]} == {
        ("rejected", "unknown_category", 1),
        ("finding", "step_order", 1),
    }
    assert "unknown_category" in etl_command("status").stdout


def test_a_run_that_rejects_too_much_says_so_and_can_be_allowed(town: Path) -> None:
    lines = [f"{n},{'astronauts' if n % 2 else 'veterans'},,06.03.2013," for n in range(30)]
    (town / "office.csv").write_text("\n".join(["id,who,result,came,done", *lines]), "utf-8")
    result = etl_command("run", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)["error"]
    assert "15 of the 30 of office" in told
    assert "--max-rejected 0.5" in told
    assert etl_command("run", "--max-rejected", "0.5").exit_code == 0
    status = json.loads(etl_command("status", "--json").stdout)
    assert [(run["status"], run["error"]) for run in status["runs"]] == [
        ("succeeded", None),
        ("failed", told),
    ]


@pytest.mark.parametrize("share", ["-0.01", "1.1", "nan", "20%"])
def test_a_share_that_is_none_is_wrong_usage(town: Path, share: str) -> None:
    assert etl_command("run", "--max-rejected", share).exit_code == 2


def test_status_has_every_file_and_the_versions_of_every_run(town: Path) -> None:
    etl_command("run")
    (run,) = json.loads(etl_command("status", "--json").stdout)["runs"]
    rules = regulations.load(DEFAULT_REGULATION)
    assert run["code_version"] == code_version()
    assert (run["regulation_id"], run["regulation_sha256"]) == (rules.id, rules.sha256)
    assert (run["as_of"], run["as_of_pinned"]) == ("2013-12-31", True)
    assert run["seconds"] >= 0
    office = run["sources"]["office"]
    data = (town / "office.csv").read_bytes()
    assert office["files"] == [
        {
            "name": "office.csv",
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "rows": 3,
        }
    ]
    assert (office["read"], office["inserted"], office["rejected"]) == (3, 2, 1)
    assert office["newest_event"] == "2013-03-19T18:00:00Z"
    assert office["seconds"] > 0


def test_status_fits_a_terminal(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for _ in range(3):
        etl_command("run")
    shown = etl_command("status").stdout
    tables = [line for line in shown.splitlines() if not line.startswith("Kezek ")]
    assert max(map(len, tables)) <= 80
    assert "…" not in shown
    sha256 = hashlib.sha256((town / "office.csv").read_bytes()).hexdigest()
    assert f" {sha256[:12]}" in shown
    assert f"Kezek {code_version()}, regulation almaty-2013-512 (sha256 " in shown
    assert "): runs 1–3" in shown


def test_status_of_a_warehouse_that_nobody_filled_says_so(town: Path) -> None:
    result = etl_command("status")
    assert isinstance(result.exception, KezekError)
    assert "kezek etl run" in str(result.exception)

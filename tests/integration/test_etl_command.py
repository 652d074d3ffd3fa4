"""``kezek etl`` from a user's side: what it prints, and with what exit code it ends."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli import etl
from dashboard.cli.main import main
from dashboard.settings import DEFAULT_REGULATION
from etl import extract
from etl import regulation as regulations
from etl.errors import KezekError
from etl.ledger import code_version

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
        "vanished": 0,
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

    def fails(*_: object) -> None:
        raise ValueError(f"could not convert {name}")

    monkeypatch.setattr(extract, "read_part", fails)
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


def test_what_has_not_changed_is_read_when_asked(town: Path) -> None:
    _kezek("run", "--json")
    for more, skipped in ((), True), (("--afresh",), False):
        told = json.loads(_kezek("run", "--json", *more).stdout)
        assert told["sources"]["office"]["skipped"] is skipped


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


def test_rejects_say_the_rule_in_the_language_that_is_asked(town: Path) -> None:
    _kezek("run")
    words = "unknown_category  a category that the regulation does not know"
    assert words in _kezek("rejects").stdout
    words = "unknown_category  категория, которой нет в регламенте"
    assert words in _kezek("rejects", "--lang", "ru").stdout
    told = json.loads(_kezek("rejects", "--lang", "kk", "--json").stdout)
    assert told["rejects"][0]["reason"] == "регламентте жоқ санат"
    assert _kezek("rejects", "--lang", "de").exit_code == 2


def test_rejects_as_a_file_are_all_of_them_with_what_they_said(town: Path) -> None:
    # Given more than the list shows, one of them a formula
    lines = [f"x{n},=1+{n},,06.03.2013," for n in range(1, 61)]
    (town / "office.csv").write_text("\n".join(["id,who,result,came,done", *lines]), "utf-8")
    _kezek("run", "--max-rejected", "1")
    # When
    result = _kezek("rejects", "--csv", town / "out.csv", "--lang", "ru", "--limit", "5")
    # Then
    assert result.stdout == f"60 in quarantine, written to {town / 'out.csv'}.\n"
    text = (town / "out.csv").read_bytes().decode("utf-8")
    assert text[0] == "\ufeff"
    rows = list(csv.DictReader(io.StringIO(text[1:], newline=""), delimiter=";"))
    assert [row["номер записи"] for row in rows] == [f"x{n}" for n in range(1, 61)]
    assert rows[0]["причина"] == "категория, которой нет в регламенте"
    assert rows[1]["значение"] == "'=1+2"
    assert json.loads(rows[1]["запись, как она пришла"]) == {
        "id": "x2", "who": "=1+2", "result": None, "came": "06.03.2013", "done": None
    }  # fmt: skip
    assert (rows[1]["файл"], rows[1]["строка"], rows[1]["столбец"]) == ("office.csv", "3", "who")


def test_rejects_that_nobody_has_are_a_file_with_its_heading(town: Path) -> None:
    _kezek("run")
    told = json.loads(
        _kezek("rejects", "--rule", "bad_date", "--csv", town / "o.csv", "--json").stdout
    )
    assert told == {"total": 0, "csv": str(town / "o.csv")}
    assert len((town / "o.csv").read_text("utf-8").splitlines()) == 1


def test_rejects_that_cannot_be_written_say_where(town: Path) -> None:
    _kezek("run")
    result = _kezek("rejects", "--csv", town / "none" / "out.csv")
    assert isinstance(result.exception, KezekError)
    assert f"{town / 'none' / 'out.csv'} cannot be written (No such file" in str(result.exception)


def test_a_run_that_rejects_too_much_says_so_and_can_be_allowed(town: Path) -> None:
    lines = [f"{n},{'astronauts' if n % 2 else 'veterans'},,06.03.2013," for n in range(30)]
    (town / "office.csv").write_text("\n".join(["id,who,result,came,done", *lines]), "utf-8")
    result = _kezek("run", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)["error"]
    assert "15 of the 30 of office" in told
    assert "--max-rejected 0.5" in told
    assert _kezek("run", "--max-rejected", "0.5").exit_code == 0
    status = json.loads(_kezek("status", "--json").stdout)
    assert [(run["status"], run["error"]) for run in status["runs"]] == [
        ("succeeded", None),
        ("failed", told),
    ]


@pytest.mark.parametrize("share", ["-0.01", "1.1", "nan", "20%"])
def test_a_share_that_is_none_is_wrong_usage(town: Path, share: str) -> None:
    assert _kezek("run", "--max-rejected", share).exit_code == 2


def test_status_has_every_file_and_the_versions_of_every_run(town: Path) -> None:
    _kezek("run")
    (run,) = json.loads(_kezek("status", "--json").stdout)["runs"]
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
        _kezek("run")
    shown = _kezek("status").stdout
    tables = [line for line in shown.splitlines() if not line.startswith("Kezek ")]
    assert max(map(len, tables)) <= 80
    assert "…" not in shown
    sha256 = hashlib.sha256((town / "office.csv").read_bytes()).hexdigest()
    assert f" {sha256[:12]}" in shown
    assert f"Kezek {code_version()}, regulation almaty-2013-512 (sha256 " in shown
    assert "): runs 1–3" in shown


def test_status_of_a_warehouse_that_nobody_filled_says_so(town: Path) -> None:
    result = _kezek("status")
    assert isinstance(result.exception, KezekError)
    assert "kezek etl run" in str(result.exception)


def _logged(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stderr.splitlines()]


def test_where_no_terminal_is_stages_and_sources_are_plain_lines_with_their_time(
    town: Path,
) -> None:
    result = _kezek("run", "--json")
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
    result = _kezek("run", "--log-format", "json", "-v", "--json")
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
    _kezek("run")
    assert "source_skipped" not in {line["event"] for line in _logged(_kezek("run"))}
    told = [line for line in _logged(_kezek("run", "-v")) if line["event"] == "source_skipped"]
    assert [line["source"] for line in told] == ["office", "register"]


def test_a_failure_is_logged_with_the_sentence_that_the_user_sees(town: Path) -> None:
    (town / "office.csv").unlink()
    result = _kezek("run", "--json", "--log-format", "json")
    failed = _logged(result)[-1]
    assert (failed["event"], failed["level"]) == ("run_failed", "error")
    assert failed["message"] == json.loads(result.stdout)["error"]
    # And: alone, it is all that stderr holds
    result = _kezek("run", "--log-format", "json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert _logged(result)[-1]["message"] == failed["message"]


def test_the_log_ends_with_the_command(town: Path) -> None:
    _kezek("run", "-v")
    log = logging.getLogger("etl")
    assert (log.handlers, log.level) == ([], logging.NOTSET)


def test_a_log_format_that_is_none_is_told(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _kezek("run", "--log-format", "xml").exit_code == 2
    monkeypatch.setenv("KEZEK_LOG_FORMAT", "xml")
    assert "KEZEK_LOG_FORMAT" in str(_kezek("run").exception)


def test_replay_loads_what_is_sound_now_and_closes_its_entries(town: Path) -> None:
    # Given an entry, and a mapping that now knows what it stumbled over
    _kezek("run")
    text = (town / "sources.toml").read_text("utf-8")
    known = '[sources.office.values.category]\nastronauts = "veterans"\n\n[sources.register]'
    (town / "sources.toml").write_text(text.replace("[sources.register]", known), "utf-8")
    # When
    told = json.loads(_kezek("replay", "--json").stdout)
    # Then
    assert told == {
        "status": "succeeded",
        "run_id": 2,
        "sources": ["office"],
        "undeclared": {},
        "closed": {"unknown_category": 1},
        "new": {},
        "standing": {},
    }
    assert json.loads(_kezek("rejects", "--json").stdout)["total"] == 0


def test_replay_reads_what_has_not_changed_and_says_what_still_stands(town: Path) -> None:
    _kezek("run")
    result = _kezek("replay")
    assert result.exit_code == 0
    assert "0 entries of office closed, 1 still stand." in result.stdout
    (_, now) = reversed(json.loads(_kezek("status", "--json").stdout)["runs"])
    assert list(now["sources"]) == ["office"]


def test_replay_closes_the_events_whose_case_has_come(town: Path) -> None:
    # Given an event that came before its case
    journal = """
[sources.journal]
entity = "events"
kind = "csv"
path = "journal.csv"
columns = { case_id = "id", step = "step", occurred_at = "at" }
"""
    (town / "sources.toml").write_text(SOURCES + journal, "utf-8")
    (town / "journal.csv").write_text("id,step,at\n9,D-P2,2013-03-07\n", "utf-8")
    _kezek("run")
    with (town / "office.csv").open("a", encoding="utf-8") as office:
        office.write("9,veterans,,06.03.2013,\n")
    _kezek("run", "--source", "office")
    # When
    told = json.loads(_kezek("replay", "--rule", "unknown_case", "--json").stdout)
    # Then
    assert (told["sources"], told["closed"]) == (["journal"], {"unknown_case": 1})


@pytest.mark.parametrize(
    "chosen", [["--source", "register"], ["--rule", "bad_date"]], ids=["source", "rule"]
)
def test_replay_of_nothing_does_nothing_and_says_so(town: Path, chosen: list[str]) -> None:
    _kezek("run")
    assert "No such record" in _kezek("replay", *chosen).stdout
    told = json.loads(_kezek("replay", *chosen, "--json").stdout)
    assert (told["status"], told["run_id"], told["sources"]) == ("nothing to do", None, [])
    assert len(json.loads(_kezek("status", "--json").stdout)["runs"]) == 1


def test_replay_leaves_what_is_no_longer_described_and_refuses_a_name_that_is_none(
    town: Path,
) -> None:
    _kezek("run")
    renamed = SOURCES.replace("[sources.office]", "[sources.bureau]")
    (town / "sources.toml").write_text(renamed, "utf-8")
    said = _kezek("replay").stdout
    assert (
        "office is not in the sources file; its records in quarantine stay: 1.\nNothing was read."
        in said
    )
    refused = json.loads(_kezek("replay", "--source", "offce", "--json").stdout)
    assert refused["error"].startswith("There is no source offce in ")


def test_rejects_name_the_next_step(town: Path) -> None:
    _kezek("run")
    assert "kezek etl replay" in _kezek("rejects").stdout

"""``kezek etl replay`` from a user's side: what it reads again, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.etl_command import SOURCES, etl_command, write_exports


@pytest.fixture
def town(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports; the settings name them and the empty warehouse."""
    return write_exports(tmp_path, database_url, monkeypatch)


def test_replay_loads_what_is_sound_now_and_closes_its_entries(town: Path) -> None:
    # Given an entry, and a mapping that now knows what it stumbled over
    etl_command("run")
    text = (town / "sources.toml").read_text("utf-8")
    known = '[sources.office.values.category]\nastronauts = "veterans"\n\n[sources.register]'
    (town / "sources.toml").write_text(text.replace("[sources.register]", known), "utf-8")
    # When
    told = json.loads(etl_command("replay", "--json").stdout)
    # Then
    assert told == {
        "status": "succeeded",
        "run_id": 2,
        "sources": ["office"],
        "undeclared": {},
        "closed": {"unknown_category": 1},
        "new": {},
        "standing": {},
        "purged": 0,
    }
    assert json.loads(etl_command("rejects", "--json").stdout)["total"] == 0


def test_replay_reads_what_has_not_changed_and_says_what_still_stands(town: Path) -> None:
    etl_command("run")
    result = etl_command("replay")
    assert result.exit_code == 0
    assert "0 entries of office closed, 1 still stand." in result.stdout
    (_, now) = reversed(json.loads(etl_command("status", "--json").stdout)["runs"])
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
    etl_command("run")
    with (town / "office.csv").open("a", encoding="utf-8") as office:
        office.write("9,veterans,,06.03.2013,\n")
    etl_command("run", "--source", "office")
    # When
    told = json.loads(etl_command("replay", "--rule", "unknown_case", "--json").stdout)
    # Then
    assert (told["sources"], told["closed"]) == (["journal"], {"unknown_case": 1})


@pytest.mark.parametrize(
    "chosen", [["--source", "register"], ["--rule", "bad_date"]], ids=["source", "rule"]
)
def test_replay_of_nothing_does_nothing_and_says_so(town: Path, chosen: list[str]) -> None:
    etl_command("run")
    assert "No such record" in etl_command("replay", *chosen).stdout
    told = json.loads(etl_command("replay", *chosen, "--json").stdout)
    assert (told["status"], told["run_id"], told["sources"]) == ("nothing to do", None, [])
    assert len(json.loads(etl_command("status", "--json").stdout)["runs"]) == 1


def test_replay_leaves_what_is_no_longer_described_and_refuses_a_name_that_is_none(
    town: Path,
) -> None:
    etl_command("run")
    renamed = SOURCES.replace("[sources.office]", "[sources.bureau]")
    (town / "sources.toml").write_text(renamed, "utf-8")
    said = etl_command("replay").stdout
    assert (
        "office is not in the sources file; its records in quarantine stay: 1.\nNothing was read."
        in said
    )
    refused = json.loads(etl_command("replay", "--source", "offce", "--json").stdout)
    assert refused["error"].startswith("There is no source offce in ")

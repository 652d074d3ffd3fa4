"""``kezek etl rejects`` from a user's side: what stays out, on the screen and as a file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dashboard import audit
from etl.errors import KezekError
from tests.support.etl_command import etl_command, write_exports
from tests.support.muted import mute


@pytest.fixture
def town(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports; the settings name them and the empty warehouse."""
    return write_exports(tmp_path, database_url, monkeypatch)


def test_rejects_lists_file_row_rule_and_value(town: Path) -> None:
    etl_command("run")
    told = json.loads(etl_command("rejects", "--json").stdout)
    assert told["total"] == 1
    (entry,) = told["rejects"]
    assert (entry["rule"], entry["row"], entry["value"]) == ("unknown_category", 4, "astronauts")
    assert entry["file"].endswith("office.csv")
    assert "astronauts" in etl_command("rejects", "--rule", "unknown_category").stdout
    assert "No such record" in etl_command("rejects", "--source", "register").stdout


def test_rejects_say_the_rule_in_the_language_that_is_asked(town: Path) -> None:
    etl_command("run")
    words = "unknown_category  a category that the regulation does not know"
    assert words in etl_command("rejects").stdout
    words = "unknown_category  категория, которой нет в регламенте"
    assert words in etl_command("rejects", "--lang", "ru").stdout
    told = json.loads(etl_command("rejects", "--lang", "kk", "--json").stdout)
    assert told["rejects"][0]["reason"] == "регламентте жоқ санат"
    assert etl_command("rejects", "--lang", "de").exit_code == 2


def test_rejects_as_a_file_are_all_of_them_with_what_they_said(town: Path) -> None:
    # Given more than the list shows, one of them a formula
    lines = [f"x{n},=1+{n},,06.03.2013," for n in range(1, 61)]
    (town / "office.csv").write_text("\n".join(["id,who,result,came,done", *lines]), "utf-8")
    etl_command("run", "--max-rejected", "1")
    # When
    result = etl_command("rejects", "--csv", town / "out.csv", "--lang", "ru", "--limit", "5")
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


def test_rejects_that_leave_as_a_file_are_noted(town: Path, engine: Engine) -> None:
    etl_command("run")
    etl_command("rejects")
    etl_command("rejects", "--source", "office", "--csv", town / "out.csv")
    (entry,) = audit.entries(engine)
    about = {"file": str(town / "out.csv"), "source": "office", "rule": None, "rows": 1}
    assert (entry.what, entry.about) == ("rejects.taken", about)
    # And where they cannot be noted they do not leave
    mute(engine)
    assert etl_command("rejects", "--csv", town / "other.csv").exit_code != 0
    assert not (town / "other.csv").exists()


def test_rejects_that_nobody_has_are_a_file_with_its_heading(town: Path) -> None:
    etl_command("run")
    told = json.loads(
        etl_command("rejects", "--rule", "bad_date", "--csv", town / "o.csv", "--json").stdout
    )
    assert told == {"total": 0, "csv": str(town / "o.csv")}
    assert len((town / "o.csv").read_text("utf-8").splitlines()) == 1


def test_rejects_that_cannot_be_written_say_where(town: Path) -> None:
    etl_command("run")
    result = etl_command("rejects", "--csv", town / "none" / "out.csv")
    assert isinstance(result.exception, KezekError)
    assert f"{town / 'none' / 'out.csv'} cannot be written (No such file" in str(result.exception)


def test_rejects_name_the_next_step(town: Path) -> None:
    etl_command("run")
    assert "kezek etl replay" in etl_command("rejects").stdout

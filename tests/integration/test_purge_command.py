"""``kezek purge`` from a user's side: what it takes away, and how that is told everywhere."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from dashboard import audit
from etl import case_remarks, warehouse
from tests.support import drawing, screens
from tests.support.command import kezek
from tests.support.dump import dump
from tests.support.etl_command import etl_command, write_exports


@pytest.fixture
def town(
    tmp_path: Path, database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder of exports, loaded a hundred days ago; one of their records is in quarantine, and
    one note of then is on a case that no source tells of."""
    folder = write_exports(tmp_path, database_url, monkeypatch)
    etl_command("run")
    began = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=100)
    with engine.begin() as connection:
        connection.execute(update(warehouse.run).values(started_at=began))
    case_remarks.write(
        engine, "none", token=uuid.uuid4().hex, by="aigul", at=began, expected_on=None,
        note="a note", earliest=began.date(),
    )  # fmt: skip
    return folder


def test_without_a_word_on_how_long_nothing_is_purged(town: Path, engine: Engine) -> None:
    before = dump(engine)
    with pytest.raises(SystemExit, match="--older-than DAYS or set KEZEK_RETENTION_DAYS"):
        kezek("purge")
    assert dump(engine) == before


@pytest.mark.parametrize(("days", "emptied"), [(99, 1), (101, 0)])
def test_the_days_are_those_of_the_option_or_of_the_setting(
    town: Path,
    engine: Engine,
    *,
    days: int,
    emptied: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Given
    before = dump(engine)
    # When
    kezek("purge", "--older-than", days, "--dry-run")
    dry = capsys.readouterr().out
    monkeypatch.setenv("KEZEK_RETENTION_DAYS", str(days))
    kezek("purge", "--dry-run", "--json")
    told = json.loads(capsys.readouterr().out)
    # Then
    assert (
        f"{emptied} entries that stand in quarantine and {emptied} notes of heads would be" in dry
    )
    assert (told["dry_run"], told["days"], told["emptied"]) == (True, days, emptied)
    assert told["notes"] == emptied
    assert dump(engine) == before


def test_a_purge_is_noted_with_its_counts(
    town: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    kezek("purge", "--older-than", 99)
    said = capsys.readouterr().out
    assert "1 entries that stand in quarantine and 1 notes of heads were emptied; 0 settled" in said
    (entry,) = audit.entries(engine)
    assert (entry.what, entry.about["days"], entry.about["emptied"]) == ("purged", 99, 1)
    assert entry.about["notes"] == 1
    assert audit.verify(engine).faults == []


def test_the_warehouse_agrees_with_itself_after_a_purge(
    town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kezek("purge", "--older-than", 99)
    kezek("doctor")
    assert "BROKEN" not in capsys.readouterr().out


def test_what_was_purged_is_told_as_such_by_the_command(town: Path) -> None:
    # Given
    kezek("purge", "--older-than", 99)
    # When
    (told,) = json.loads(etl_command("rejects", "--json").stdout)["rejects"]
    shown = etl_command("rejects").stdout
    etl_command("rejects", "--csv", town / "out.csv", "--lang", "ru")
    text = (town / "out.csv").read_text("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    # Then
    assert (told["purged"], told["raw"], told["value"]) == (True, None, None)
    assert (told["rule"], told["row"], told["record_key"]) == ("unknown_category", 4, "3")
    assert "purged" in shown
    assert "astronauts" not in shown + text
    gone = "удалено по сроку хранения"
    assert (row["запись, как она пришла"], row["значение"]) == (gone, gone)


def test_a_replay_says_that_what_it_could_not_load_was_purged(town: Path) -> None:
    kezek("purge", "--older-than", 99)
    assert "Of these 1 were purged" in etl_command("replay").stdout
    assert json.loads(etl_command("replay", "--json").stdout)["purged"] == 1


@pytest.mark.parametrize(
    ("lang", "said"),
    [("kk", "мерзімі бойынша жойылды"), ("ru", "удалено по сроку"), ("en", "purged")],
)
def test_the_page_says_in_each_language_that_it_was_purged(
    town: Path, database_url: str, lang: str, said: str
) -> None:
    # Given
    kezek("purge", "--older-than", 99)
    # When
    app = screens.application(database_url)
    page = drawing.screen(app.server.test_client(), "/data", f"?lang={lang}")
    app.house.engine.dispose()
    # Then
    words = json.dumps(page, ensure_ascii=False, default=str)
    assert said in words
    assert "astronauts" not in words

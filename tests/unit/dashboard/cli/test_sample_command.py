"""``kezek sample`` from a user's side."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from dashboard.cli import sample
from etl.errors import KezekError

app = typer.Typer()
app.command("sample")(sample.sample)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_it_says_in_one_line_what_it_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    result = run(str(folder), "--applications", "50", "--seed", "3", "--as-of", "2013-12-31")
    assert result.exit_code == 0
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    records = sum(truth["rows"].values())
    assert f"50 applications as of 2013-12-31, {records} records of 12 sources" in result.stdout


def test_without_a_date_the_exports_are_of_the_day_that_stands_for_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEZEK_TODAY", "2024-03-05")
    result = run(str(tmp_path / "city"), "--applications", "5")
    assert "as of 2024-03-05" in result.stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ["--applications", "0"],
        ["--applications", "many"],
        ["--seed", "-1"],
        ["--as-of", "31.12.2013"],
    ],
)
def test_wrong_usage_exits_with_2_and_writes_nothing(tmp_path: Path, wrong: list[str]) -> None:
    assert run(str(tmp_path / "city"), *wrong).exit_code == 2
    assert not (tmp_path / "city").exists()


def test_a_folder_with_other_things_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    result = run(str(tmp_path), "--applications", "5")
    assert result.exit_code == 1
    assert isinstance(result.exception, KezekError)
    assert str(tmp_path) in str(result.exception)


def test_without_a_terminal_progress_is_ten_plain_lines_at_most() -> None:
    out = StringIO()
    with sample._shown(Console(file=out), 100) as progress:
        for done in range(1, 101):
            progress(done, 100)
    lines = out.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[-1] == "100 of 100 applications"


def test_a_terminal_gets_a_bar_with_rate_and_time_left() -> None:
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with sample._shown(console, 100) as progress:
        progress(40, 100)
    shown = out.getvalue()
    assert "40/100" in shown
    assert ":" in shown.rsplit("40/100", 1)[1]

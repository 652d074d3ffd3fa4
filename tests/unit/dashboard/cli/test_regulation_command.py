"""``kezek regulation check`` and ``show`` from a user's side."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli.regulation import app
from dashboard.settings import DEFAULT_REGULATION
from etl.errors import KezekError

RECEIPT = Path(__file__).parents[3] / "cases" / "receipt" / "regulation.toml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_check_says_in_one_line_what_a_right_file_holds() -> None:
    result = run("check", str(DEFAULT_REGULATION))
    assert result.exit_code == 0
    assert result.output == (
        f"{DEFAULT_REGULATION} is right: almaty-2013-512, channels 3, steps 43, clocks 2, "
        "categories 4, outcomes 4, reasons 5, service points 9, survey questions 2.\n"
    )


def test_check_accepts_a_town_without_a_survey() -> None:
    result = run("check", str(RECEIPT))
    assert result.exit_code == 0
    assert "steps 27" in result.output
    assert "survey questions 0" in result.output


def test_check_refuses_a_file_with_a_hole_by_its_key_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "town.toml"
    text = DEFAULT_REGULATION.read_text(encoding="utf-8")
    path.write_text(text.replace('next = ["D-P12"]', ""), encoding="utf-8")
    result = run("check", str(path))
    assert result.exit_code == 1
    assert isinstance(result.exception, KezekError)
    assert "steps.D-P11.next: leads nowhere in channel direct" in str(result.exception)


def test_check_without_a_file_is_wrong_usage() -> None:
    assert run("check").exit_code == 2


def test_show_prints_every_channel_of_the_regulation_that_comes_along() -> None:
    result = run("show", "--lang", "en")
    assert result.exit_code == 0
    assert "almaty-2013-512 · 2013-07-02 – 2014-02-06" in result.output
    for code in ("(direct)", "(psc)", "(portal)"):
        assert code in result.output


def test_show_prints_one_channel_in_the_language_asked_for() -> None:
    result = run("show", str(RECEIPT), "--channel", "e-mail", "--lang", "kk")
    assert result.exit_code == 0
    assert "Электрондық пошта (e-mail)" in result.output
    assert "Өтініштің алынғанын растау" in result.output
    assert "(Desk)" not in result.output


def test_show_follows_the_settings_for_file_and_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEZEK_REGULATION", str(RECEIPT))
    monkeypatch.setenv("KEZEK_LANGUAGE", "ru")
    result = run("show", "--channel", "Post")
    assert "receipt-permits" in result.output
    assert "Почта (Post)" in result.output


@pytest.mark.parametrize("arguments", [("--channel", "fax"), ("--lang", "de")])
def test_show_refuses_a_channel_or_language_that_there_is_not(arguments: tuple[str, str]) -> None:
    result = run("show", *arguments)
    assert result.exit_code == 2
    assert arguments[1] in result.output

"""``kezek kpi`` and ``kezek doctor``: one sentence for a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from etl import warehouse
from etl.databases import open_engine
from tests.support.kpi_command import (
    failure,
    fill,
    invoke,
    spoil,
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse with a small city of Almaty's regulation."""
    return fill(tmp_path_factory.mktemp("kpi") / "kezek.db")


@pytest.fixture
def own_url(tmp_path: Path) -> str:
    """The same city, to be spoilt."""
    return fill(tmp_path / "kezek.db")


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("99", "no run 99 has succeeded"),
        ("2013-12-30", "nothing had been loaded yet by the end of 2013-12-30"),
        ("yesterday", "neither the number of a run nor a date"),
    ],
)
def test_a_moment_of_which_nothing_is_known(url: str, moment: str, said: str) -> None:
    result = invoke("kpi", "--database", url, "--known-at", moment)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--as-of", "tomorrow"), "tomorrow"),
        (("--as-of", ""), "--as-of"),
        (("--from", "2013-13-01"), "2013-13-01"),
        (("--from", "2013-12-01", "--to", "2013-11-01"), "--from, --to"),
        (("--clock", "sundial"), "service, commission"),
        (("--channel", "pigeon"), "direct, psc, portal"),
        (("--category", "veterans,vulnerable"), "veterans, vulnerable, public_sector"),
        (("--service-point", "nowhere"), "authority"),
        (("--within", "-1"), "--within"),
        (("--by", "week"), "--by"),
    ],
)
def test_wrong_usage_is_said_and_is_exit_code_2(
    url: str, arguments: tuple[str, ...], said: str
) -> None:
    result = invoke("kpi", "--database", url, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize("command", ["kpi", "doctor"])
def test_a_warehouse_that_is_not_there_is_not_made(command: str, tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    said = failure(command, "--database", f"sqlite:///{missing}")
    assert str(missing) in said
    assert "kezek etl run" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tables", [True, False])
def test_an_empty_warehouse_asks_for_a_run(tmp_path: Path, tables: bool) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    engine = open_engine(url)
    if tables:
        warehouse.metadata.create_all(engine)
    engine.connect().close()
    engine.dispose()
    assert "kezek etl run" in failure("kpi", "--database", url)


def test_a_file_that_is_no_warehouse_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("These are only notes. " * 100, encoding="utf-8")
    assert str(file) in failure("kpi", "--database", f"sqlite:///{file}")


def test_a_warehouse_that_remembers_no_regulation_asks_for_one(own_url: str) -> None:
    spoil(own_url, delete(warehouse.regulation))
    spoil(own_url, update(warehouse.run).values(regulation_sha256=None))
    assert "--regulation" in failure("kpi", "--database", own_url)
    assert "regulation" in failure("doctor", "--database", own_url)

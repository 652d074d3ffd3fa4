"""``kezek kpi explain``: every measure in words, with and without a warehouse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from dashboard.cli.kpi import app as kpi
from dashboard.i18n import Translator, read_catalogue
from dashboard.measures import REGISTRY
from dashboard.settings import DEFAULT_REGULATION
from etl import regulation as regulations
from etl.databases import open_engine
from etl.migrate import upgrade
from etl.regulation.model import LANGUAGES, Lang
from tests.support import city as cities
from tests.support.regulations import almaty

# The keys of the definitions that the measures are held to; those not built yet are passed over.
DEFINED = {
    "received", "decided", "returned", "open", "overdue", "days_late", "at_risk", "within_limit",
    "decided_on_time", "open_within_limit", "days_p50", "days_p80", "days_p90", "days_mean",
    "days_max", "p_within", "queue", "queue_in", "queue_out", "queue_net", "queue_wait",
    "queue_clearance", "satisfied", "response_rate", "step_time", "conformance", "freshness",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No warehouse where one would be looked for, and a terminal that breaks no line."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REGULATION", "LANGUAGE"):
        monkeypatch.delenv(f"KEZEK_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "400")


def run(*arguments: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.add_typer(kpi, name="kpi")
    return CliRunner().invoke(app, ["kpi", "explain", *arguments])


def said(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def answer(*arguments: str) -> Any:
    return json.loads(said("--json", *arguments))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", REGISTRY)
def test_a_measure_is_explained_without_a_warehouse(key: str, lang: Lang) -> None:
    # Given
    t, measure = Translator(read_catalogue(lang)), REGISTRY[key]
    # When
    text = said(key, "--lang", lang)
    # Then
    denominator = [measure.denominator] if measure.denominator else []
    for wanted in (measure.name, measure.definition, *denominator, *measure.caveats):
        assert t(wanted) in text
    assert (measure.formula or "") in text
    assert all(other in text for other in (key, *measure.see))
    assert not list(Path.cwd().iterdir())


def test_every_defined_measure_can_be_asked_for() -> None:
    listed = said("--lang", "en")
    assert DEFINED & set(REGISTRY) <= set(re.findall(r"\w+", listed))
    for measure in REGISTRY.values():
        assert re.search(rf"{measure.key} +{re.escape(measure.name)}", listed)


def test_it_speaks_the_language_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEZEK_LANGUAGE", "ru")
    assert "Принято" in said("received")
    assert "Received" in said("received", "--lang", "en")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("within_limit", ["share, in per cent", "what happened in the period", "more is better"]),
        ("overdue", ["number", "state at the end of the as-of date", "less is better"]),
        ("queue_clearance", ["in years", "state at the end of the as-of date", "less is better"]),
        ("received", ["number", "what happened in the period", "neither more nor less is better"]),
    ],
)
def test_unit_time_and_direction_are_said_in_words(key: str, words: list[str]) -> None:
    assert "; ".join(words) in said(key, "--lang", "en")


def test_the_item_is_the_regulation_s_of_each_time_limit() -> None:
    text = said("within_limit", "--lang", "en")
    assert almaty().id in text
    for clock in almaty().clocks:
        assert f"item {clock.item}: {clock.name['en']}" in text
    assert [i["item"] for i in answer("satisfied")["items"]] == ["16"]
    assert answer("queue")["items"] == []


def test_the_regulation_is_the_one_that_the_warehouse_was_loaded_under(tmp_path: Path) -> None:
    # Given
    url = f"sqlite:///{tmp_path / 'town.db'}"
    law = regulations.parse(almaty().toml.replace('item = "16"', 'item = "21"'), name="other")
    engine = open_engine(url)
    upgrade(engine)
    cities.fill(engine, cities.random_city(law, seed=4, cases=10))
    engine.dispose()
    # When / Then
    assert [i["item"] for i in answer("satisfied", "--database", url)["items"]] == ["21"]
    named = answer("satisfied", "--database", url, "--regulation", str(DEFAULT_REGULATION))
    assert [i["item"] for i in named["items"]] == ["16"]


def test_a_warehouse_that_cannot_be_read_is_told_and_hinders_nothing(tmp_path: Path) -> None:
    # Given
    spoilt = tmp_path / "spoilt.db"
    spoilt.write_bytes(b"no database " * 100)
    # When
    result = run("within_limit", "--lang", "en", "--database", f"sqlite:///{spoilt}")
    # Then
    assert result.exit_code == 0
    assert "spoilt.db" in result.stderr
    assert "The items below are those of" in result.stderr
    assert REGISTRY["within_limit"].definition in result.stdout


def test_json_has_all_that_is_said() -> None:
    found = answer("decided_on_time", "--lang", "en")
    measure = REGISTRY["decided_on_time"]
    assert found == {
        "key": "decided_on_time",
        "name": measure.name,
        "group": "Time limits",
        "definition": measure.definition,
        "formula": measure.formula,
        "denominator": "Applications decided in the period.",
        "unit": "share",
        "stock": False,
        "good": "up",
        "regulation": almaty().id,
        "items": [{"item": c.item, "of": c.code, "name": c.name["en"]} for c in almaty().clocks],
        "caveats": list(measure.caveats),
        "see_also": ["within_limit", "decided"],
    }
    assert [m["key"] for m in answer()] == list(REGISTRY)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("within_limt", "within_limit"), ("Overdue", "overdue"), ("days-p90", "days_p90")],
)
def test_an_unknown_key_suggests_those_that_are_like_it(asked: str, meant: str) -> None:
    result = run(asked)
    assert result.exit_code == 2
    assert f"no measure {asked}; did you mean {meant}" in result.output
    assert "kezek kpi explain" in result.output


def test_a_key_that_is_like_no_other_suggests_none() -> None:
    result = run("xyzzy")
    assert result.exit_code == 2
    assert "no measure xyzzy; `kezek kpi explain` lists all" in result.output


def test_options_that_mean_nothing_together_are_refused() -> None:
    for other in ("received", "--json"):
        result = run("--markdown", other)
        assert result.exit_code == 2
        assert "leave KEY and --json out" in result.output


def test_the_page_is_printed_as_it_is_kept() -> None:
    kept = Path(__file__).resolve().parents[4] / "docs" / "measures.md"
    assert said("--markdown", "--lang", "en") == kept.read_text(encoding="utf-8")

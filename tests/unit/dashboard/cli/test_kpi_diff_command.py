"""``kezek kpi diff``: what it says, in which language, and what it says to a mistake."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from sqlalchemy import update
from typer.testing import CliRunner

from dashboard.cli import kpi
from dashboard.i18n import Translator, read_catalogue
from dashboard.measures import KINDS
from etl import warehouse
from etl.databases import open_engine
from etl.migrate import upgrade
from etl.regulation.model import LANGUAGES
from tests.support import city as cities
from tests.support import histories
from tests.support.regulations import almaty

YEAR = ("--from", "2013-01-01", "--to", "2013-12-31")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small city of Almaty's regulation, loaded thrice: on the last of December and after."""
    url = f"sqlite:///{tmp_path_factory.mktemp('diff') / 'kezek.db'}"
    fill(url)
    return url


def fill(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    city = cities.random_city(almaty(), seed=4)
    histories.write(engine, histories.random_history(city, seed=5, versions=3))
    engine.dispose()


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def _nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    # Else the earlier side is not told where few answers came in between.
    monkeypatch.setenv("KEZEK_MIN_ANSWERS", "1")


def run(*arguments: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.add_typer(kpi.app, name="kpi")
    return CliRunner().invoke(app, ("kpi", *arguments))


def answer(url: str, *arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--database", url, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    if "measures" in found:
        found["measures"]["freshness"] = None  # of one moment, so never compared
    return found


def lines(url: str, *arguments: str) -> list[str]:
    result = run("diff", "--database", url, "--known-at", "1", *YEAR, *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def said(result: Result) -> str:
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.usefixtures("_nothing_hidden")
def test_both_sides_are_what_kpi_prints_of_that_moment(url: str) -> None:
    found = answer(url, "diff", "--known-at", "1", *YEAR)
    assert found["before"] == answer(url, "--known-at", "1", *YEAR)["measures"]
    assert found["after"] == answer(url, "--as-of", "2013-12-31", *YEAR)["measures"]
    assert found["as_of"] == "2013-12-31"
    assert (found["known_at"], found["and_at"]) == (
        {"version": 1, "run_id": 1},
        {"version": 3, "run_id": 3},
    )


def test_every_count_adds_up_in_the_answer(url: str) -> None:
    found = answer(url, "diff", "--known-at", "1", "--and-at", "2", *YEAR)
    assert found["and_at"]["run_id"] == 2
    for key in ("received", "open", "queue_net"):
        movement = found["counts"][key]["total"]
        assert (movement["before"], movement["after"]) == (
            found["before"][key],
            found["after"][key],
        )
        assert movement["before"] + sum(movement["parts"].values()) == movement["after"]
        assert found["difference"][key] == movement["after"] - movement["before"]
        assert set(movement["parts"]) <= set(KINDS)
    assert "days_p50" not in found["counts"]
    assert "listed" not in found


def test_days_are_moments_as_well_as_runs(url: str) -> None:
    by_run = answer(url, "diff", "--known-at", "1", "--and-at", "2")
    by_day = answer(url, "diff", "--known-at", "2013-12-31", "--and-at", "2014-01-01")
    assert by_day == by_run


def test_the_filter_reaches_both_sides(url: str) -> None:
    chosen = ("--category", "vulnerable", "--clock", "commission", "--as-of", "2013-10-31")
    found = answer(url, "diff", "--known-at", "1", "--within", "12", *chosen)
    assert found["filter"]["category"] == ["vulnerable"]
    assert found["before"] == answer(url, "--known-at", "1", "--within", "12", *chosen)["measures"]
    assert found["after"] == answer(url, "--within", "12", *chosen)["measures"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_gets_tables_in_the_language(url: str, lang: Any) -> None:
    t = Translator(read_catalogue(lang))
    told = "\n".join(lines(url, "--lang", lang, "--cases", "1"))
    for message in ("Measure", "before", "after", "change", "How many changed, by kind"):
        assert t(message) in told
    for message in ("Received", "finished in the meantime", "no longer known", "Due on"):
        assert t(message) in told
    assert t("as known after load {number}", number=1) in told
    assert t("as known now") in told
    assert almaty().city[lang] in told


def test_a_count_is_followed_by_its_parts_with_their_signs(url: str) -> None:
    movement = answer(url, "diff", "--known-at", "1", *YEAR)["counts"]["received"]["total"]
    told = lines(url, "--lang", "en")
    at = next(i for i, line in enumerate(told) if line.split()[:1] == ["Received"])
    t = Translator(read_catalogue("en"))
    moved = movement["after"] - movement["before"]
    assert told[at].split()[1:] == [
        t.number(movement["before"]),
        t.number(movement["after"]),
        t.signed(moved),
    ]
    parts = [line.split()[-1] for line in told[at + 1 : at + 1 + len(movement["parts"])]]
    assert parts == [t.signed(movement["parts"][k]) for k in KINDS if k in movement["parts"]]
    assert parts


def test_cases_are_listed_only_when_asked_and_no_more_than_asked(url: str) -> None:
    found = answer(url, "diff", "--known-at", "1", "--cases", "2")
    assert set(found["listed"]) == {"cases", "queue"}  # an answer by itself is never told
    for kinds in found["listed"].values():
        assert all(0 < len(rows) <= 2 for rows in kinds.values())
    first = found["listed"]["cases"]["finished"][0]
    assert set(first) == {"id", "before", "after"}
    assert first["before"]["stopped_on"] is None
    assert date.fromisoformat(first["after"]["stopped_on"])
    told = lines(url, "--lang", "en", "--cases", "2")
    row = next(line for line in told if first["id"] in line)
    assert "Finished on: –" in row


def test_the_split_of_too_few_answers_is_not_shown(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEZEK_MIN_ANSWERS", "1000")
    assert set(answer(url, "diff", "--known-at", "1")["counts"]["satisfied"].values()) == {None}
    assert any("too few answers" in line for line in lines(url, "--lang", "en"))


def test_nothing_changed_between_a_moment_and_itself(url: str) -> None:
    found = answer(url, "diff", "--known-at", "2", "--and-at", "2")
    assert found["before"] == found["after"]
    assert found["changed"] == {"cases": {}, "queue": {}, "survey": {}}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "--known-at"),
        (("--known-at", "99"), "no run 99 has succeeded"),
        (("--known-at", "2013-12-30"), "nothing had been loaded yet by the end of 2013-12-30"),
        (("--known-at", "once"), "neither the number of a run nor a date"),
        (("--known-at", "1", "--and-at", "99"), "--and-at: no run 99 has succeeded"),
        (("--known-at", "2", "--and-at", "1"), "give the earlier of the two to --known-at"),
        (("--known-at", "1", "--category", "dwarves"), "no category dwarves"),
        (("--known-at", "1", "--as-of", "today"), "'today' is no date"),
        (("--known-at", "1", "--cases", "-1"), "--cases"),
    ],
)
def test_wrong_usage_is_said_and_is_exit_code_2(
    url: str, arguments: tuple[str, ...], expected: str
) -> None:
    result = run("diff", "--database", url, *arguments)
    assert result.exit_code == 2
    assert expected in said(result)


def test_an_option_before_diff_is_not_passed_over(url: str) -> None:
    result = run("--as-of", "2013-12-31", "diff", "--database", url, "--known-at", "1")
    assert result.exit_code == 2
    assert "write kezek kpi diff --as-of" in said(result)


# --- two days -------------------------------------------------------------------------------------

DAYS = ("--from-as-of", "2013-11-20", "--to-as-of", "2013-12-20")


def adds_up(found: dict[str, Any]) -> bool:
    return all(
        m["before"] + sum(m["parts"].values()) == m["after"]
        for named in found["counts"].values()
        for m in named.values()
        if m is not None
    )


@pytest.mark.usefixtures("_nothing_hidden")
def test_two_days_are_each_what_kpi_prints_of_them(url: str) -> None:
    found = answer(url, "diff", *DAYS)
    november, december = (answer(url, "--as-of", day) for day in DAYS[1::2])
    assert (found["before"], found["after"]) == (november["measures"], december["measures"])
    for side, told in (("from_as_of", november), ("to_as_of", december)):
        assert found[side] == {key: told[key] for key in ("as_of", "from", "to")}
    assert "known_at" not in found
    assert adds_up(found)
    assert set(found["counts"]["open"]["total"]["parts"]) <= {"received", "decided", "left"}
    assert set(found["counts"]["received"]["total"]["parts"]) <= {"period"}


@pytest.mark.usefixtures("_nothing_hidden")
def test_a_period_that_is_given_is_that_of_both_days(url: str) -> None:
    found = answer(url, "diff", *DAYS, *YEAR)
    for side, day in (("before", DAYS[1]), ("after", DAYS[3])):
        assert found[side] == answer(url, "--as-of", day, *YEAR)["measures"]
    assert found["from_as_of"]["from"] == found["to_as_of"]["from"] == "2013-01-01"
    assert set(found["counts"]["received"]["total"]["parts"]) == {"received"}


@pytest.mark.usefixtures("_nothing_hidden")
def test_each_day_may_be_taken_as_it_was_known(url: str) -> None:
    found = answer(url, "diff", *DAYS, "--known-at", "1", "--and-at", "2", *YEAR)
    for side, day, known in (("before", DAYS[1], "1"), ("after", DAYS[3], "2")):
        told = answer(url, "--as-of", day, "--known-at", known, *YEAR)
        assert found[side] == told["measures"]
    assert (found["known_at"]["run_id"], found["and_at"]["run_id"]) == (1, 2)
    assert adds_up(found)
    parts = {kind for m in found["counts"]["open"].values() for kind in m["parts"]}
    assert {"received", "decided", "corrected"} <= parts
    assert "arrived" not in parts
    assert found["changed"]["cases"]["corrected"] > 0


def test_the_later_day_is_that_of_what_is_known_unless_it_is_given(url: str) -> None:
    # The newest exports pin their own day, two after the first load's.
    found = answer(url, "diff", "--from-as-of", "2013-12-01")
    assert found["to_as_of"]["as_of"] == "2014-01-02"
    found = answer(url, "diff", "--from-as-of", "2013-12-01", "--known-at", "1", "--and-at", "2")
    assert found["to_as_of"]["as_of"] == "2014-01-01"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_days_are_told_in_the_language(url: str, lang: Any) -> None:
    t = Translator(read_catalogue(lang))
    result = run("diff", "--database", url, *DAYS, "--lang", lang, "--known-at", "1", *YEAR)
    assert result.exit_code == 0, result.output
    told = " ".join(result.stdout.split())
    for day in ("2013-11-20", "2013-12-20"):
        assert t("as of {date}", date=t.date(date.fromisoformat(day))) in told
    for message in ("received", "decided", "finished without a decision", "due date passed"):
        assert t(message) in told
    for message in ("corrected or reported late", "joined the queue", "as known now"):
        assert t(message) in told


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((*DAYS, "--as-of", "2013-12-01"), "give the later one as --to-as-of DATE"),
        (("--to-as-of", "2013-12-01"), "needs the earlier day beside it"),
        (("--to-as-of", "2013-12-01", "--known-at", "1"), "needs the earlier day beside it"),
        (
            ("--from-as-of", DAYS[3], "--to-as-of", DAYS[1]),
            "the later day (2013-11-20) lies before",
        ),
        ((*DAYS, "--and-at", "2"), "needs --known-at RUN|DATE beside it"),
        ((*DAYS, "--known-at", "2", "--and-at", "1"), "give the earlier of the two to --known-at"),
        ((*DAYS, "--cases", "3"), "lists what became known otherwise of one day"),
        (("--from-as-of", "once"), "--from-as-of: 'once' is no date"),
        (("--from-as-of", "2013-12-01", "--to-as-of", "31.12.2013"), "--to-as-of: '31.12.2013'"),
        (("--from-as-of", " "), "--from-as-of: ' ' is no date"),
        ((*DAYS, "--from", "2013-12-01", "--to", "2013-11-01"), "ends (2013-11-01) before"),
        ((*DAYS, "--clock", "sundial"), "no clock sundial"),
    ],
)
def test_two_days_asked_for_wrongly_are_exit_code_2(
    url: str, arguments: tuple[str, ...], expected: str
) -> None:
    result = run("diff", "--database", url, *arguments)
    assert result.exit_code == 2
    assert expected in said(result)


@pytest.mark.usefixtures("_nothing_hidden")
def test_each_side_is_counted_by_the_regulation_of_its_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kezek.db'}"
    fill(url)
    toml = almaty().toml.replace('kind = "returned"', 'kind = "decided"')
    assert toml != almaty().toml
    engine = open_engine(url)
    with engine.begin() as connection:
        held = {"sha256": "1" * 64, "regulation_id": "other", "toml": toml, "run_id": 3}
        connection.execute(warehouse.regulation.insert().values(held))
        last = warehouse.run.c.run_id == 3
        connection.execute(
            update(warehouse.run).where(last).values(regulation_sha256=held["sha256"])
        )
    engine.dispose()
    found = answer(url, "diff", "--known-at", "1", *YEAR)
    assert found["before"] == answer(url, "--known-at", "1", *YEAR)["measures"]
    assert (
        found["after"] == answer(url, "--known-at", "3", "--as-of", "2013-12-31", *YEAR)["measures"]
    )
    returned = found["counts"]["returned"]["total"]
    assert returned["parts"] == {"rules": -returned["before"]}
    assert found["counts"]["decided"]["total"]["parts"]["rules"] == returned["before"]

"""``kezek kpi`` and ``kezek doctor``: the numbers of the screens, one sentence for a mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from sqlalchemy import delete, insert, update
from typer.testing import CliRunner

from dashboard import measures
from dashboard.cli.doctor import doctor
from dashboard.cli.kpi import app as kpi
from dashboard.cli.kpi_asked import clock_time
from dashboard.filters import Filter
from dashboard.i18n import Translator, read_catalogue
from etl import marts, warehouse
from etl.errors import KezekError
from etl.migrate import upgrade
from etl.regulation.model import LANGUAGES
from etl.warehouse import open_engine
from tests.support import city as cities
from tests.support.regulations import almaty

NOVEMBER = Filter(
    as_of=date(2013, 12, 31),
    period_from=date(2013, 11, 1),
    period_to=date(2013, 11, 30),
    clock="service",
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse with a small city of Almaty's regulation."""
    url = f"sqlite:///{tmp_path_factory.mktemp('kpi') / 'kezek.db'}"
    fill(url)
    return url


@pytest.fixture
def own_url(tmp_path: Path) -> str:
    """The same city, to be spoilt."""
    url = f"sqlite:///{tmp_path / 'kezek.db'}"
    fill(url)
    return url


def fill(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    cities.fill(engine, cities.random_city(almaty(), seed=4))
    engine.dispose()


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.add_typer(kpi, name="kpi")
    app.command("doctor")(doctor)
    return CliRunner().invoke(app, arguments)


def answer(url: str, *arguments: str) -> dict[str, Any]:
    result = run("kpi", "--database", url, "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def timeless(found: dict[str, Any]) -> dict[str, Any]:
    """The measures without the one that the clock moves."""
    assert found["measures"]["freshness"]
    return {**found["measures"], "freshness": None}


def expected(url: str, f: Filter, **options: Any) -> Iterator[Any]:
    engine = open_engine(url)
    yield measures.compute(engine, almaty(), f, **options)
    engine.dispose()


def test_without_options_it_is_the_exports_own_date_and_the_month_before(url: str) -> None:
    found = answer(url)
    assert list(found) == ["as_of", "from", "to", "clock", "filter", "measures"]
    assert (found["as_of"], found["from"], found["to"]) == (
        "2013-12-31",
        "2013-11-01",
        "2013-11-30",
    )
    assert found["clock"] == "service"
    assert found["filter"] == {"channel": [], "category": [], "service_point": []}
    assert [timeless(found)] == list(expected(url, NOVEMBER))


def test_every_option_reaches_the_measures(url: str) -> None:
    found = answer(
        url,
        *("--as-of", "2013-10-31", "--from", "2013-06-01", "--to", "2013-09-15"),
        *("--clock", "commission", "--channel", "psc", "--channel", "direct"),
        *("--category", "vulnerable", "--service-point", "medeu", "--within", "12"),
    )
    chosen = Filter(
        as_of=date(2013, 10, 31),
        period_from=date(2013, 6, 1),
        period_to=date(2013, 9, 15),
        clock="commission",
        channels=("direct", "psc"),
        categories=("vulnerable",),
        service_points=("medeu",),
    )
    assert found["filter"] == {
        "channel": ["direct", "psc"],
        "category": ["vulnerable"],
        "service_point": ["medeu"],
    }
    assert [timeless(found)] == list(expected(url, chosen, within=12))
    assert found["measures"]["queue"] is None
    assert found["measures"]["satisfied"] is None


@pytest.mark.parametrize("by", ["channel", "category", "service_point"])
def test_the_rows_are_the_parts(url: str, by: Any) -> None:
    found = answer(url, "--by", by)
    field = {"channel": "channels", "category": "categories", "service_point": "service_points"}[by]
    assert [row[by] for row in found["rows"]] == list(almaty().codes(field))
    assert sum(row["received"] for row in found["rows"]) == found["measures"]["received"]


def test_the_rows_by_month_are_the_months_of_the_period(url: str) -> None:
    found = answer(url, "--by", "month", "--from", "2013-09-10", "--to", "2013-11-05")
    assert [row["month"] for row in found["rows"]] == ["2013-09", "2013-10", "2013-11"]
    assert sum(row["received"] for row in found["rows"]) == found["measures"]["received"]


def test_settings_reach_the_measures(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEZEK_DATABASE_URL", url)
    monkeypatch.setenv("KEZEK_AT_RISK_DAYS", "20")
    monkeypatch.setenv("KEZEK_MIN_ANSWERS", "1000")
    result = run("kpi", "--json")
    found = timeless(json.loads(result.stdout))
    assert [found] == list(expected(url, NOVEMBER, at_risk_days=20, min_answers=1000))
    assert found["satisfied"]["q1"]["n"] is None


def test_a_source_is_as_old_as_at_the_end_of_a_day_that_is_past(url: str) -> None:
    # The day ended at 18:00 UTC; the city was loaded at noon, its newest event was at nine.
    found = answer(url, "--by", "category")
    midnight = datetime(2014, 1, 1, tzinfo=almaty().zone).astimezone(UTC).replace(tzinfo=None)
    noon = datetime.fromisoformat("2013-12-31T12:00")
    since_event = (midnight - (noon - timedelta(hours=3))).total_seconds() / 3600
    since_run = (midnight - (noon + timedelta(seconds=5))).total_seconds() / 3600
    ages = found["measures"]["freshness"]["office"]
    assert ages["newest_event_hours"] == pytest.approx(since_event)
    assert ages["run_hours"] == pytest.approx(since_run)
    assert {row["freshness"] for row in found["rows"]} == {None}


def test_what_was_loaded_after_the_day_has_no_age_on_it(url: str) -> None:
    ages = answer(url, "--as-of", "2013-12-30")["measures"]["freshness"]
    assert ages == {"office": {"newest_event_hours": None, "run_hours": None}}


@pytest.mark.parametrize("hour", [0, 11, 23])
def test_a_day_that_is_not_past_is_looked_at_now(hour: int) -> None:
    zone = almaty().zone
    now = datetime(2013, 12, 31, hour, 30, tzinfo=zone)
    naive = now.astimezone(UTC).replace(tzinfo=None)
    assert clock_time(date(2013, 12, 31), zone, now) == naive
    assert clock_time(date(2014, 1, 5), zone, now) == naive
    start_of_day = datetime(2013, 12, 31, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    assert clock_time(date(2013, 12, 30), zone, now) == start_of_day


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_is_told_the_ages_and_the_surveys(url: str, lang: Any) -> None:
    t = Translator(read_catalogue(lang))
    told = run("kpi", "--database", url, "--lang", lang).stdout
    found = answer(url)["measures"]
    age = found["freshness"]["office"]["newest_event_hours"]
    assert t("{number} h", number=t.number(age, 1)) in told
    rate = found["response_rate"]
    line = next(x for x in told.splitlines() if t("Surveys per finished application") in x)
    assert f"{t.number(rate['value'], 2)} ({rate['responses']} : {rate['stopped']})" in line
    later = run("kpi", "--database", url, "--lang", lang, "--as-of", "2014-02-28").stdout
    assert t("Age of the data") in later
    assert t("{number} h", number=t.number(age, 1)) not in later


def test_another_regulation_s_file_overrides(url: str, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text(almaty().toml.replace("limit = 30", "limit = 45"), encoding="utf-8")
    assert answer(url, "--regulation", str(file))["measures"]["p_within"]["t"] == 45


def test_what_was_known_is_asked_by_run_or_by_day(url: str) -> None:
    now = answer(url)
    for moment in ("1", "2013-12-31"):
        then = answer(url, "--known-at", moment)
        assert then.pop("known_at") == 1
        assert then == now


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("99", "no run 99 has succeeded"),
        ("2013-12-30", "nothing had been loaded yet by the end of 2013-12-30"),
        ("yesterday", "neither the number of a run nor a date"),
    ],
)
def test_a_moment_of_which_nothing_is_known(url: str, moment: str, said: str) -> None:
    result = run("kpi", "--database", url, "--known-at", moment)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reader_gets_tables_with_names_in_the_language(url: str, lang: Any) -> None:
    result = run("kpi", "--database", url, "--lang", lang, "--by", "category")
    assert result.exit_code == 0, result.output
    regulation = almaty()
    assert regulation.city[lang] in result.stdout
    assert regulation.categories[1].short[lang] in result.stdout
    received = answer(url)["measures"]["received"]
    assert str(received) in result.stdout


def test_nothing_is_shown_as_a_dash_and_too_few_answers_in_words(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run("kpi", "--database", url, "--lang", "en", "--as-of", "1995-01-31")
    line = next(x for x in result.stdout.splitlines() if "Decided within the legal limit" in x)
    assert line.split()[-1] == "–"
    monkeypatch.setenv("KEZEK_MIN_ANSWERS", "1000")
    few = run("kpi", "--database", url, "--lang", "en")
    assert "too few answers" in few.stdout


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
    result = run("kpi", "--database", url, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def failure(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, KezekError)
    return str(result.exception)


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


# --- the doctor ---------------------------------------------------------------


def spoil(url: str, *statements: Any) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
        cities.new_version(connection)
    engine.dispose()


def broken(url: str) -> list[str]:
    result = run("doctor", "--database", url)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    return [line.removeprefix("BROKEN").strip() for line in lines if line.startswith("BROKEN")]


def test_a_sound_warehouse_is_found_sound_and_left_alone(own_url: str) -> None:
    engine = open_engine(own_url)
    before = engine.connect().execute(warehouse.mart_cases.select()).all()
    result = run("doctor", "--database", own_url)
    assert result.exit_code == 0, result.output
    assert "BROKEN" not in result.stdout
    assert len(result.stdout.splitlines()) == 6 + 4 * len(almaty().clocks)
    assert engine.connect().execute(warehouse.mart_cases.select()).all() == before
    engine.dispose()


def test_a_mart_that_fell_behind_is_named(own_url: str) -> None:
    spoil(own_url, update(warehouse.queue_entries).values(category="veterans"))
    assert broken(own_url) == ["mart_queue is what its rows add up to"]


def test_a_doubled_row_of_a_mart_is_named(own_url: str) -> None:
    mart = warehouse.mart_survey
    spoil(own_url, insert(mart).from_select(list(mart.columns), mart.select().limit(1)))
    assert broken(own_url) == ["mart_survey is what its rows add up to"]


def test_a_case_that_stops_before_it_starts_is_named(own_url: str) -> None:
    clocks = warehouse.case_clocks
    case = open_case(own_url)
    row = (clocks.c.case_id == case) & (clocks.c.clock == "service")
    spoil(own_url, update(clocks).where(row).values(stopped_on=date(2010, 1, 1)))
    rebuild(own_url)
    assert broken(own_url) == ["in progress, clock service: today = yesterday + received - stopped"]


def test_a_category_that_the_regulation_does_not_know_is_named(own_url: str) -> None:
    spoil(own_url, update(warehouse.queue_entries).values(category="dwarves"))
    rebuild(own_url)
    assert broken(own_url) == ["queue: the sum by category and by reason is the whole"]


def test_a_channel_that_the_regulation_does_not_know_is_named(own_url: str) -> None:
    spoil(own_url, update(warehouse.case_clocks).values(channel="pigeon"))
    rebuild(own_url)
    assert broken(own_url) == [
        f"cases, clock {clock}: the sum by channel is the whole"
        for clock in almaty().codes("clocks")
    ]


def test_a_ledger_that_lost_a_record_is_named(own_url: str) -> None:
    spoil(own_url, update(warehouse.run_source).values(read=7))
    assert broken(own_url) == [
        "ledger: read = inserted + updated + unchanged + duplicate + rejected"
    ]


def rebuild(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        marts.rebuild(connection)
    engine.dispose()


def open_case(url: str) -> str:
    engine = open_engine(url)
    clocks = warehouse.case_clocks
    query = clocks.select().where(clocks.c.clock == "service", clocks.c.stopped_on.is_(None))
    with engine.connect() as connection:
        found: str = connection.execute(query).mappings().first()["case_id"]  # type: ignore[index]
    engine.dispose()
    return found


def test_the_filter_and_the_measures_agree_on_one_channel(url: str) -> None:
    found = timeless(answer(url, "--channel", "portal"))
    assert [found] == list(expected(url, replace(NOVEMBER, channels=("portal",))))

"""Up to which day one may foretell, whose data are behind, and which cases count; on both
databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from dashboard import filters, measures, queries
from dashboard.cli.forecast import make_at
from dashboard.queries import Told
from etl import warehouse
from tests.support.city import AS_OF, City, Filling, new_version, random_city
from tests.support.command import kezek
from tests.support.regulations import almaty

RULES = almaty()
NOON = datetime(2014, 1, 1, 12)
WEEK = timedelta(days=7)
_COUNTS = ("read", "inserted", "updated", "unchanged", "duplicate", "rejected")


_CITY = Filling(lambda: random_city(RULES, seed=11, cases=900))


@pytest.fixture
def filling() -> Filling:
    return _CITY


@pytest.fixture
def city(filling: object) -> City:
    """One source, ``office``, of cases, loaded as of AS_OF."""
    return _CITY.city


def load(engine: Engine, as_of: date, sources: dict[str, str | None], **more: Any) -> None:
    """A run that loaded those sources (name -> what their records are) and nothing new."""
    values: dict[str, Any] = {
        "started_at": NOON,
        "finished_at": NOON,
        "status": "succeeded",
        "as_of": as_of,
        "as_of_pinned": True,
        "regulation_sha256": RULES.sha256,
        "code_version": "test",
        **more,
    }
    with engine.begin() as connection:
        made = connection.execute(insert(warehouse.run).values(values)).inserted_primary_key
        assert made is not None
        for source, entity in sources.items():
            connection.execute(
                insert(warehouse.run_source).values(
                    run_id=made[0],
                    source=source,
                    entity=entity,
                    seconds=1.0,
                    files=[],
                    **dict.fromkeys(_COUNTS, 0),
                )
            )


def test_all_sources_of_one_load_tell_of_the_same_day(engine: Engine, city: City) -> None:
    assert queries.told(engine) == Told(newest=AS_OF, whole=AS_OF, behind=())


def test_a_warehouse_without_loads_tells_of_nothing(engine: Engine) -> None:
    assert queries.told(engine) is None


def test_an_older_load_that_came_later_takes_nothing_back(engine: Engine, city: City) -> None:
    load(engine, AS_OF - WEEK, {"office": "cases"})
    assert queries.told(engine) == Told(AS_OF, AS_OF, ())
    make_at(engine, RULES, [filters.default(regulation=RULES, as_of=AS_OF - WEEK)], now=NOON)
    assert all(one.is_backtest for one in queries.stored_forecasts(engine))


def test_a_load_of_exports_without_a_date_tells_to_the_evening_before(
    engine: Engine, city: City
) -> None:
    load(engine, AS_OF + WEEK, {"office": "cases"}, as_of_pinned=False)
    day = AS_OF + WEEK - timedelta(days=1)
    assert queries.told(engine) == Told(day, day, ())


def test_a_failed_load_tells_of_nothing(engine: Engine, city: City) -> None:
    load(engine, AS_OF + WEEK, {"office": "cases"}, status="failed")
    assert queries.told(engine) == Told(AS_OF, AS_OF, ())


@pytest.mark.parametrize("entity", ["events", None])
def test_the_source_of_cases_that_is_behind_holds_all_back(
    engine: Engine, city: City, entity: str | None
) -> None:
    load(engine, AS_OF + WEEK, {"journal": entity})
    assert queries.told(engine) == Told(AS_OF + WEEK, AS_OF, ("office",))


@pytest.mark.parametrize("entity", ["queue", "surveys"])
def test_a_register_or_survey_that_is_behind_holds_nothing_back(
    engine: Engine, city: City, entity: str
) -> None:
    load(engine, AS_OF - WEEK, {"other": entity})
    load(engine, AS_OF + WEEK, {"office": "cases"})
    assert queries.told(engine) == Told(AS_OF + WEEK, AS_OF + WEEK, ())


def test_a_source_whose_cases_another_took_over_holds_nothing_back(
    engine: Engine, city: City
) -> None:
    load(engine, AS_OF + WEEK, {"new office": "cases"})
    assert queries.told(engine) == Told(AS_OF + WEEK, AS_OF, ("office",))
    with engine.begin() as connection:
        connection.execute(update(warehouse.cases).values(source="new office"))
        new_version(connection)
    assert queries.told(engine) == Told(AS_OF + WEEK, AS_OF + WEEK, ())


def test_what_a_source_behind_does_not_tell_of_is_neither_foretold_nor_scored(
    engine: Engine, city: City, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    load(engine, AS_OF + WEEK, {"journal": "events"})
    for part in ("make", "score"):
        with pytest.raises(SystemExit):
            kezek("forecast", part, "--as-of", AS_OF + WEEK, "--database", database_url)
        said = " ".join(capsys.readouterr().err.split())
        assert "the data ends on 2013-12-31 (behind: office)" in said
    kezek("forecast", "make", "--database", database_url)
    assert "Forecasts as of 2013-12-31" in capsys.readouterr().out


def test_cases_of_a_channel_that_the_regulation_dropped_are_in_the_whole(
    engine: Engine, city: City
) -> None:
    fewer = replace(RULES, channels=RULES.channels[1:])
    asked = filters.default(regulation=fewer, as_of=AS_OF)
    whole, parts = measures.outlook(engine, fewer, asked)
    card = measures.compute(engine, fewer, asked, keys=("open",))["open"]
    assert whole.forecast is not None
    assert whole.forecast.open == card
    known = [part.forecast.open for part in parts.values() if part.forecast]
    assert sum(known) < card
    past = replace(asked, as_of=AS_OF - 4 * WEEK)
    everything = measures.passed(engine, RULES, past, horizon=14)
    assert measures.passed(engine, fewer, past, horizon=14) == everything > 0

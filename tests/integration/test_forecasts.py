"""Forecasts in the warehouse: made once, scored once, never changed; on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from dashboard import filters, measures, queries
from dashboard.cli.forecast import make_at, score_by, try_the_past
from dashboard.kpi import forecast_score
from dashboard.queries import StoredForecast
from etl import forecasts, marts, warehouse
from tests.support.city import AS_OF, CaseRow, City, Filling, fill, new_version, random_city
from tests.support.command import kezek
from tests.support.dump import dump
from tests.support.regulations import almaty

RULES = almaty()
PAST = AS_OF - timedelta(days=28)
NOON = datetime(2014, 1, 1, 12)
Say = Callable[..., dict[str, Any]]


_CITY = Filling(lambda: random_city(RULES, seed=11, cases=1500))


@pytest.fixture
def filling() -> Filling:
    return _CITY


@pytest.fixture
def city(filling: object) -> City:
    return _CITY.city


@pytest.fixture
def say(city: City, database_url: str, capsys: pytest.CaptureFixture[str]) -> Say:
    """``say("make", …)``: what ``kezek forecast`` answers, as JSON."""

    def answer(*arguments: object) -> dict[str, Any]:
        kezek("forecast", *arguments, "--database", database_url, "--json")
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return answer


@pytest.fixture
def words(city: City, database_url: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def answer(*arguments: object) -> str:
        kezek("forecast", *arguments, "--database", database_url)
        return capsys.readouterr().out

    return answer


def came(city: City, day: date, *, clock: str, channel: str | None, horizon: int = 14) -> int:
    """The cases open at the end of ``day`` that were late within the horizon, one by one."""
    kinds = {o.code: o.kind for o in RULES.outcomes}

    def late(c: CaseRow) -> bool:
        open_then = c.received_on <= day and (c.stopped_on is None or c.stopped_on > day)
        soon = day <= c.due_on <= day + timedelta(days=horizon - 1)
        return open_then and soon and (c.stopped_on is None or c.stopped_on > c.due_on)

    return sum(
        late(c)
        for c in city.cases
        if c.clock == clock
        and channel in (None, c.channel)
        and (c.outcome is None or kinds[c.outcome] != "rejected")
    )


def make(engine: Engine, day: date, *, horizon: int = 14, now: datetime = NOON) -> int:
    chosen = filters.default(regulation=RULES, as_of=day)
    return make_at(engine, RULES, [chosen], horizon=horizon, now=now)


def correct(engine: Engine) -> None:
    """Half of the cases turn out to have stopped on another day."""
    clocks = warehouse.case_clocks
    with engine.begin() as connection:
        connection.execute(
            update(clocks).where(clocks.c.case_id < "case-00750").values(stopped_on=None)
        )
        connection.execute(delete(warehouse.mart_cases))
        marts.rebuild(connection)
        new_version(connection)


def test_a_forecast_tells_what_was_open_and_came_before(say: Say, city: City) -> None:
    made = say("make", "--as-of", PAST)
    assert made["new"] == 1 + len(RULES.channels)
    for one in made["forecasts"]:
        channel = one["channel"]
        earlier = PAST - timedelta(days=14)
        assert one["naive"] == came(city, earlier, clock="service", channel=channel)
        assert 0 <= one["low"] <= one["expected"] <= one["high"] <= one["due"] <= one["open"]
        assert one["backtest"]
        assert one["realised"] is None
    parts = sum(one["expected"] for one in made["forecasts"][1:])
    assert made["forecasts"][0]["expected"] == pytest.approx(parts, rel=1e-9)


@pytest.mark.parametrize("clock", RULES.codes("clocks"))
@pytest.mark.parametrize("horizon", [5, 14])
def test_a_score_is_what_came_case_by_case(say: Say, city: City, clock: str, horizon: int) -> None:
    say("make", "--as-of", PAST, "--clock", clock, "--horizon", horizon)
    scored = say("score")
    assert scored["new"] == len(scored["forecasts"]) == 1 + len(RULES.channels)
    for one in scored["forecasts"]:
        expected = came(city, PAST, clock=clock, channel=one["channel"], horizon=horizon)
        assert one["realised"] == expected
    for told, one in zip(scored["summary"], scored["forecasts"], strict=True):
        assert told["channel"] == one["channel"]
        assert told["scored"] == 1
        assert told["mean_absolute_error"] == abs(one["expected"] - one["realised"])
        assert told["mean_absolute_error_naive"] == abs(one["naive"] - one["realised"])
        assert told["inside_interval"] == (one["low"] <= one["realised"] <= one["high"])


def test_the_day_of_the_data_is_foretold_and_waits_for_its_score(say: Say, words: Any) -> None:
    made = say("make")["forecasts"]
    assert {one["as_of"] for one in made} == {AS_OF.isoformat()}
    assert not any(one["backtest"] for one in made)
    assert say("score")["forecasts"] == []
    assert "0 scored now; 4 wait for their day." in words("score")


def test_a_forecast_is_scored_on_the_first_day_that_knows_all_of_it(say: Say) -> None:
    say("make", "--as-of", PAST)
    assert say("score", "--as-of", PAST + timedelta(days=13))["new"] == 0
    assert say("score", "--as-of", PAST + timedelta(days=14))["new"] == 4


def test_a_forecast_made_again_stays_as_it_was(engine: Engine, city: City) -> None:
    assert make(engine, PAST) == 4
    before = dump(engine)["forecast"]
    assert make(engine, PAST, now=NOON + timedelta(days=1)) == 0
    correct(engine)
    chosen = filters.default(regulation=RULES, as_of=PAST)
    whole, _ = measures.outlook(engine, RULES, chosen)
    held = queries.stored_forecasts(engine)
    assert whole.forecast is not None
    assert whole.forecast.expected != held[0].expected
    assert make(engine, PAST, now=NOON + timedelta(days=2)) == 0
    assert dump(engine)["forecast"] == before
    assert make(engine, PAST, horizon=7) == 4


def test_a_score_once_given_stays_whatever_is_corrected(engine: Engine, city: City) -> None:
    make(engine, PAST)
    assert score_by(engine, RULES, AS_OF, now=NOON) == 4
    before = dump(engine)["forecast"]
    correct(engine)
    assert score_by(engine, RULES, AS_OF, now=NOON + timedelta(days=1)) == 0
    ids = [one.forecast_id for one in queries.stored_forecasts(engine)]
    forecasts.settle(engine, dict.fromkeys(ids, 999), scored_at=NOON + timedelta(days=2))
    assert dump(engine)["forecast"] == before


def test_a_score_is_by_what_is_known_on_the_day_of_scoring(engine: Engine, city: City) -> None:
    make(engine, PAST)
    correct(engine)
    corrected = replace(
        city,
        cases=[replace(c, stopped_on=None) if c.case_id < "case-00750" else c for c in city.cases],
    )
    score_by(engine, RULES, AS_OF, now=NOON)
    whole = queries.stored_forecasts(engine)[0]
    assert whole.realised == came(corrected, PAST, clock="service", channel=None)
    assert whole.realised != came(city, PAST, clock="service", channel=None)


def test_what_the_data_do_not_tell_of_is_neither_foretold_nor_scored(
    database_url: str, city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("make", "score"):
        with pytest.raises(SystemExit):
            kezek(
                "forecast", part, "--as-of", AS_OF + timedelta(days=1), "--database", database_url
            )
        assert "the data ends on 2013-12-31" in " ".join(capsys.readouterr().err.split())


def test_a_city_with_too_few_finished_cases_gets_no_forecast(
    engine: Engine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(engine, random_city(RULES, cases=20))
    kezek("forecast", "make", "--horizon", 60, "--database", database_url)
    assert "Too few cases had ended by 2013-12-31" in capsys.readouterr().out
    assert dump(engine)["forecast"] == []
    kezek("forecast", "list", "--database", database_url)
    assert "No forecast has been made yet" in capsys.readouterr().out


def test_the_past_is_tried_fortnight_by_fortnight_and_marked(engine: Engine, city: City) -> None:
    try_the_past(engine, times=3)
    whole = [one for one in queries.stored_forecasts(engine) if one.channel == ""]
    assert [one.as_of for one in whole] == [AS_OF - timedelta(days=14 * i) for i in (3, 2, 1, 0)]
    assert [one.is_backtest for one in whole] == [True, True, True, False]
    assert [one.realised for one in whole] == [
        *(came(city, one.as_of, clock="service", channel=None) for one in whole[:3]),
        None,
    ]


# --- in words -------------------------------------------------------------------------------------


def _store(engine: Engine, *, expected: float, naive: int, realised: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(warehouse.forecast).values(
                as_of=PAST,
                clock="service",
                horizon=14,
                channel="",
                made_at=NOON,
                known_to=PAST,
                method="test",
                open=90,
                due=40,
                expected=expected,
                low=10,
                high=20,
                naive=naive,
                realised=realised,
                scored_at=NOON,
            )
        )


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (25.0, 'off by 7.0 cases on average; "same as last fortnight" by 4.0'),
        (25.0, '100% inside the interval. It does WORSE than "same as last fortnight".'),
        (17.0, 'It does better than "same as last fortnight".'),
        (22.0, 'It does no better than "same as last fortnight".'),
    ],
)
def test_the_command_says_whether_forecasting_is_worth_it(
    engine: Engine, words: Callable[..., str], expected: float, said: str
) -> None:
    _store(engine, expected=expected, naive=14, realised=18)
    assert said in words("score")


def test_the_list_shows_every_forecast_with_what_came(
    engine: Engine, words: Callable[..., str]
) -> None:
    make(engine, PAST)
    make(engine, AS_OF)
    score_by(engine, RULES, AS_OF, now=NOON)
    lines = words("list").splitlines()
    held = queries.stored_forecasts(engine)
    rows = [line.split() for line in lines if line.startswith("2013")]
    assert [row[0] for row in rows] == [one.as_of.isoformat() for one in held]
    for row, one in zip(rows, held, strict=True):
        assert row[3:8] == [
            one.channel or "all",
            f"{one.expected:.1f}",
            f"{one.low}–{one.high}",
            "–" if one.realised is None else str(one.realised),
            str(one.naive),
        ]
        assert (row[-1] == "backtest") == one.is_backtest


def test_the_score_is_that_of_a_loop_over_the_forecasts(engine: Engine, city: City) -> None:
    try_the_past(engine, times=6)
    rows = [one for one in queries.stored_forecasts(engine) if one.realised is not None]
    found = forecast_score.score(rows)
    assert found is not None
    errors, naive, inside = [], [], 0
    query = select(warehouse.forecast).where(warehouse.forecast.c.realised.is_not(None))
    with engine.connect() as connection:
        for row in connection.execute(query).mappings():
            errors.append(abs(row["expected"] - row["realised"]))
            naive.append(abs(row["naive"] - row["realised"]))
            inside += row["low"] <= row["realised"] <= row["high"]
    assert found.n == len(errors) == 24
    assert found.error == pytest.approx(sum(errors) / 24)
    assert found.naive_error == pytest.approx(sum(naive) / 24)
    assert found.inside == pytest.approx(inside / 24)
    waiting: list[StoredForecast] = [one for one in rows if one.realised is None]
    assert forecast_score.score(waiting) is None

"""How many forms came in and how old the sources are, on both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import Engine, insert

from dashboard import filters, measures, queries
from etl import warehouse
from tests.support import city as cities
from tests.support import histories, oracle
from tests.support.city import AS_OF, City
from tests.support.regulations import small_town

TOWN = small_town()
YEAR = replace(
    filters.default(regulation=TOWN, as_of=AS_OF),
    period_from=date(2013, 1, 1),
    period_to=date(2013, 12, 31),
)
NOON = datetime.fromisoformat("2013-12-31T12:00")


def forms(city: City) -> Counter[tuple[str, pd.Timestamp]]:
    """By place and day, however many questions each form answers."""
    found = {(a.response_id, a.service_point, a.answered_on) for a in city.answers}
    return Counter((place, pd.Timestamp(day)) for _, place, day in found)


def test_responses_are_counted_as_they_are_and_as_they_were_known(engine: Engine) -> None:
    city = cities.random_city(TOWN, seed=41, cases=40, entries=5, responses=60)
    history = histories.random_history(city, seed=42, versions=3)
    histories.write(engine, history)
    for version, told in [(None, history[-1]), *enumerate(history, start=1)]:
        frame = queries.response_days(engine, version=version)
        found = frame.set_index(["service_point", "answered_on"])["n"].to_dict()
        assert found == forms(told)
        for places in ((), ("hall",)):
            f = replace(YEAR, known_at=version, service_points=places)
            rate = measures.compute(engine, TOWN, f, min_answers=1)["response_rate"]
            oracle.agree(rate, oracle.measures(told, f, within=30)["response_rate"])


def test_no_responses_are_an_empty_frame_of_the_same_types(engine: Engine) -> None:
    frame = queries.response_days(engine)
    assert [str(dtype) for dtype in frame.dtypes] == ["category", "datetime64[s]", "int64"]
    assert frame.empty


def test_a_source_is_told_as_it_was_at_a_moment(engine: Engine) -> None:
    # Given a source that was loaded twice, a day after the other
    cities.fill(engine, City(TOWN))
    _load_again(engine, finished_at=NOON + timedelta(days=1), newest_event=NOON)
    event, run_at = NOON - timedelta(hours=3), NOON + timedelta(seconds=5)

    def told(hours: int, run_id: int | None = None) -> object:
        return queries.newest_by(engine, NOON + timedelta(hours=hours), run_id=run_id)

    # Then each moment knows what had been by then, and a run what it and those before it brought
    assert told(48) == [("office", NOON, NOON + timedelta(days=1))]
    assert told(48, run_id=1) == [("office", event, run_at)]
    assert told(1) == [("office", NOON, run_at)]
    assert told(-1) == [("office", event, None)]
    assert told(-4) == [("office", None, None)]
    assert measures.ages_at(engine, NOON + timedelta(hours=30)) == {
        "office": {"newest_event_hours": 30.0, "run_hours": 6.0}
    }


def _load_again(engine: Engine, *, finished_at: datetime, newest_event: datetime) -> None:
    run = {
        "run_id": 2,
        "started_at": finished_at,
        "finished_at": finished_at,
        "status": "succeeded",
        "as_of": AS_OF,
        "as_of_pinned": False,
        "code_version": "test",
    }
    counts = dict.fromkeys(("read", "inserted", "updated", "unchanged", "duplicate", "rejected"), 0)
    source = {"run_id": 2, "source": "office", "seconds": 1.0, "files": [], **counts}
    with engine.begin() as connection:
        connection.execute(insert(warehouse.run).values(run))
        connection.execute(
            insert(warehouse.run_source).values(source | {"newest_event": newest_event})
        )

"""Two days compared on both databases: what loops over the rows find is what the measures say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine

from dashboard import measures
from dashboard.filters import Filter, default
from dashboard.measures import Moment
from tests.support import city as cities
from tests.support import histories
from tests.support.city import City
from tests.support.movements import SOON
from tests.support.passages import check
from tests.support.regulations import small_town

TOWN = small_town()
OCTOBER, DECEMBER = (default(regulation=TOWN, as_of=date(2013, m, 25)) for m in (10, 12))
ASKED = [
    {},
    {"clock": TOWN.codes("clocks")[1]},
    {"channels": ("desk",)},
    {"categories": ("veterans",)},
    {"service_points": ("hall",)},
    {"period_from": date(2013, 1, 1), "period_to": date(2013, 12, 31)},
]


@pytest.fixture
def told(engine: Engine) -> list[City]:
    city = cities.random_city(TOWN, seed=31, cases=120, entries=60, responses=30)
    history = histories.random_history(city, seed=32, versions=3)
    histories.write(engine, history)
    return history


def test_what_happened_and_what_was_corrected_add_up(engine: Engine, told: list[City]) -> None:
    for asked in ASKED:
        before, after = replace(OCTOBER, **asked), replace(DECEMBER, **asked)
        compare(engine, before, after, told[-1], told[-1])
        known = replace(before, known_at=1), replace(after, known_at=2)
        compare(engine, *known, told[0], told[1])


def compare(engine: Engine, before: Filter, after: Filter, then: City, now: City) -> None:
    sides = Moment(TOWN, before), Moment(TOWN, after)
    found = measures.compare_days(engine, *sides, at_risk_days=SOON, min_answers=1)
    check(found, then, now, before, after)
    assert found.counts["open"]["total"].parts

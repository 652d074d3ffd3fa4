"""The warehouse in words: the same content gives the same bytes, whatever way it came in."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from etl import dump, warehouse
from etl.databases import open_engine
from etl.run import run
from tests.support.deliveries import case_row, delivery, event_row, message_row
from tests.support.loading import empty, load_deliveries
from tests.support.migrated import migrated
from tests.support.regulations import small_town
from tests.support.town_files import OFFICE, write_town

TOWN = small_town()
PARTS = [  # what a day brings, piece by piece
    {"site": delivery(cases=[case_row("a", channel="web", stated_at="2013-02-01 05:00")])},
    {"site": delivery(cases=[case_row("a", channel="web", stated_at="2013-02-02", executor="Ә")])},
    {"site": delivery(events=[event_row("a", "web-start", "2013-02-01 04:00")])},
    {"site": delivery(events=[event_row("a", "web-end", "2013-02-09 04:00")])},
    {"site": delivery(messages=[message_row("m1", "a", "2013-02-10", outcome="refused")])},
    {"site": delivery(messages=[message_row("m2", "a", "2013-02-11", outcome="registered")])},
    {"site": delivery(messages=[message_row("m3", "b", "2013-02-11", queue_number="7")])},
    {
        "office": delivery(
            cases=[case_row("b")], events=[event_row("b", "desk-start", "2013-02-03")]
        )
    },
    {"journal": delivery(events=[event_row("b", "desk-review", "2013-02-05")])},
]


def _words(engine: Engine) -> str:
    with engine.connect() as connection:
        return "\n".join(dump.lines(connection))


def _loaded(engine: Engine, order: list[int]) -> str:
    """What the parts come to in that order; what waited for its case is delivered once more."""
    empty(engine)
    for index in (*order, *range(len(PARTS))):
        load_deliveries(engine, TOWN, PARTS[index], full=False)
    return _words(engine)


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the parts come to in their order, on SQLite."""
    engine = open_engine(migrated(tmp_path_factory.mktemp("in-order") / "kezek.db"))
    words = _loaded(engine, [*range(len(PARTS))])
    engine.dispose()
    return words


@settings(
    max_examples=3,
    deadline=None,
    phases=(Phase.generate,),  # the order that failed says enough, and each costs seconds
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=st.permutations([*range(len(PARTS)), 3, 5, 7]))
def test_any_order_and_repetition_of_deliveries_gives_the_same_bytes(
    engine: Engine, in_order: str, order: list[int]
) -> None:
    assert _loaded(engine, order) == in_order


def test_every_change_of_content_shows(engine: Engine) -> None:
    before = _loaded(engine, [])
    with engine.begin() as connection:
        connection.execute(update(warehouse.cases).values(executor="Б"))
    after = _words(engine)
    assert len(after.splitlines()) == len(before.splitlines())
    assert after != before
    assert all(isinstance(json.loads(line), list) for line in after.splitlines())


def test_every_database_says_what_sqlite_says(engine: Engine, tmp_path: Path) -> None:
    sources = write_town(tmp_path / "town", office=[*OFFICE, OFFICE[0].replace("1,", "Ә1,", 1)])
    lite = open_engine(migrated(tmp_path / "lite.db"))
    said = []
    for one in (engine, lite):
        run(engine=one, regulation=TOWN, sources=sources, today=date(2014, 1, 1), pseudonym_key="k")
        said.append(_words(one))
    lite.dispose()
    assert said[0] == said[1]
    for table in ("cases", "events", "case_clocks", "quarantine", "mart_survey"):
        assert said[0].count(f'["{table}", ') > 1

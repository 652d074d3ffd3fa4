"""What must hold of every warehouse: silent when it does, a sentence for each way it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, Executable, delete, func, insert, select, update

from etl import connect, identities
from etl.load import Tally
from etl.warehouse import (
    case_clocks,
    mart_cases,
    mart_queue,
    mart_survey,
    queue_entries,
    survey_answers,
)
from tests.support.city import fill, random_city
from tests.support.regulations import small_town

TOWN = small_town()


def _broken(engine: Engine, *changes: Executable) -> list[str]:
    with connect.begin(engine) as connection:
        for change in changes:
            connection.execute(change)
        return identities.broken(connection, regulation=TOWN)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    fill(engine, random_city(TOWN, cases=60, entries=40, responses=10))
    return engine


def test_a_sound_warehouse_breaks_none(filled: Engine) -> None:
    assert _broken(filled) == []


def test_an_empty_warehouse_breaks_none(engine: Engine) -> None:
    assert _broken(engine) == []


@pytest.mark.parametrize(
    ("mart", "table"),
    [
        (mart_cases, case_clocks),
        (mart_queue, queue_entries),
        (mart_survey, survey_answers),
    ],
)
def test_a_mart_that_counts_more_than_there_is(filled: Engine, mart, table) -> None:
    found = _broken(filled, update(mart).values(n=mart.c.n + 1))
    assert any(told.startswith(f"{mart.name} counts ") and table.name in told for told in found)


def test_a_case_that_stopped_on_another_day_than_its_mart_says(filled: Engine) -> None:
    moved = update(mart_cases).where(mart_cases.c.stopped_on.is_not(None))
    (told,) = _broken(filled, moved.values(stopped_on=date(2013, 12, 30)))[:1]
    assert told.startswith("open cases of the clock service do not follow")


def test_a_case_that_stopped_before_it_started(filled: Engine) -> None:
    before = {"stopped_on": date(1999, 1, 1)}
    found = _broken(
        filled,
        update(case_clocks).where(case_clocks.c.clock == "service").values(before),
        update(mart_cases).where(mart_cases.c.clock == "service").values(before),
    )
    assert found == [
        "open cases of the clock service do not follow from what came and went, first on 1999-01-01"
    ]


def test_somebody_who_left_the_queue_on_a_day_that_no_mart_knows(filled: Engine) -> None:
    gone = update(queue_entries).where(queue_entries.c.removed_on.is_(None))
    (told,) = _broken(filled, gone.values(removed_on=date(2013, 12, 31)))
    assert told.startswith("the queue do not follow")


def test_a_category_that_the_regulation_does_not_know(filled: Engine) -> None:
    stranger = {"category": "astronauts", "registered_on": date(2013, 1, 1), "n": 0}
    (told,) = _broken(filled, insert(mart_queue).values(stranger))
    assert "astronauts" in told


def test_a_lost_mart(filled: Engine) -> None:
    assert len(_broken(filled, delete(mart_survey))) == 1


@pytest.mark.parametrize(
    "tally",
    [
        Tally(read=3, inserted=1, unchanged=1),
        Tally(read=3, inserted=4, unchanged=-1),
    ],
)
def test_records_that_do_not_add_up(engine: Engine, tally: Tally) -> None:
    sound = replace(tally, inserted=3, unchanged=0)
    with connect.begin(engine) as connection:
        found = identities.broken(
            connection, regulation=TOWN, tallies={"office": tally, "site": sound}
        )
    assert found == ["the records of office do not add up (3 read)"]


def test_a_run_over_few_changes_that_shifts_its_mart_otherwise(filled: Engine) -> None:
    with connect.begin(filled) as connection:
        key, n = _first_day(connection)
        due = identities.due_counts(connection, {key: 1})
        found = identities.broken(connection, regulation=TOWN, case_days=due)
        assert due == {key: n + 1}
        assert found == [f"mart_cases miscounts the clock {key[1]} on {key[0]}"]


def test_clocks_of_few_days_at_a_time_are_counted_in_turn(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identities, "_RECOUNTED", 1)
    with connect.begin(filled) as connection:
        (day, clock), _ = _first_day(connection)
        query = select(mart_cases.c.received_on, mart_cases.c.clock).distinct()
        unchanged = {tuple(row): 0 for row in connection.execute(query)}
        due = identities.due_counts(connection, unchanged)
        lost = delete(case_clocks).where(case_clocks.c.received_on == day)
        connection.execute(lost.where(case_clocks.c.clock == clock))
        days = len({day for day, _ in due})
        told = [
            identities.broken(connection, regulation=TOWN, case_days=due, turn=turn)
            for turn in range(days)
        ]
    assert [found for found in told if found] == [
        [f"mart_cases miscounts the clock {clock} on {day}"]
    ]


def _first_day(connection: Connection) -> tuple[tuple[date, str], int]:
    """A day and a clock that starts on it, and how many the mart counts."""
    key = mart_cases.c.received_on, mart_cases.c.clock
    query = select(*key, func.sum(mart_cases.c.n)).group_by(*key).order_by(*key)
    day, clock, n = connection.execute(query.limit(1)).one()
    return (day, clock), n

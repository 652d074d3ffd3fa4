"""``kezek doctor``: what does not hold is named, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from etl import marts, warehouse
from etl.databases import open_engine
from etl.warehouse import FACTS
from tests.support.kpi_command import (
    fill,
    invoke,
    spoil,
)
from tests.support.regulations import almaty

STEPS = "the marts of steps hold the times of the courses"


@pytest.fixture
def own_url(tmp_path: Path) -> str:
    """The same city, to be spoilt."""
    return fill(tmp_path / "kezek.db")


def broken(url: str) -> list[str]:
    result = invoke("doctor", "--database", url)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    return [line.removeprefix("BROKEN").strip() for line in lines if line.startswith("BROKEN")]


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


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_a_sound_warehouse_is_found_sound_and_left_alone(own_url: str) -> None:
    engine = open_engine(own_url)
    before = engine.connect().execute(warehouse.mart_cases.select()).all()
    result = invoke("doctor", "--database", own_url)
    assert result.exit_code == 0, result.output
    assert "BROKEN" not in result.stdout
    assert len(result.stdout.splitlines()) == 8 + 4 * len(almaty().clocks)
    assert engine.connect().execute(warehouse.mart_cases.select()).all() == before
    engine.dispose()


def test_a_mart_that_fell_behind_is_named(own_url: str) -> None:
    spoil(own_url, update(warehouse.queue_entries).values(category="veterans"))
    assert broken(own_url) == ["mart_queue is what its rows add up to"]


def test_a_doubled_row_of_a_mart_is_named(own_url: str) -> None:
    mart = warehouse.mart_survey
    spoil(own_url, insert(mart).from_select(list(mart.columns), mart.select().limit(1)))
    assert broken(own_url) == ["mart_survey is what its rows add up to"]


def test_a_course_that_the_mart_of_steps_does_not_know_is_named(own_url: str) -> None:
    spoil(own_url, update(warehouse.mart_steps).values(sums=warehouse.mart_steps.c.counts))
    assert broken(own_url) == [STEPS]


DAMAGES = {  # each mart: a number too many, and rows that are gone
    f"{mart.name}, {what}": (statement, check)
    for mart, number, check in (
        *((facts.mart, "n", f"{facts.mart.name} is what its rows add up to") for facts in FACTS),
        (warehouse.mart_steps, "cell", STEPS),
        (warehouse.mart_step_times, "high", STEPS),
    )
    for what, statement in (
        ("another number", update(mart).values({number: mart.c[number] + 1})),
        ("lost", delete(mart)),
    )
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_happened_to_a_mart_its_check_tells(own_url: str, damage: str) -> None:
    statement, check = DAMAGES[damage]
    spoil(own_url, statement)
    assert check in broken(own_url)


def test_a_verdict_that_its_mart_does_not_count_is_named(own_url: str) -> None:
    spoil(own_url, update(warehouse.case_courses).values(verdict="unknown"))
    assert broken(own_url) == ["mart_courses is what its rows add up to"]


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

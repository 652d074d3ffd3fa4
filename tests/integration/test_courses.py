"""The marts of steps and of conformance follow every load; what was known once stays known."""

from __future__ import annotations

import random
import statistics
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, delete, select

from dashboard import measures, queries
from dashboard.filters import Filter
from etl import courses, identities, marts
from etl.courses.month import CELLS, DAY, MONTH, Month, Times
from etl.courses.patch import patch_of
from etl.warehouse import case_courses, mart_steps
from tests.support.deliveries import case_row, delivery, event_row
from tests.support.dump import dump
from tests.support.loading import load_deliveries
from tests.support.regulations import small_town

TOWN = small_town()
STEPS = [step.code for step in TOWN.named("channels", "desk").steps]
MARTS = ("mart_courses", "mart_steps", "mart_step_times")
YEAR = Filter(
    as_of=date(2013, 12, 31),
    period_from=date(2013, 1, 1),
    period_to=date(2013, 12, 31),
    clock="service",
)
KEYS = ("step_time", "conformance", "deviations")


def told(case: str, *days: int, **given: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A case of March 2013 whose steps were taken on these days, one after the other."""
    events = [
        event_row(case, step, f"2013-03-{day:02} 08:00", position=position)
        for position, (step, day) in enumerate(zip(STEPS, days, strict=False))
    ]
    return case_row(case, **given), events


def load(engine: Engine, *cases: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    rows = {case["case_id"]: case for case, _ in cases}.values()
    events = [event for _, some in cases for event in some]
    load_deliveries(
        engine, TOWN, {"office": delivery(cases=rows, events=events)}, whole_events=True
    )


def shown(engine: Engine, **changes: Any) -> dict[str, Any]:
    return measures.compute(engine, TOWN, replace(YEAR, **changes), keys=KEYS)


def test_a_corrected_step_moves_its_time_and_leaves_what_was_known(engine: Engine) -> None:
    load(engine, told("1", 1, 3, 9), told("2", 4, 4))
    first = shown(engine)
    assert first["step_time"]["desk-review"] == {
        "n": 2, "median": 1.0, "p90": 2.0, "share": 0.25,
    }  # fmt: skip
    assert first["step_time"]["desk-end"]["share"] == 0.75
    assert (first["conformance"], first["conformance_n"]) == (1.0, 1)
    known = queries.data_version(engine)
    load(engine, told("1", 1, 5, 9))
    assert shown(engine)["step_time"]["desk-review"]["p90"] == 4.0
    assert shown(engine, known_at=known) == first


def test_a_day_of_the_past_knows_nothing_of_later_steps(engine: Engine) -> None:
    case, events = told("1", 1, 3, 9)
    load(engine, (case, [*events, event_row("1", STEPS[1], "2013-03-20 08:00")]))
    assert shown(engine, as_of=date(2013, 3, 8))["conformance_n"] == 0
    assert shown(engine, as_of=date(2013, 3, 19))["conformance"] == 1.0
    assert shown(engine, as_of=date(2013, 3, 20))["deviations"]["repeated"] == 1
    assert shown(engine, as_of=date(2013, 3, 20))["conformance"] == 0.0
    assert "desk-end" not in shown(engine, as_of=date(2013, 3, 8))["step_time"]


def test_the_cases_that_deviate_are_told_with_their_steps_as_of_a_day(engine: Engine) -> None:
    # Given one that skips a step, one that takes it again after its end, one that does neither
    skips, repeats = told("1", 1, 3, 9), told("2", 1, 3, 9)
    del skips[1][1]
    repeats[1].append(event_row("2", STEPS[1], "2013-03-20 08:00"))
    load(engine, skips, repeats, told("3", 1, 3, 9))
    # When
    found = [
        queries.deviating(engine, replace(YEAR, as_of=day), regulation=TOWN)
        for day in (date(2013, 3, 19), date(2013, 3, 20))
    ]
    # Then
    told_on = [[*rows[["case_id", "kind", "steps"]].itertuples(index=False)] for rows in found]
    skipped, repeated = ("1", "skipped", STEPS[1]), ("2", "repeated", STEPS[1])
    assert told_on == [[skipped], [skipped, repeated]]
    elsewhere = replace(YEAR, period_from=date(2013, 3, 10))
    assert queries.deviating(engine, elsewhere, regulation=TOWN).empty


@pytest.mark.parametrize("first", [date(2013, 2, 1), date(2013, 3, 1), date(2013, 3, 5)])
def test_whole_months_and_single_days_count_alike(engine: Engine, first: date) -> None:
    dice, categories = random.Random(7), TOWN.codes("categories")  # noqa: S311 (no secret)
    took = [sorted(dice.sample(range(1, 32), 3)) for _ in range(30)]
    own = [categories[n % 2] for n in range(30)]
    load(engine, *(told(str(n), *took[n], category=own[n]) for n in range(30)))
    for last in (date(2013, 3, 9), date(2013, 3, 31), date(2013, 4, 30)):
        for chosen in (categories, categories[:1], categories[1:2]):
            times = sorted(
                end - start
                for (start, end, _), category in zip(took, own, strict=True)
                if category in chosen and first <= date(2013, 3, end) <= last
            )
            asked = {"period_from": first, "period_to": last, "categories": tuple(chosen)}
            review = shown(engine, **asked)["step_time"]["desk-review"]
            assert (review["n"], review["median"]) == (len(times), statistics.median(times))
            assert review["p90"] == times[-(-9 * len(times) // 10) - 1]


def test_what_is_asked_of_all_offices_reads_no_row_of_one(engine: Engine) -> None:
    categories, offices = TOWN.codes("categories"), ("hall", "mall")
    load(
        engine,
        *(
            told(str(n), 1, 2 + n, 3 + 2 * n, category=categories[n % 2], service_point=office)
            for n, office in enumerate(offices * 6)
        ),
    )
    asked: list[dict[str, Any]] = [{}, {"channels": ("desk",)}, {"categories": categories[:1]}]
    period = date(2013, 3, 5), date(2013, 4, 30)

    def times() -> list[Any]:
        return [queries.step_times(engine, replace(YEAR, **own), *period) for own in asked]

    before = times()
    assert all(before)
    with engine.begin() as connection:
        of_one = mart_steps.c.span.in_([DAY + CELLS, MONTH + CELLS])
        assert connection.execute(delete(mart_steps).where(of_one)).rowcount
    assert times() == before


def test_a_case_that_turns_out_rejected_leaves_all_marts(engine: Engine) -> None:
    load(engine, told("1", 1, 3, 9))
    load(engine, told("1", 1, 3, 9, recorded_outcome="rejected"))
    assert shown(engine)["step_time"] is None
    assert shown(engine)["conformance"] is None
    assert [dump(engine)[mart] for mart in MARTS] == [[], [], []]


@pytest.mark.parametrize("seed", range(4))
def test_load_after_load_the_marts_are_what_counting_anew_gives(engine: Engine, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (no secret hangs on it)
    for _ in range(4):
        load(engine, *(any_case(dice) for _ in range(12)))
        with engine.connect() as connection:
            assert list(courses.differences(connection)) == []
            assert identities.broken(connection, regulation=TOWN) == []
    before = dump(engine)
    with engine.begin() as connection:
        marts.rebuild(connection)
        courses.refresh(connection)
    after = dump(engine)
    assert {name: after[name] for name in MARTS} == {name: before[name] for name in MARTS}


def any_case(dice: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    case = str(dice.randrange(20))
    moments = sorted(
        datetime(2013, 3, 1, 8) + timedelta(hours=dice.randrange(400))
        for _ in range(dice.randrange(6))
    )
    events = [event_row(case, dice.choice(STEPS), moment) for moment in moments]
    outcome = dice.choice(["registered", "refused", "rejected", None])
    return case_row(
        case, category=dice.choice(TOWN.codes("categories")), recorded_outcome=outcome
    ), events


def test_a_few_times_change_their_own_rows_alone(engine: Engine) -> None:
    load(engine, *(told(str(n), 1, 3 + n, 9 + n) for n in range(6)))
    before = {mart: set(dump(engine)[mart]) for mart in MARTS}
    load(engine, told("2", 1, 5, 12))
    after = {mart: set(dump(engine)[mart]) for mart in MARTS}
    # Two times go and two come: of each an own row of its bin; of days one row, and the month's
    assert len(after["mart_step_times"] - before["mart_step_times"]) <= 4
    with engine.connect() as connection:
        assert list(courses.differences(connection)) == []
        assert patch_of(connection, _one_time(connection, "families")) is not None
        assert patch_of(connection, _one_time(connection, "veterans")) is None  # a new cell


def _one_time(connection: Connection, category: str) -> Month:
    """That a time of the desk's second step comes into March."""
    one = Times(*(np.array([n]) for n in (0, 4, 0, 1_000_000, 1)))
    place = connection.scalar(select(case_courses.c.service_point)) or ""
    return Month("desk", date(2013, 3, 1), ((category, place),), (STEPS[1],), one)

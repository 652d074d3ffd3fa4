"""Every measure equals loops over the raw rows, whatever the filter, the period and the day."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, insert

from dashboard import filters, measures
from dashboard.filters import Filter
from dashboard.measures import BY, REGISTRY
from dashboard.measures.rows import Given
from etl import marts, warehouse
from etl.databases import open_engine
from tests.support import city as cities
from tests.support import oracle
from tests.support.city import AS_OF, AnswerRow, City
from tests.support.migrated import migrated
from tests.support.oracle import agree
from tests.support.questions import any_filters
from tests.support.regulations import small_town

REGULATION = small_town()
SHOW_ALL = 1  # least answers: nothing is hidden
NOVEMBER = filters.default(regulation=REGULATION, as_of=AS_OF)

days = st.dates(AS_OF - timedelta(days=460), AS_OF + timedelta(days=60))


@pytest.fixture(scope="module")
def city() -> City:
    return cities.random_city(REGULATION, seed=5, cases=260)


@pytest.fixture(scope="module")
def engine(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = new_engine(tmp_path_factory.mktemp("city") / "kezek.db")
    cities.fill(engine, city)
    yield engine
    engine.dispose()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(tmp_path / "empty.db")
    yield engine
    engine.dispose()


def new_engine(path: Path) -> Engine:
    return open_engine(migrated(path))


@given(f=any_filters(REGULATION, days), within=st.integers(0, 90), soon=st.integers(0, 20))
@settings(deadline=None, max_examples=150)
def test_every_measure_equals_loops_over_the_rows(
    city: City, engine: Engine, f: Filter, within: int, soon: int
) -> None:
    found = measures.compute(
        engine, REGULATION, f, within=within, at_risk_days=soon, min_answers=SHOW_ALL
    )
    expected = oracle.measures(city, f, within=within, at_risk_days=soon)
    agree(found, {key: expected[key] for key in found})
    assert set(found) == set(expected)


@given(seed=st.integers(0, 10_000), f=any_filters(REGULATION, days))
@settings(deadline=None, max_examples=15)
def test_every_measure_of_any_city(
    tmp_path_factory: pytest.TempPathFactory, seed: int, f: Filter
) -> None:
    city = cities.random_city(REGULATION, seed=seed, cases=25, entries=15, responses=10)
    engine = new_engine(tmp_path_factory.mktemp("city") / "kezek.db")
    cities.fill(engine, city)
    found = measures.compute(engine, REGULATION, f, min_answers=SHOW_ALL)
    engine.dispose()
    expected = oracle.measures(city, f, within=REGULATION.clock(f.clock).limit)
    agree(found, {key: expected[key] for key in found})


@given(f=any_filters(REGULATION, days), by=st.sampled_from([by for by in BY if by != "month"]))
@settings(deadline=None, max_examples=30)
def test_a_row_of_a_part_is_the_measures_under_its_filter(
    engine: Engine, f: Filter, by: Any
) -> None:
    field = filters.DIMENSIONS[by]
    codes = getattr(f, field) or REGULATION.codes(field)
    rows = measures.compute_by(engine, REGULATION, f, by=by, min_answers=SHOW_ALL)
    assert [row.pop(by) for row in rows] == list(codes)
    for code, row in zip(codes, rows, strict=True):
        narrowed: dict[str, Any] = {field: (code,)}
        expected = measures.compute(
            engine, REGULATION, replace(f, **narrowed), min_answers=SHOW_ALL
        )
        assert row == expected


@given(f=any_filters(REGULATION, days))
@settings(deadline=None, max_examples=30)
def test_a_month_has_its_flows_as_known_now_and_its_stocks_at_its_end(
    city: City, engine: Engine, f: Filter
) -> None:
    rows = measures.compute_by(engine, REGULATION, f, by="month", min_answers=SHOW_ALL)
    months = sorted({f"{day:%Y-%m}" for day in each_day(f.period_from, min(f.period_to, f.as_of))})
    assert [row["month"] for row in rows] == months
    for row in rows:
        inside = [d for d in each_day(f.period_from, f.period_to) if f"{d:%Y-%m}" == row["month"]]
        month = replace(f, period_from=inside[0], period_to=inside[-1])
        limit = REGULATION.clock(f.clock).limit
        now = oracle.measures(city, month, within=limit)
        then = oracle.measures(city, replace(month, as_of=min(f.as_of, inside[-1])), within=limit)
        for key, measure in REGISTRY.items():
            agree(row[key], (then if measure.stock else now)[key])


def each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def test_the_months_of_a_small_chart_are_the_rows_of_the_table(
    engine: Engine,
) -> None:
    frame = measures.monthly(engine, REGULATION, NOVEMBER, months=6)
    rows = measures.compute_by(
        engine,
        REGULATION,
        replace(NOVEMBER, period_from=date(2013, 6, 1), period_to=date(2013, 11, 30)),
        by="month",
    )
    assert frame.index.strftime("%Y-%m").tolist() == [row["month"] for row in rows]
    assert str(frame.index.dtype) == "datetime64[s]"
    assert list(frame) == [
        "open", "overdue", "within_limit", "queue_net", "satisfied.q1", "satisfied.q2",
    ]  # fmt: skip
    assert frame["open"].tolist() == [row["open"] for row in rows]
    shown = [row["satisfied"]["q1"]["value"] for row in rows]
    assert [None if np.isnan(v) else v for v in frame["satisfied.q1"]] == shown


def test_months_before_the_first_application_are_unknown_and_not_empty(
    city: City, engine: Engine
) -> None:
    frame = measures.monthly(engine, REGULATION, NOVEMBER, months=240, keys=["received"])
    first = min(c.received_on for c in city.cases if c.clock == NOVEMBER.clock)
    assert frame.index[0].date() == first.replace(day=1)
    assert frame.index[-1].date() == date(2013, 11, 1)


def test_a_small_chart_has_its_columns_even_where_there_is_nothing_to_draw(engine: Engine) -> None:
    too_early = replace(NOVEMBER, as_of=date(2001, 1, 1))
    keys = ["satisfied", "days_late", "queue", "p_within"]
    for f in (too_early, replace(NOVEMBER, categories=("families",), channels=("web",))):
        frame = measures.monthly(engine, REGULATION, f, keys=keys)
        assert list(frame) == ["days_late", "p_within", "queue", "satisfied.q1", "satisfied.q2"]
        assert {str(dtype) for dtype in frame.dtypes} == {"float64"}
        assert str(frame.index.dtype) == "datetime64[s]"
        assert frame[["queue", "satisfied.q1"]].isna().all(axis=None)


def test_an_empty_warehouse_has_counts_of_zero_and_shares_of_nothing(empty: Engine) -> None:
    found = measures.compute(empty, REGULATION, NOVEMBER)
    city = City(REGULATION)
    agree(found, {k: oracle.measures(city, NOVEMBER, within=30)[k] for k in found})
    assert found["within_limit"] is None
    assert found["p_within"] is None
    assert measures.monthly(empty, REGULATION, NOVEMBER).shape[0] == 24


def test_the_answer_is_plain_json(engine: Engine) -> None:
    found = measures.compute(engine, REGULATION, NOVEMBER)
    rows = [measures.compute_by(engine, REGULATION, NOVEMBER, by=by) for by in BY]
    assert json.loads(json.dumps([found, rows], allow_nan=False)) == [found, rows]


def test_only_the_measures_asked_for_are_computed(engine: Engine) -> None:
    found = measures.compute(engine, REGULATION, NOVEMBER, keys=["within_limit", "open"])
    assert list(found) == [
        "open", "within_limit", "within_limit_n", "within_limit_low", "within_limit_high",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        measures.compute(engine, REGULATION, NOVEMBER, keys=["opened"])


def test_the_chance_is_that_of_the_clock_s_own_limit_unless_asked(engine: Engine) -> None:
    for clock in REGULATION.clocks:
        found = measures.compute(engine, REGULATION, replace(NOVEMBER, clock=clock.code))
        assert found["p_within"]["t"] == clock.limit


def test_the_curve_and_the_histogram_are_those_of_the_measures(engine: Engine) -> None:
    found = measures.compute(engine, REGULATION, NOVEMBER, within=30)
    curve = measures.finished_within(engine, REGULATION, NOVEMBER)
    assert curve[curve["days"] <= 30]["value"].iloc[-1] == found["p_within"]["value"]
    decided = measures.decided_days(engine, REGULATION, NOVEMBER)
    assert decided["n"].sum() == found["decided"]
    assert decided["days"].max() == found["days_max"]


# --- small numbers -----------------------------------------------


def test_too_few_answers_say_nothing(empty: Engine) -> None:
    put_answers(empty, {"hall": 4})
    said = measures.compute(empty, REGULATION, NOVEMBER)["satisfied"]["q1"]
    assert set(said.values()) == {None}


def test_five_answers_are_enough_and_none_are_none(empty: Engine) -> None:
    put_answers(empty, {"hall": 5})
    said = measures.compute(empty, REGULATION, NOVEMBER)["satisfied"]
    assert (said["q1"]["n"], said["q1"]["value"]) == (5, 1.0)
    elsewhere = replace(NOVEMBER, service_points=("site",))
    said = measures.compute(empty, REGULATION, elsewhere)["satisfied"]["q1"]
    assert (said["n"], said["value"]) == (0, None)


def test_what_subtraction_would_give_away_is_hidden_too(empty: Engine) -> None:
    put_answers(empty, {"hall": 4, "site": 9, "mall": 7})
    rows = measures.compute_by(empty, REGULATION, NOVEMBER, by="service_point")
    shown = {row["service_point"]: row["satisfied"]["q1"]["n"] for row in rows}
    assert shown == {"hall": None, "site": 9, "mall": None}
    assert measures.compute(empty, REGULATION, NOVEMBER)["satisfied"]["q1"]["n"] == 20


def test_answers_outside_every_row_are_protected_as_well(empty: Engine) -> None:
    # The mall serves every channel, so its three answers are in no channel's row.
    put_answers(empty, {"hall": 8, "site": 9, "mall": 3})
    rows = measures.compute_by(empty, REGULATION, NOVEMBER, by="channel")
    assert {row["channel"]: row["satisfied"]["q1"]["n"] for row in rows} == {
        "desk": None,
        "web": 9,
    }


def test_responses_are_forms_whichever_questions_each_answers(empty: Engine) -> None:
    forms = {"a": ("q1",), "b": ("q2",), "c": ("q1", "q2"), "d": ("q2",), "e": ("q1",)}
    rows = [
        AnswerRow(
            response_id=form,
            service_point="hall",
            answered_on=date(2013, 11, 4),
            question=question,
            answer=3,
        )
        for form, questions in forms.items()
        for question in questions
    ]
    cities.fill(empty, City(REGULATION, answers=rows))
    found = measures.compute(empty, REGULATION, NOVEMBER, min_answers=len(forms))
    assert found["response_rate"] == {"value": None, "responses": len(forms), "stopped": 0}
    assert found["satisfied"]["q1"]["n"] is None  # three of the five


def test_few_responses_are_not_told_of_a_place_nor_given_away_by_the_others(
    empty: Engine,
) -> None:
    put_answers(empty, {"hall": 4, "site": 9, "mall": 7})
    rows = measures.compute_by(empty, REGULATION, NOVEMBER, by="service_point")
    shown = {row["service_point"]: row["response_rate"]["responses"] for row in rows}
    assert shown == {"hall": None, "site": 9, "mall": None}
    whole = measures.compute(empty, REGULATION, NOVEMBER)["response_rate"]
    assert whole["responses"] == 20
    assert measures.compute(empty, REGULATION, NOVEMBER, min_answers=21)["response_rate"] == {
        **whole,
        "value": None,
        "responses": None,
    }


@pytest.mark.parametrize("asked", [{"channels": ("desk",)}, {"categories": ("veterans",)}])
def test_a_form_knows_neither_channel_nor_category(engine: Engine, asked: Any) -> None:
    assert measures.compute(engine, REGULATION, replace(NOVEMBER, **asked))["response_rate"] is None


def test_changed_answers_by_themselves_are_no_forms() -> None:
    nothing = pd.DataFrame()
    with pytest.raises(LookupError, match="on one form"):
        Given(nothing, nothing, nothing).responses(NOVEMBER)


def put_answers(engine: Engine, counts: dict[str, int]) -> None:
    """So many satisfied answers to each question in November, by place."""
    rows = [
        AnswerRow(
            response_id=f"{place}-{i}",
            service_point=place,
            answered_on=date(2013, 11, 1 + i),
            question=question,
            answer=3,
        )
        for place, count in counts.items()
        for i in range(count)
        for question in ("q1", "q2")
    ]
    cities.fill(engine, City(REGULATION, answers=rows))


# --- the registry -----------------------------------------------


def test_the_registry_stands_in_the_order_of_the_definitions() -> None:
    assert list(REGISTRY) == [
        "received", "decided", "returned", "outcome_pending", "open", "overdue", "days_late",
        "at_risk", "within_limit", "decided_on_time", "open_within_limit", "days_p50", "days_p80",
        "days_p90", "days_mean", "days_max", "p_within", "step_time", "conformance",
        "deviations", "queue", "queue_in", "queue_out",
        "queue_net", "queue_wait", "queue_clearance", "satisfied",
        "response_rate", "freshness",
    ]  # fmt: skip


def test_every_measure_says_what_it_is() -> None:
    for key, measure in REGISTRY.items():
        assert measure.key == key
        assert re.fullmatch(r"[A-Z0-9].*[^.]", measure.name)
        assert measure.definition.endswith(".")
    assert len({m.name for m in REGISTRY.values()}) == len(REGISTRY)


def test_a_measure_rests_on_an_item_of_the_regulation_in_force() -> None:
    assert REGISTRY["within_limit"].item(REGULATION, "service") == REGULATION.clock("service").item
    assert REGISTRY["satisfied"].item(REGULATION, "service") == "10"
    assert REGISTRY["received"].item(REGULATION, "service") is None
    assert REGISTRY["satisfied"].item(replace(REGULATION, survey=None), "service") is None


def test_a_regulation_without_a_survey_has_no_satisfaction(engine: Engine) -> None:
    found = measures.compute(engine, replace(REGULATION, survey=None), NOVEMBER)
    assert found["satisfied"] is found["response_rate"] is None


def test_a_change_of_the_warehouse_shows_at_once(empty: Engine) -> None:
    assert measures.compute(empty, REGULATION, NOVEMBER)["open"] == 0
    city = cities.random_city(REGULATION, seed=2, cases=40, entries=0, responses=0)
    cities.fill(empty, city)
    open_now = measures.compute(empty, REGULATION, NOVEMBER)["open"]
    assert open_now == oracle.measures(city, NOVEMBER, within=30)["open"] > 0


def test_another_connection_s_change_shows_at_once(empty: Engine) -> None:
    cities.fill(empty, City(REGULATION))
    assert measures.compute(empty, REGULATION, NOVEMBER)["queue"]["total"] == 0
    other = create_engine(empty.url)
    with other.begin() as connection:
        connection.execute(
            insert(warehouse.queue_entries).values(
                entry_id="1",
                number="1",
                category="families",
                registered_on=date(2013, 1, 1),
                source="register",
                row_hash="",
                run_id=1,
                since=1,
            )
        )
        marts.rebuild(connection)
        cities.new_version(connection)
    other.dispose()
    assert measures.compute(empty, REGULATION, NOVEMBER)["queue"]["families"] == 1

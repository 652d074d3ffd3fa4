"""Why a figure moved: every count's parts add up, and each is what its rows alone would move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnClause, Engine, column, table
from sqlalchemy.sql import visitors

from dashboard import measures
from dashboard.filters import DIMENSIONS, Filter
from dashboard.measures import Comparison, Moment
from dashboard.queries import CHANGING, What
from etl.databases import open_engine
from tests.support import city as cities
from tests.support import histories
from tests.support.city import AS_OF, City
from tests.support.migrated import migrated
from tests.support.movements import SOON, counts, kind_of_case, replaced
from tests.support.questions import any_filters
from tests.support.regulations import small_town

REGULATION = small_town()
VERSIONS = 4
YEAR = Filter(
    as_of=AS_OF,
    period_from=AS_OF.replace(month=1, day=1),
    period_to=AS_OF,
    clock="service",
)

days = st.dates(AS_OF - timedelta(days=460), AS_OF + timedelta(days=60))


@pytest.fixture(scope="module")
def history() -> list[City]:
    city = cities.random_city(REGULATION, seed=11, cases=160, entries=80, responses=40)
    return histories.random_history(city, seed=12, versions=VERSIONS)


@pytest.fixture(scope="module")
def engine(history: list[City], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = new_engine(tmp_path_factory)
    histories.write(engine, history)
    yield engine
    engine.dispose()


def new_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_engine(migrated(tmp_path_factory.mktemp("city") / "kezek.db"))


def compare(
    engine: Engine, f: Filter, before: int, after: int, *, min_answers: int = 1
) -> Comparison:
    moments = (Moment(REGULATION, replace(f, known_at=version)) for version in (before, after))
    return measures.compare(engine, *moments, at_risk_days=SOON, min_answers=min_answers)


def check(found: Comparison, then: City, now: City, f: Filter) -> None:
    was, becomes = counts(then, f), counts(now, f)
    movements = {
        (key, name): movement
        for key, named in found.counts.items()
        for name, movement in named.items()
    }
    assert set(movements) == set(was) | set(becomes)
    expected = {kind: counts(replaced(then, now, kind, f), f) for kind in measures.KINDS}
    for key, movement in movements.items():
        assert movement is not None
        assert (movement.before, movement.after) == (was[key], becomes[key])
        assert movement.before + sum(movement.parts.values()) == movement.after
        moved = {kind: n[key] - was[key] for kind, n in expected.items() if n[key] != was[key]}
        assert movement.parts == moved, key


@given(
    f=any_filters(REGULATION, days),
    moments=st.tuples(st.integers(1, VERSIONS), st.integers(1, VERSIONS)),
)
@settings(deadline=None, max_examples=25)
def test_the_parts_add_up_and_each_is_what_its_rows_alone_would_move(
    history: list[City], engine: Engine, f: Filter, moments: tuple[int, int]
) -> None:
    before, after = sorted(moments)
    found = compare(engine, f, before, after)
    check(found, history[before - 1], history[after - 1], f)


@given(seed=st.integers(0, 10_000), f=any_filters(REGULATION, days), touched=st.floats(0, 1))
@settings(deadline=None, max_examples=8)
def test_of_any_history(
    tmp_path_factory: pytest.TempPathFactory, seed: int, f: Filter, touched: float
) -> None:
    city = cities.random_city(REGULATION, seed=seed, cases=30, entries=20, responses=12)
    told = histories.random_history(city, seed=seed, versions=3, touched=touched)
    engine = new_engine(tmp_path_factory)
    histories.write(engine, told)
    for before, after in ((1, 2), (1, 3), (2, 3)):
        check(compare(engine, f, before, after), told[before - 1], told[after - 1], f)
    engine.dispose()


def test_both_sides_are_what_kpi_says_of_each(engine: Engine) -> None:
    found = compare(engine, YEAR, 1, 3)
    for told, version in ((found.before, 1), (found.after, 3)):
        assert told == measures.compute(
            engine, REGULATION, replace(YEAR, known_at=version), at_risk_days=SOON, min_answers=1
        )
    assert found.difference["received"] == found.after["received"] - found.before["received"]
    assert found.difference["days_mean"] == found.after["days_mean"] - found.before["days_mean"]
    assert "days_mean" not in found.counts


def test_the_same_version_twice_has_no_difference(engine: Engine) -> None:
    found = compare(engine, YEAR, 2, 2)
    assert found.before == found.after
    assert set(found.difference.values()) <= {0, None}
    assert found.changed == {"cases": {}, "queue": {}, "survey": {}}


@pytest.mark.parametrize(
    "chosen", [{}, {"categories": ("veterans",)}, {"service_points": ("hall",)}]
)
def test_every_changed_row_is_counted_once_and_listed_by_its_number(
    history: list[City], engine: Engine, chosen: Mapping[str, Any]
) -> None:
    f = replace(YEAR, **chosen)
    then, now = (
        histories.rows_of((c for c in history[at].cases if c.clock == f.clock), histories.case_key)
        for at in (0, 2)
    )
    expected = {}
    for key in {**then, **now}:
        kind = kind_of_case(then.get(key), now.get(key), f)
        if kind and any(_enters(rows.get(key), f) for rows in (then, now)):
            expected[key[0]] = kind
    found = compare(engine, f, 1, 3)
    assert found.changed["cases"] == Counter(expected.values())
    moments = (Moment(REGULATION, replace(f, known_at=version)) for version in (1, 3))
    rows = measures.changed_rows(engine, "cases", *moments)
    assert dict(zip(rows["case_id"], rows["kind"], strict=True)) == expected
    assert rows["case_id"].is_monotonic_increasing


def _enters(row: Any, f: Filter) -> bool:
    return (
        row is not None
        and row.outcome != "rejected"
        and all(
            not getattr(f, field) or getattr(row, key) in getattr(f, field)
            for key, field in DIMENSIONS.items()
        )
    )


def test_what_a_measure_does_not_know_of_is_not_counted_as_changed(engine: Engine) -> None:
    assert not compare(engine, replace(YEAR, channels=("desk",)), 1, 3).changed["queue"]
    assert not compare(engine, replace(YEAR, categories=("veterans",)), 1, 3).changed["survey"]


@pytest.mark.parametrize("what", list(CHANGING))
def test_every_column_that_is_counted_belongs_to_a_kind(what: What) -> None:
    facts, kinds = CHANGING[what].facts, CHANGING[what].kinds
    counted = {name for name in facts.names if name not in facts.keys}
    pairs = [column(f"{side}_{name}") for side in ("then", "now") for name in counted]
    row = table("changed", *pairs).c
    asked = {
        part.name
        for holds in kinds.values()
        for part in visitors.iterate(holds(row))
        if isinstance(part, ColumnClause)
    }
    assert asked == {pair.name for pair in pairs}


# --- another regulation, too few answers ----------------------------------------------------------


def test_another_regulation_is_a_part_of_its_own(history: list[City], engine: Engine) -> None:
    kinds = {"refused": "returned"}
    outcomes = tuple(replace(o, kind=kinds.get(o.code, o.kind)) for o in REGULATION.outcomes)
    other = replace(REGULATION, outcomes=outcomes, sha256="1" * 64)
    found = measures.compare(
        engine,
        Moment(REGULATION, replace(YEAR, known_at=1)),
        Moment(other, replace(YEAR, known_at=3)),
        at_risk_days=SOON,
        min_answers=1,
    )
    refused = sum(
        c.outcome == "refused"
        and c.clock == "service"
        and c.stopped_on is not None
        and c.stopped_on.year == YEAR.as_of.year
        and c.outcome_on is not None
        and c.outcome_on <= YEAR.as_of
        for c in history[0].cases
    )
    decided, returned = found.counts["decided"]["total"], found.counts["returned"]["total"]
    assert decided is not None
    assert returned is not None
    assert (decided.parts["rules"], returned.parts["rules"]) == (-refused, refused)
    for named in found.counts.values():
        for movement in named.values():
            assert movement is not None
            assert movement.before + sum(movement.parts.values()) == movement.after


def test_the_split_of_too_few_answers_is_not_told(engine: Engine) -> None:
    shown = compare(engine, YEAR, 1, 2).counts["satisfied"]
    assert all(asdict(movement) for movement in shown.values() if movement)
    hidden = compare(engine, YEAR, 1, 2, min_answers=30)
    assert hidden.after["satisfied"]["q1"]["n"] >= 30
    assert set(hidden.counts["satisfied"]) == set(shown)
    assert set(hidden.counts["satisfied"].values()) == {None}


def test_a_filter_without_a_version_cannot_be_compared(engine: Engine) -> None:
    with pytest.raises(ValueError, match="names none"):
        measures.compare(
            engine,
            Moment(REGULATION, YEAR),
            Moment(REGULATION, YEAR),
            at_risk_days=SOON,
            min_answers=1,
        )

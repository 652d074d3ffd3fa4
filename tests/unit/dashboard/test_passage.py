"""What happened between two days: the parts add up, and each is what a loop over the rows finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard import measures
from dashboard.filters import Filter, default
from dashboard.measures import Comparison, Moment
from etl.databases import open_engine
from tests.support import city as cities
from tests.support import histories
from tests.support.city import AS_OF, City
from tests.support.migrated import migrated
from tests.support.movements import SOON, counts
from tests.support.passages import check
from tests.support.regulations import small_town

REGULATION = small_town()
VERSIONS = 3
NOVEMBER, DECEMBER = (default(regulation=REGULATION, as_of=date(2013, m, 20)) for m in (11, 12))
YEAR = replace(NOVEMBER, period_from=date(2013, 1, 1), period_to=date(2013, 12, 31))

days = st.dates(AS_OF - timedelta(days=430), AS_OF + timedelta(days=60))


def some(codes: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.sampled_from(codes).map(lambda code: (code,))


@st.composite
def two_days(draw: st.DrawFn) -> tuple[Filter, Filter]:
    """The same question of two days; of one period, or each of another."""
    start, end = sorted((draw(days), draw(days)))
    first, last = sorted((draw(days), draw(days)))
    f = Filter(
        as_of=start,
        period_from=first,
        period_to=last,
        clock=draw(st.sampled_from(REGULATION.codes("clocks"))),
        channels=draw(some(REGULATION.codes("channels"))),
        categories=draw(some(REGULATION.codes("categories"))),
        service_points=draw(some(REGULATION.codes("service_points"))),
    )
    if draw(st.booleans()):
        return f, replace(f, as_of=end)
    first, last = sorted((draw(days), draw(days)))
    return f, replace(f, as_of=end, period_from=first, period_to=last)


@pytest.fixture(scope="module")
def history() -> list[City]:
    city = cities.random_city(REGULATION, seed=21, cases=160, entries=80, responses=40)
    return histories.random_history(city, seed=22, versions=VERSIONS)


@pytest.fixture(scope="module")
def engine(history: list[City], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(migrated(tmp_path_factory.mktemp("city") / "kezek.db"))
    histories.write(engine, history)
    yield engine
    engine.dispose()


def compare(
    engine: Engine, before: Filter, after: Filter, *, soon: int = SOON, min_answers: int = 1
) -> Comparison:
    sides = (Moment(REGULATION, f) for f in (before, after))
    return measures.compare_days(engine, *sides, at_risk_days=soon, min_answers=min_answers)


@given(asked=two_days())
@settings(deadline=None, max_examples=30)
def test_of_what_is_known_now_only_what_happened_moves_anything(
    history: list[City], engine: Engine, asked: tuple[Filter, Filter]
) -> None:
    check(compare(engine, *asked), history[-1], history[-1], *asked)


@given(asked=two_days(), known=st.tuples(st.integers(1, VERSIONS), st.integers(1, VERSIONS)))
@settings(deadline=None, max_examples=20)
def test_what_was_known_otherwise_is_told_apart_from_what_happened(
    history: list[City], engine: Engine, asked: tuple[Filter, Filter], known: tuple[int, int]
) -> None:
    versions = sorted(known)
    sides = [replace(f, known_at=v) for f, v in zip(asked, versions, strict=True)]
    found = compare(engine, sides[0], sides[1])
    check(found, history[versions[0] - 1], history[versions[1] - 1], sides[0], sides[1])


@given(seed=st.integers(0, 10_000), asked=two_days(), touched=st.floats(0, 1))
@settings(deadline=None, max_examples=6)
def test_of_any_city(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    asked: tuple[Filter, Filter],
    touched: float,
) -> None:
    city = cities.random_city(REGULATION, seed=seed, cases=40, entries=20, responses=12)
    told = histories.random_history(city, seed=seed, versions=2, touched=touched)
    engine = open_engine(migrated(tmp_path_factory.mktemp("city") / "kezek.db"))
    histories.write(engine, told)
    check(compare(engine, *asked), told[1], told[1], *asked)
    before, after = (replace(f, known_at=v) for f, v in zip(asked, (1, 2), strict=True))
    check(compare(engine, before, after), told[0], told[1], before, after)
    engine.dispose()


def test_both_sides_are_what_kpi_says_of_each(engine: Engine) -> None:
    found = compare(engine, replace(NOVEMBER, known_at=1), replace(DECEMBER, known_at=2))
    for told, f, version in ((found.before, NOVEMBER, 1), (found.after, DECEMBER, 2)):
        assert told == measures.compute(
            engine, REGULATION, replace(f, known_at=version), at_risk_days=SOON, min_answers=1
        )
    assert found.difference["days_mean"] == found.after["days_mean"] - found.before["days_mean"]
    assert "days_mean" not in found.counts


def test_the_parts_of_what_is_in_hand_are_the_flows_between_the_days(engine: Engine) -> None:
    found = compare(engine, NOVEMBER, DECEMBER)
    between = replace(
        DECEMBER, period_from=NOVEMBER.as_of + timedelta(days=1), period_to=DECEMBER.as_of
    )
    flows = measures.compute(engine, REGULATION, between)
    moved = found.counts["open"]["total"]
    assert moved is not None
    assert moved.parts == {
        "received": flows["received"],
        "decided": -flows["decided"],
        "left": -flows["returned"] - flows["outcome_pending"],
    }
    queue = found.counts["queue"]["total"]
    assert queue is not None
    parts = queue.parts.get("joined_queue", 0), queue.parts.get("left_queue", 0)
    assert parts == (flows["queue_in"], -flows["queue_out"]["total"])
    assert any(parts)


def test_how_many_rows_each_kind_concerns(history: list[City], engine: Engine) -> None:
    found = compare(engine, NOVEMBER, DECEMBER)
    cases = [c for c in history[-1].cases if c.clock == "service" and c.outcome != "rejected"]
    start, end = NOVEMBER.as_of, DECEMBER.as_of
    assert found.changed["cases"]["received"] == sum(start < c.received_on <= end for c in cases)
    assert found.changed["cases"]["fell_due"] == sum(
        start <= c.due_on < end and c.received_on <= end for c in cases
    )
    assert found.changed["survey"] == {
        "answered": sum(start < a.answered_on <= end for a in history[-1].answers)
    }


def test_what_a_filter_does_not_ask_of_is_not_counted(engine: Engine) -> None:
    channel, category = (
        [replace(f, **{field: (code,)}) for f in (NOVEMBER, DECEMBER)]
        for field, code in (("channels", "desk"), ("categories", "veterans"))
    )
    assert compare(engine, *channel).changed["queue"] == {}
    assert compare(engine, *category).changed["survey"] == {}


def test_a_day_and_itself_have_no_difference(engine: Engine) -> None:
    found = compare(engine, YEAR, YEAR)
    assert found.before == found.after
    assert set(found.difference.values()) <= {0, None}
    assert found.changed == {"cases": {}, "queue": {}, "survey": {}}
    assert all(not m.parts for named in found.counts.values() for m in named.values() if m)


def test_another_regulation_is_a_part_of_its_own(history: list[City], engine: Engine) -> None:
    kinds = {"refused": "returned"}
    outcomes = tuple(replace(o, kind=kinds.get(o.code, o.kind)) for o in REGULATION.outcomes)
    other = replace(REGULATION, outcomes=outcomes, sha256="1" * 64)
    before, after = replace(YEAR, known_at=1), replace(YEAR, known_at=3, as_of=AS_OF)
    found = measures.compare_days(
        engine, Moment(REGULATION, before), Moment(other, after), at_risk_days=7, min_answers=1
    )
    returned = found.counts["returned"]["total"]
    assert returned is not None
    was = {law: counts(replace(history[0], regulation=law), before) for law in (REGULATION, other)}
    by_law = [was[law]["returned", "total"] for law in (REGULATION, other)]
    assert returned.parts["rules"] == by_law[1] - by_law[0]
    for named in found.counts.values():
        for movement in named.values():
            assert movement is not None
            assert movement.before + sum(movement.parts.values()) == movement.after


def test_the_split_of_too_few_answers_is_not_told(history: list[City], engine: Engine) -> None:
    given = sum(
        NOVEMBER.as_of < a.answered_on <= DECEMBER.as_of and a.question == "q1"
        for a in history[-1].answers
    )
    assert given > 0
    later = replace(YEAR, as_of=DECEMBER.as_of)
    shown = compare(engine, YEAR, later, min_answers=given).counts["satisfied"]["q1.n"]
    assert shown is not None
    assert shown.parts == {"answered": given}
    hidden = compare(engine, YEAR, later, min_answers=given + 1)
    assert hidden.after["satisfied"]["q1"]["n"] is not None
    assert hidden.counts["satisfied"]["q1.n"] is None
    assert hidden.before["satisfied"]["q1"]["n"] is None
    assert hidden.difference["satisfied.q1"] is None
    assert hidden.before["response_rate"]["responses"] is None
    assert hidden.changed["survey"] == {"answered": None}

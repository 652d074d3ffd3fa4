"""Applications and the register, matched by number: each record stands in exactly one place."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert

from dashboard import queries
from dashboard.access import Scope
from dashboard.queries.reconciliation import GAPS
from etl import versions, warehouse
from etl.databases import open_engine
from etl.ledger import utc_now
from tests.support import screens

EVERY = Scope(every=True)
FIRST, SECOND = date(2013, 1, 1), date(2013, 1, 2)
CATEGORIES = ("a", "b")


def case(key: int, **fields: object) -> dict[str, object]:
    return {
        "case_id": f"C{key}", "source": "s", "channel": "c", "category": "a",
        "service_point": "p", "gives_start": True, "gives_stop": True, "outcome": "registered",
        "outcome_on": FIRST, "queue_number": None, "row_hash": "0", "run_id": 1, **fields,
    }  # fmt: skip


def entry(key: int, **fields: object) -> dict[str, object]:
    return {
        "entry_id": f"E{key}", "number": "", "category": "a", "registered_on": FIRST,
        "source": "r", "row_hash": "0", "run_id": 1, "since": 1, **fields,
    }  # fmt: skip


def fill(engine: Engine, cases: list[dict[str, object]], entries: list[dict[str, object]]) -> None:
    with engine.begin() as connection:
        for table, rows in ((warehouse.cases, cases), (warehouse.queue_entries, entries)):
            if rows:
                connection.execute(insert(table), rows)
        versions.publish(connection, 1, run_id=1, made_at=utc_now())


def test_every_kind_of_gap_is_found_and_listed(engine: Engine) -> None:
    fill(
        engine,
        [
            case(1, queue_number="A-1"),
            case(2, queue_number="A-2"),
            case(3, queue_number="A-3"),
            case(4),
            case(5, outcome="refused"),
            case(6, outcome=None, outcome_on=None, queue_number="A-6"),
        ],
        [
            entry(1, number="A-1"),
            entry(3, number="A-3", category="b"),
            entry(6, number="A-6"),
            entry(7, number="A-7", registered_on=FIRST + timedelta(days=9)),
            entry(8, number="A-8", registered_on=FIRST - timedelta(days=1)),
        ],
    )
    found = queries.reconciled(engine, scope=EVERY, as_of=FIRST + timedelta(days=30))
    assert found.since == FIRST
    assert found.matched == 1
    kept = found.rows.set_index("gap")
    assert {
        gap: kept.loc[[gap], "number"].tolist() for gap in ("not_listed", "no_application")
    } == {
        "not_listed": ["A-2"],
        "no_application": ["A-7"],
    }
    assert kept.loc[["other_category"], "case_id"].tolist() == ["C3"]
    assert kept.loc[["no_number"], "case_id"].tolist() == ["C4"]


@pytest.mark.parametrize("seed", range(6))
def test_both_sides_add_up_as_a_search_one_by_one_says(engine: Engine, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (a test's dice)
    day = lambda: FIRST + timedelta(days=dice.randrange(40))  # noqa: E731
    cases = [
        case(
            i,
            category=dice.choice(CATEGORIES),
            outcome_on=day(),
            queue_number=dice.choice([None, *(f"N{k}" for k in range(25))]),
        )
        for i in range(30)
    ]
    entries = [
        entry(
            i,
            number=f"N{dice.randrange(25)}",
            category=dice.choice(CATEGORIES),
            registered_on=day(),
        )
        for i in range(30)
    ]
    fill(engine, cases, entries)
    as_of = FIRST + timedelta(days=25)
    for chosen in ((), ("a",), CATEGORIES):
        found = queries.reconciled(engine, scope=EVERY, as_of=as_of, categories=chosen)
        wanted = chosen or CATEGORIES
        known = [e for e in entries if e["registered_on"] <= as_of]  # type: ignore[operator]
        numbers = {e["number"] for e in known}
        pairs = {(e["number"], e["category"]) for e in known}
        mine = [
            c
            for c in cases
            if c["outcome_on"] <= as_of and c["category"] in wanted  # type: ignore[operator]
        ]
        told = {c["queue_number"] for c in cases}
        assert found.gaps == {
            "no_number": sum(c["queue_number"] is None for c in mine),
            "not_listed": sum(c["queue_number"] not in numbers | {None} for c in mine),
            "other_category": sum(
                c["queue_number"] in numbers and (c["queue_number"], c["category"]) not in pairs
                for c in mine
            ),
            "no_application": sum(
                e["number"] not in told
                and e["category"] in wanted
                and e["registered_on"] >= found.since  # type: ignore[operator]
                for e in known
            ),
        }
        assert found.matched == sum((c["queue_number"], c["category"]) in pairs for c in mine)
        assert found.rows["gap"].value_counts().to_dict() == {
            gap: n for gap, n in found.gaps.items() if n
        }


def test_no_registered_application_is_no_reconciliation(engine: Engine) -> None:
    fill(engine, [case(1, outcome="refused")], [entry(1, number="A-1")])
    found = queries.reconciled(engine, scope=EVERY, as_of=FIRST)
    assert (found.since, found.matched) == (None, 0)
    assert found.gaps == dict.fromkeys(GAPS, 0)
    assert not found.tells_numbers


def test_applications_that_tell_no_number_are_not_matched(engine: Engine) -> None:
    fill(engine, [case(1, number=None), case(2, number=None)], [entry(1, number="A-1")])
    found = queries.reconciled(engine, scope=EVERY, as_of=FIRST)
    assert found.gaps == dict.fromkeys(GAPS, 0)
    assert not found.tells_numbers
    assert found.rows.empty


def test_a_scope_lists_its_own_cases_and_no_entry_of_the_register(engine: Engine) -> None:
    # Given gaps of two offices and two channels, and an entry without an application
    cases = [
        case(1, service_point="p", queue_number="A-1"),
        case(2, service_point="q", queue_number="A-2"),
        case(3, service_point="q", channel="d", queue_number="A-3"),
    ]
    fill(engine, cases, [entry(7, number="A-7")])
    scopes = {
        "p": Scope(service_points=frozenset({"p"})),
        "d": Scope(channels=frozenset({"d"})),
        "both": Scope(service_points=frozenset({"p"}), channels=frozenset({"d"})),
        "none": Scope(),
    }
    # When: one after another, so that one must not answer for the next
    found = {
        name: queries.reconciled(engine, scope=scope, as_of=FIRST)
        for name, scope in {**scopes, "every": EVERY}.items()
    }
    # Then
    listed = {name: sorted(f.rows["case_id"].dropna()) for name, f in found.items()}
    assert listed == {
        "p": ["C1"], "d": ["C3"], "both": ["C1", "C3"], "none": [], "every": ["C1", "C2", "C3"],
    }  # fmt: skip
    for name, f in found.items():
        assert f.gaps == found["every"].gaps, "the city's counts are the same for all"
        assert f.own["not_listed"] == len(listed[name])
        assert f.own["no_application"] == (1 if name == "every" else 0)


def test_the_longest_standing_are_listed_and_of_one_day_those_with_the_lowest_number(
    engine: Engine,
) -> None:
    later = {"outcome_on": FIRST + timedelta(days=1)}
    fill(
        engine,
        [case(9), case(3, **later), case(4), case(1, **later), case(7), case(5, queue_number="A")],
        [entry(8, number="B"), entry(2, number="B"), entry(6, number="C")],
    )
    found = queries.reconciled(engine, scope=EVERY, as_of=FIRST + timedelta(days=9), most=4)
    listed = found.rows.set_index("gap")
    assert listed.loc[["no_number"], "case_id"].tolist() == ["C4", "C7", "C9", "C1"]
    assert listed.loc[["no_application"], "number"].tolist() == ["B", "B", "C"]
    assert found.gaps["no_number"] == 5


def test_one_number_on_many_applications_and_entries_is_not_multiplied(tmp_path: Path) -> None:
    """SQLite counts the steps that it takes: twice as many records may cost twice as many."""
    engine = open_engine(screens.database(tmp_path))
    steps: list[int] = []
    event.listen(
        engine,
        "checkout",
        lambda dbapi, *_: dbapi.set_progress_handler(lambda: steps.append(1), 100),
    )
    taken = []
    for turn, many in enumerate((300, 600), start=1):
        with engine.begin() as connection:
            for table in (warehouse.cases, warehouse.queue_entries):
                connection.execute(table.delete())
            some = [case(key, queue_number="-") for key in range(many)]
            connection.execute(insert(warehouse.cases), some)
            listed = [entry(key, number="-", registered_on=SECOND) for key in range(many)]
            connection.execute(insert(warehouse.queue_entries), listed)
            versions.publish(connection, turn, run_id=turn, made_at=utc_now())
        steps.clear()
        found = queries.reconciled(engine, scope=EVERY, as_of=SECOND)
        assert found.matched == many
        taken.append(len(steps))
    engine.dispose()
    few, twice = taken
    assert 0 < twice < 3 * few

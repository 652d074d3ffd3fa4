"""A gateway message that is corrected: what it no longer says of a case is not held of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, select

from etl import warehouse
from tests.support.deliveries import case_row, delivery, event_row, message_row
from tests.support.dump import dump
from tests.support.loading import empty, load_deliveries
from tests.support.regulations import small_town

TOWN = small_town()
BEGUN = [event_row(case, "desk-start", "2013-02-01 04:00") for case in "abc"]
CASES = [
    case_row("a", executor="Office 1", queue_number="7"),
    case_row("b"),
    case_row("c", executor="Office 1"),
]
OFFICE_2 = message_row("m1", "a", "2013-02-10", executor="Office 2", queue_number="8")


def _load(engine: Engine, messages: Sequence[Any], *, cases: Sequence[Any] = CASES) -> None:
    site = delivery(cases=cases, events=BEGUN if cases else [], messages=messages)
    load_deliveries(engine, TOWN, {"site": site}, full=bool(cases))


def _told(engine: Engine) -> list[tuple[Any, ...]]:
    kept = warehouse.cases.c
    query = select(kept.case_id, kept.executor, kept.queue_number).order_by(kept.case_id)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_message_that_is_for_another_case_leaves_the_former_its_own_words(
    engine: Engine,
) -> None:
    _load(engine, [OFFICE_2])
    assert _told(engine)[0] == ("a", "Office 2", "8")
    _load(engine, [{**OFFICE_2, "case_id": "b"}])
    assert _told(engine) == [
        ("a", "Office 1", "7"),
        ("b", "Office 2", "8"),
        ("c", "Office 1", None),
    ]


def test_its_result_goes_with_it(engine: Engine) -> None:
    result = message_row("m1", "a", "2013-02-10", outcome="refused")
    ends = [event_row(case, "desk-end", "2013-02-10 04:00") for case in "ab"]
    load_deliveries(
        engine, TOWN, {"site": delivery(cases=CASES, events=[*BEGUN, *ends], messages=[result])}
    )
    moved = delivery(messages=[{**result, "case_id": "b"}])
    load_deliveries(engine, TOWN, {"site": moved}, full=False)
    clocks = warehouse.case_clocks.c
    with engine.connect() as connection:
        query = select(clocks.case_id).where(clocks.outcome == "refused").distinct()
        assert connection.scalars(query).all() == ["b"]


def test_a_message_that_says_less_leaves_what_an_earlier_one_said(engine: Engine) -> None:
    earlier = message_row("m0", "a", "2013-02-09", queue_number="5")
    _load(engine, [earlier, OFFICE_2])
    _load(engine, [earlier, message_row("m1", "a", "2013-02-10")])
    assert _told(engine)[0] == ("a", "Office 1", "5")


def test_of_a_record_that_was_not_read_nothing_is_held_until_it_is(engine: Engine) -> None:
    _load(engine, [OFFICE_2])
    _load(engine, [{**OFFICE_2, "case_id": "b"}], cases=())
    assert _told(engine)[:2] == [("a", None, None), ("b", "Office 2", "8")]
    _load(engine, [{**OFFICE_2, "case_id": "b"}])
    assert _told(engine)[:2] == [("a", "Office 1", "7"), ("b", "Office 2", "8")]


def test_what_no_message_had_said_stays(engine: Engine) -> None:
    later = message_row("m2", "a", "2013-02-11", executor="Office 3")
    _load(engine, [OFFICE_2, later])
    _load(engine, [{**OFFICE_2, "case_id": "b"}, later], cases=())
    assert _told(engine)[0] == ("a", "Office 3", None)


@pytest.mark.parametrize("seed", range(4))
def test_corrected_messages_end_in_the_warehouse_of_those_that_were_right_at_once(
    engine: Engine, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (only test data)

    def messages() -> list[Any]:
        return [
            message_row(
                f"m{number}",
                chance.choice("abc"),
                f"2013-02-{chance.randint(1, 5):02}",
                executor=chance.choice((None, "Office 1", "Office 2")),
                queue_number=chance.choice((None, "7", "8")),
                outcome=chance.choice((None, "refused", "registered", "rejected")),
            )
            for number in range(4)
        ]

    right = messages()
    for some in (messages(), messages(), right):
        _load(engine, some)
    corrected = _held(engine)
    empty(engine)
    _load(engine, right)
    assert corrected == _held(engine)


def _held(engine: Engine) -> Any:
    """Everything but which run brought it, and what held before."""
    ledger = ("run", "run_source", "regulation", "version", "former_case_clocks")
    return dump(engine, without=ledger, columns_out=("run_id", "since"))

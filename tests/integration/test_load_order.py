"""Whatever the order and repetition of deliveries, the same warehouse comes of them."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from etl import versions, warehouse
from etl.regulation.model import Clock
from tests.support.deliveries import case_row, delivery, event_row, message_row
from tests.support.dump import dump
from tests.support.loading import empty, load_deliveries
from tests.support.regulations import small_town

TOWN = small_town()
CASES = ("a", "b", "c")
STEPS = ("desk-start", "desk-review", "desk-end")
HOURS = pd.Timestamp("2013-01-30 12:00")  # some of the events cross midnight in Almaty

_LEDGER = ("run", "run_source", "regulation", "version", "quarantine")
_RUNS = ("run_id", "remark_id", "closed_run_id", "row_hash", "since", "until")

_event = st.builds(
    lambda case, step, hours, outcome: event_row(
        case,
        step,
        HOURS + pd.Timedelta(hours=hours),
        outcome=outcome if step == "desk-end" else None,
    ),
    st.sampled_from(CASES),
    st.sampled_from(STEPS),
    st.integers(0, 60),
    st.sampled_from((None, "registered", "refused", "rejected")),
)
_events = st.lists(_event, max_size=8, unique_by=lambda e: e["event_id"])
_message = st.builds(
    lambda number, case, hours, outcome, queue_number: message_row(
        f"message-{number}",
        case,
        None if hours is None else HOURS + pd.Timedelta(hours=hours),
        outcome=outcome,
        queue_number=queue_number,
    ),
    st.integers(0, 9),
    st.sampled_from(CASES),
    st.none() | st.integers(0, 3),
    st.sampled_from((None, "registered", "refused", "rejected")),
    st.sampled_from((None, "17", "18")),
)
_messages = st.lists(_message, max_size=5, unique_by=lambda m: m["message_id"])
_case = st.builds(
    lambda case, category, start, stop, stated: case_row(
        case,
        category=category,
        stated_at=HOURS + pd.Timedelta(hours=stated),
        gives_start=start is not None,
        recorded_start_at=None if start is None else HOURS + pd.Timedelta(hours=start),
        gives_stop=stop is not None,
        recorded_stop_at=None if stop is None else HOURS + pd.Timedelta(hours=stop),
    ),
    st.sampled_from(CASES),
    st.sampled_from(("families", "veterans")),
    st.none() | st.integers(0, 60),
    st.none() | st.integers(0, 60),
    st.integers(0, 99),
)
_cases = st.lists(
    _case,
    min_size=1,
    max_size=5,
    unique_by=lambda c: c["stated_at"],
)


@settings(
    max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cases=_cases,
    events=_events,
    messages=_messages,
    cut=st.integers(0, 8),
    order=st.permutations(range(6)),
)
def test_any_order_of_deliveries_ends_in_what_plain_counting_says(
    engine: Engine,
    *,
    cases: list[dict[str, Any]],
    events: list[dict[str, Any]],
    messages: list[dict[str, Any]],
    cut: int,
    order: list[int],
) -> None:
    # Given one town's records, cut into six deliveries, of which two come twice
    parts = [
        {"office": delivery(cases=_one_each(cases[:2]))},
        {"office": delivery(cases=_one_each(cases[2:]))},
        {"journal": delivery(events=events[:cut])},
        {"journal": delivery(events=events[cut:])},
        {"site": delivery(messages=messages[:cut])},
        {"site": delivery(messages=messages[cut:])},
    ]
    # When they are loaded in some order, and events and messages once more after their cases
    empty(engine)
    shown = {}
    for index in (*order, *order[:2], 2, 3, 4, 5):
        load_deliveries(engine, TOWN, parts[index], full=False)
        shown[_version(engine)] = dump(engine)["mart_cases"]
    # Then the warehouse holds what loops over the rows say
    held = dump(engine, without=_LEDGER, columns_out=_RUNS)
    known = {case["case_id"]: case for case in _one_each(cases)}
    told = [event for event in events if event["case_id"] in known]
    sent = [message for message in messages if message["case_id"] in known]
    expected = [span for case in known.values() for span in _spans(case, told, sent)]
    assert {row[0] for row in held["events"]} == {event["event_id"] for event in told}
    assert {row[0] for row in held["messages"]} == {message["message_id"] for message in sent}
    assert {row[0]: row[-4:] for row in held["cases"]} == {
        case_id: (
            _latest(sent, case_id, "queue_number"),
            case["stated_at"].to_pydatetime(),
            *_ending(case, told, sent),
        )
        for case_id, case in known.items()
    }
    assert held["case_clocks"] == sorted(
        (_clock_row(s, known[s["case_id"]], told, sent) for s in expected), key=repr
    )
    assert Counter({row[:-1]: row[-1] for row in held["mart_cases"]}) == Counter(
        _mart_row(span, known[span["case_id"]], told, sent) for span in expected
    )
    # And what was counted once can be counted again
    for version, rows in shown.items():
        assert _counted_at(engine, version) == rows


def _version(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.max(warehouse.version.c.version))) or 0


def _counted_at(engine: Engine, version: int) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(versions.counted_at(warehouse.CASE_FACTS, version))
        return sorted((tuple(row) for row in rows), key=repr)


def _one_each(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was stated last of each case."""
    in_order = sorted(cases, key=lambda case: case["stated_at"])
    return list({case["case_id"]: case for case in in_order}.values())


def _spans(
    case: dict[str, Any], events: list[dict[str, Any]], messages: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The clocks of a case, by loops."""
    spans = [_span(case, events, clock) for clock in TOWN.clocks]
    headline, _ = _ending(case, events, messages)
    return [] if headline == "rejected" else [span for span in spans if span]


def _span(
    case: dict[str, Any], events: list[dict[str, Any]], clock: Clock
) -> dict[str, Any] | None:
    mine = sorted(
        (e for e in events if e["case_id"] == case["case_id"]),
        key=lambda e: (e["occurred_at"], e["event_id"]),
    )
    by_record = clock.records and case["gives_start"]
    starts = [e["occurred_at"] for e in mine if e["step"] in clock.starts]
    start = case["recorded_start_at"] if by_record else (starts[0] if starts else None)
    if start is None:
        return None
    later = [
        e for e in mine if e["step"] in clock.stops and _local(e["occurred_at"]) >= _local(start)
    ]
    stop = later[0]["occurred_at"] if later else None
    if clock.records and case["gives_stop"]:
        given_stop = case["recorded_stop_at"]
        stop = given_stop if _local(given_stop) >= _local(start) else None
    return {
        "case_id": case["case_id"],
        "clock": clock.code,
        "start": start,
        "stop": stop,
        "due": _local(start) + timedelta(days=clock.limit),
        "stop_outcome": later[0]["outcome"] if later else None,
    }


def _ending(
    case: dict[str, Any], events: list[dict[str, Any]], messages: list[dict[str, Any]]
) -> tuple[str | None, date | None]:
    """How the case ended, and the day that it counts from."""
    headline = _span(case, events, TOWN.clock())
    if headline is None:
        mine = [row for row in (*events, *messages) if row["case_id"] == case["case_id"]]
        return "rejected" if any(row["outcome"] == "rejected" for row in mine) else None, None
    if headline["stop"] is None:
        return None, None
    results = [message for message in messages if message["outcome"] != "rejected"]
    outcome = _latest(results, case["case_id"], "outcome") or headline["stop_outcome"]
    return outcome, _local(headline["stop"]) if outcome not in {None, "rejected"} else None


def _latest(messages: list[dict[str, Any]], case_id: str, what: str) -> str | None:
    """What the latest message that says it says; one without a time is older than any."""
    said = [m for m in messages if m["case_id"] == case_id and m[what] is not None]
    order = sorted(said, key=lambda m: (m["sent_at"] or pd.Timestamp(0), m["message_id"]))
    return order[-1][what] if order else None


def _local(time: pd.Timestamp) -> date:
    return (time + pd.Timedelta(hours=6)).date()


def _clock_row(
    span: dict[str, Any],
    case: dict[str, Any],
    events: list[dict[str, Any]],
    messages: list[dict[str, Any]],
) -> tuple[Any, ...]:
    stop = span["stop"]
    return (
        span["case_id"],
        span["clock"],
        "desk",
        case["category"],
        "hall",
        span["start"].to_pydatetime(),
        _local(span["start"]),
        span["due"],
        stop.to_pydatetime() if stop is not None else None,
        _local(stop) if stop is not None else None,
        *_ending(case, events, messages),
    )


def _mart_row(
    span: dict[str, Any],
    case: dict[str, Any],
    events: list[dict[str, Any]],
    messages: list[dict[str, Any]],
) -> tuple[Any, ...]:
    stop = _local(span["stop"]) if span["stop"] is not None else None
    return (
        span["clock"],
        "desk",
        case["category"],
        "hall",
        _local(span["start"]),
        span["due"],
        stop,
        *_ending(case, events, messages),
    )


def test_ids_that_hold_signs_of_ours_order_the_events_of_a_moment(engine: Engine) -> None:
    # Given two events of a case at one moment, told apart by their ids alone
    at, shown = "2013-01-30 12:00", []
    for break_ in ("\n", "\r", "\x1f", "-"):
        events = [
            event_row("a", "desk-start", "2013-01-30 09:00", event_id=f"1{break_}1"),
            event_row("a", "desk-review", at, event_id=f"2{break_}2"),
            event_row("a", "desk-review", at, event_id=f"2{break_}1"),
            event_row("a", "desk-end", at, event_id=f"3{break_}1", outcome="registered"),
        ]
        # When
        empty(engine)
        parts = {"office": delivery(cases=[case_row("a")]), "journal": delivery(events=events)}
        load_deliveries(engine, TOWN, parts)
        held = dump(engine, without=_LEDGER, columns_out=_RUNS)
        shown.append({name: rows for name, rows in held.items() if name != "events"})
        assert {row[0] for row in held["events"]} == {event["event_id"] for event in events}
    # Then their signs make no difference
    assert shown[0]["case_clocks"]
    assert all(held == shown[-1] for held in shown)

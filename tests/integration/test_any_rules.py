"""Under any rules, from the raw events on: every measure of cases equals loops over these.

A clock's days, a diagram's ways, the calendar and the time zone are drawn; what a case's clocks
and outcome are is worked out here once more, event by event.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import holidays
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import measures
from dashboard.filters import Filter
from etl.databases import open_engine
from etl.regulation.model import Channel, Clock, HolidayCalendar, Regulation
from tests.support import oracle
from tests.support.city import AS_OF, CaseRow, City, EventRow
from tests.support.deliveries import case_row, delivery, event_row
from tests.support.loading import load_deliveries
from tests.support.oracle import agree
from tests.support.questions import any_filters
from tests.support.regulations import small_town

TOWN = small_town()
FIRST = AS_OF - timedelta(days=300)
Country = Literal["KZ", "IT", "US"]
Zone = Literal["Asia/Almaty", "Europe/Rome", "America/New_York"]

days = st.dates(FIRST - timedelta(days=30), AS_OF + timedelta(days=90))


@st.composite
def any_rules(draw: st.DrawFn) -> Regulation:
    return replace(
        TOWN,
        timezone=draw(st.sampled_from(get_args(Zone))),
        calendar=HolidayCalendar(
            draw(st.sampled_from(get_args(Country))),
            extra_holidays=draw(st.frozensets(days, max_size=20)),
            extra_working_days=draw(st.frozensets(days, max_size=5)),
        ),
        channels=tuple(draw(any_way(channel)) for channel in TOWN.channels),
        clocks=tuple(draw(any_clock(clock)) for clock in TOWN.clocks),
        headline_clock=draw(st.sampled_from(TOWN.codes("clocks"))),
    )


@st.composite
def any_way(draw: st.DrawFn, channel: Channel) -> Channel:
    """The steps of a channel, joined otherwise; in some the middle one is a condition."""
    codes = [step.code for step in channel.steps]
    results = st.sampled_from([(), ("registered",), ("returned",), ("registered", "refused")])
    return replace(
        channel,
        steps=tuple(
            replace(
                step,
                next=tuple(draw(st.permutations(codes))[: draw(st.integers(0, 3))]),
                outcomes=draw(results),
                kind=draw(st.sampled_from(["process", "condition"])) if place == 1 else step.kind,
            )
            for place, step in enumerate(channel.steps)
        ),
    )


@st.composite
def any_clock(draw: st.DrawFn, clock: Clock) -> Clock:
    codes = st.sampled_from(sorted(TOWN.steps))
    return replace(
        clock,
        starts=draw(st.frozensets(codes, min_size=1)),
        stops=draw(st.frozensets(codes, min_size=1)),
        limit=draw(st.integers(1, 60)),
        start_offset=draw(st.sampled_from([0, 1])),
        day_type=draw(st.sampled_from(["calendar", "working"])),
        roll_forward=draw(st.booleans()),
    )


@dataclass(frozen=True)
class Told:
    """A case as a source tells it, and its events as they happened (UTC)."""

    row: dict[str, Any]
    events: list[dict[str, Any]]


def any_case(dice: random.Random, number: int, regulation: Regulation) -> Told:
    case, zone = f"case-{number:03}", ZoneInfo(regulation.timezone)
    at = datetime.combine(FIRST, datetime.min.time()) + timedelta(hours=dice.randrange(7000))
    events = []
    for position in range(dice.randrange(7)):
        at += dice.choice([timedelta(), timedelta(minutes=dice.randrange(60 * 24 * 25))])
        if local(at, zone) > AS_OF:
            break
        step = dice.choice([*sorted(TOWN.steps)[dice.randrange(2) :: 2], "desk-start"])
        events.append(
            event_row(
                case,
                step,
                at,
                position=position,
                event_id=f"{case}/{position}",
                occurred_on=pd.Timestamp(local(at, zone)),
            )
        )
    given: dict[str, Any] = {
        "channel": dice.choice(TOWN.codes("channels")),
        "category": dice.choice(TOWN.codes("categories")),
        "service_point": dice.choice(("hall", "mall")),
        "recorded_outcome": dice.choice([None, None, None, *TOWN.codes("outcomes")]),
    }
    for end in ("start", "stop"):
        if dice.random() < 0.3:
            stated = datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(
                hours=dice.randrange(7000)
            )
            known = dice.random() < 0.7
            given[f"gives_{end}"] = True
            given[f"recorded_{end}_at"] = (
                pd.Timestamp(stated.replace(tzinfo=None)) if known else None
            )
            day = pd.Timestamp(local(stated.replace(tzinfo=None), zone)) if known else None
            given[f"recorded_{end}_on"] = day
    return Told(case_row(case, **given), events)


def local(moment: datetime, zone: ZoneInfo) -> date:
    return moment.replace(tzinfo=UTC).astimezone(zone).date()


def span(told: Told, clock: Clock) -> tuple[date, date | None, str | None] | None:
    """The days of a clock's start and stop, and the step that stopped it; None: it never began."""
    events = [(e["occurred_on"].date(), e["step"]) for e in told.events]
    starts = [day for day, step in events if step in clock.starts]
    start = starts[0] if starts else None
    if clock.records and told.row["gives_start"]:
        stated = told.row["recorded_start_on"]
        start = stated.date() if stated is not None else None
    if start is None:
        return None
    stops = [(day, step) for day, step in events if step in clock.stops and day >= start]
    stop, step = stops[0] if stops else (None, None)
    if clock.records and told.row["gives_stop"]:
        stated = told.row["recorded_stop_on"]
        stop = stated.date() if stated is not None and stated.date() >= start else None
    return start, stop, step


def due(start: date, clock: Clock, calendar: HolidayCalendar) -> date:
    """Counted day by day."""
    years = range(start.year - 1, start.year + 3)
    country = holidays.country_holidays(calendar.country, years=years)

    def works(day: date) -> bool:
        told = country.is_working_day(day) or day in calendar.extra_working_days
        return told and day not in calendar.extra_holidays

    day = start if clock.start_offset == 0 else start + timedelta(days=1)
    counted = 0
    while True:
        counted += clock.day_type == "calendar" or works(day)
        if counted >= clock.limit:
            break
        day += timedelta(days=1)
    while (clock.roll_forward or clock.day_type == "working") and not works(day):
        day += timedelta(days=1)
    return day


def rows_of(told: Told, regulation: Regulation) -> Iterator[CaseRow]:
    """The case under each clock that has begun; one that none has still takes its steps."""
    headline = span(told, regulation.clock(regulation.headline_clock))
    outcome = told.row["recorded_outcome"]
    if outcome != "rejected" and (headline is None or headline[1] is None):
        outcome = None
    elif outcome is None and headline is not None and headline[2] is not None:
        results = regulation.steps[headline[2]].outcomes
        outcome = results[0] if len(results) == 1 else None
    known_on = headline[1] if headline and outcome not in {None, "rejected"} else None
    spans = {clock: span(told, clock) for clock in regulation.clocks}
    begun = {clock: found for clock, found in spans.items() if found is not None}
    for code, start, due_on, stop in [
        (clock.code, start, due(start, clock, regulation.calendar), stop)
        for clock, (start, stop, _) in begun.items()
    ] or [("none", AS_OF, AS_OF, None)]:
        yield CaseRow(
            case_id=told.row["case_id"],
            channel=told.row["channel"],
            category=told.row["category"],
            service_point=told.row["service_point"],
            executor=None,
            clock=code,
            received_on=start,
            due_on=due_on,
            stopped_on=stop,
            outcome=outcome,
            outcome_on=known_on,
        )


@given(rules=any_rules(), seed=st.integers(0, 10_000), asked=any_filters(TOWN, days))
@settings(deadline=None, max_examples=8)
def test_from_events_to_measures_under_any_rules(
    empty_warehouse: Callable[[], AbstractContextManager[str]],
    rules: Regulation,
    seed: int,
    asked: Filter,
) -> None:
    dice = random.Random(seed)  # noqa: S311 (no secret hangs on it)
    told = [any_case(dice, number, rules) for number in range(40)]
    city = City(
        rules,
        cases=[row for one in told for row in rows_of(one, rules)],
        events=[
            EventRow(
                event_id=e["event_id"],
                case_id=e["case_id"],
                step=e["step"],
                occurred_at=e["occurred_at"].to_pydatetime(),
                occurred_on=e["occurred_on"].date(),
                position=e["position"],
            )
            for one in told
            for e in one.events
        ],
    )
    rows = delivery(cases=[t.row for t in told], events=[e for t in told for e in t.events])
    with empty_warehouse() as address:
        engine = open_engine(address)
        load_deliveries(engine, rules, {"office": rows}, whole_events=True)
        found = measures.compute(engine, rules, asked, within=20, min_answers=1)
        engine.dispose()
    expected = oracle.measures(city, asked, within=20)
    agree(found, {key: expected[key] for key in found})

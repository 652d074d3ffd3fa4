"""A small random city in a warehouse, with its rows at hand for whoever counts them by loops."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy import Connection, Engine, insert

from etl import courses, load, marts, versions, warehouse
from etl.regulation.model import Regulation

AS_OF = date(2013, 12, 31)


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """One case under one clock, as a record of a source would tell it."""

    case_id: str
    channel: str
    category: str
    service_point: str
    executor: str | None
    clock: str
    received_on: date
    due_on: date
    stopped_on: date | None
    outcome: str | None
    outcome_on: date | None


@dataclass(frozen=True, kw_only=True)
class EventRow:
    event_id: str
    case_id: str
    step: str
    occurred_at: datetime
    occurred_on: date
    position: int


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    entry_id: str
    category: str
    registered_on: date
    removed_on: date | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class AnswerRow:
    response_id: str
    service_point: str
    answered_on: date
    question: str
    answer: int


@dataclass
class City:
    """Everything that was put into the warehouse, row by row."""

    regulation: Regulation
    as_of: date = AS_OF
    cases: list[CaseRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    queue: list[QueueRow] = field(default_factory=list)
    answers: list[AnswerRow] = field(default_factory=list)


def random_city(
    regulation: Regulation,
    *,
    seed: int = 1,
    cases: int = 200,
    entries: int = 120,
    responses: int = 80,
    as_of: date = AS_OF,
    days: int = 400,
) -> City:
    """A city of the ``days`` before ``as_of``; the same for the same arguments.

    Some cases are open, some late, some stop on the day they start, some were rejected; the second
    and further clocks of the regulation run inside the first and stop before its outcome is known.
    """
    dice = random.Random(seed)  # noqa: S311 (no secret hangs on it)
    city = City(regulation, as_of)
    for number in range(cases):
        _add_case(city, dice, number, days)
    city.queue = [_entry(city, dice, number, days) for number in range(entries)]
    if regulation.survey:
        for number in range(responses):
            city.answers.extend(_response(city, dice, number, days))
    return city


def fill(engine: Engine, city: City) -> City:
    """Put ``city`` into an empty migrated warehouse, as one successful run; bring up its marts."""
    with engine.begin() as connection:
        _fill_ledger(connection, city)
        _fill_cases(connection, city)
        _fill_queue(connection, city)
        _fill_survey(connection, city)
        touched = load.number(connection, None)
        took = load.Taken(connection, touched, few=False)
        courses.derive(connection, touched, took, regulation=city.regulation, version=1)
        touched.drop(connection)  # the connection goes back to be used again
        marts.rebuild(connection)
        courses.refresh(connection)
        new_version(connection)
    return city


class Filling:
    """Fills a warehouse with a city that is made once a process; for the fixture ``filling``."""

    def __init__(self, make: Callable[[], City]) -> None:
        self._make = make

    @cached_property
    def city(self) -> City:
        """What lies in every copy of the warehouse."""
        return self._make()

    def __call__(self, engine: Engine) -> City:
        return fill(engine, self.city)


def new_version(connection: Connection) -> None:
    """Say that something changed, as every load does."""
    made_at = datetime.combine(AS_OF, time(12))
    versions.publish(connection, versions.upcoming(connection), run_id=1, made_at=made_at)


def _add_case(city: City, dice: random.Random, number: int, days: int) -> None:
    regulation = city.regulation
    place = dice.choice(regulation.service_points)
    channel = place.channel or dice.choice(regulation.codes("channels"))
    received = city.as_of - timedelta(days=dice.randrange(days))
    lasted = round(dice.lognormvariate(3.0, 0.8))
    finished = received + timedelta(days=lasted)
    still = finished > city.as_of or dice.random() < 0.04
    stopped = None if still else finished
    outcome = None
    if stopped:
        outcome = dice.choices(regulation.codes("outcomes"), k=1)[0]
    for index, clock in enumerate(regulation.clocks):
        start = received if index == 0 else received + timedelta(days=lasted // 3)
        if start > city.as_of or (index and dice.random() < 0.2):
            continue
        city.cases.append(
            CaseRow(
                case_id=f"case-{number:05}",
                channel=channel,
                category=dice.choice(regulation.codes("categories"))
                if index == 0
                else city.cases[-1].category,
                service_point=place.code,
                executor=dice.choice((None, "Officer 1", "Officer 2", "Officer 3"))
                if index == 0
                else city.cases[-1].executor,
                clock=clock.code,
                received_on=start,
                due_on=start + timedelta(days=clock.limit + dice.randrange(3)),
                stopped_on=stopped if index == 0 else _part_way(start, finished, city.as_of),
                outcome=outcome,
                outcome_on=stopped,
            )
        )
    _add_events(city, dice, number, channel, (received, stopped or city.as_of))


def _part_way(start: date, finished: date, as_of: date) -> date | None:
    end = start + (finished - start) * 2 // 3
    return None if end > as_of else end


def _add_events(
    city: City, dice: random.Random, number: int, channel: str, span: tuple[date, date]
) -> None:
    steps = [s.code for s in city.regulation.named("channels", channel).steps]
    first, last = span
    days = sorted(dice.randint(0, (last - first).days) for _ in range(dice.randint(1, 5)))
    taken = [dice.choice(steps) for _ in days]
    if number % 3 == 0:  # as the diagram has it, as far as it goes
        taken = _usual_way(city.regulation, channel, number)[: len(days)]
    city.events.extend(
        EventRow(
            event_id=f"case-{number:05}/{position}",
            case_id=f"case-{number:05}",
            step=step,
            occurred_at=_moment(first + timedelta(days=day), number, position),
            occurred_on=first + timedelta(days=day),
            position=position,
        )
        for position, (day, step) in enumerate(zip(days, taken, strict=False))
    )


def _usual_way(regulation: Regulation, channel: str, number: int) -> list[str]:
    """A way through the diagram; conditions leave an event in every other case."""
    dice = random.Random(number)  # noqa: S311 (no secret hangs on it)
    steps = {step.code: step for step in regulation.named("channels", channel).steps}
    code = next(step.code for step in steps.values() if step.start)
    way = [code]
    while following := [n for n in steps[code].next if n in steps and n not in way]:
        code = dice.choice(following)
        way.append(code)
    return [c for c in way if number % 2 or steps[c].kind != "condition"]


def _moment(day: date, number: int, position: int) -> datetime:
    """The same for all events of a day in some cases, and to the microsecond in others."""
    return _noon(day) + number % 4 * timedelta(minutes=7 * position, microseconds=number * position)


def _entry(city: City, dice: random.Random, number: int, days: int) -> QueueRow:
    registered = city.as_of - timedelta(days=dice.randrange(5 * days))
    removed = registered + timedelta(days=dice.randrange(5 * days))
    gone = removed <= city.as_of
    return QueueRow(
        entry_id=f"entry-{number:05}",
        category=dice.choice(city.regulation.codes("categories")),
        registered_on=registered,
        removed_on=removed if gone else None,
        reason=dice.choice(city.regulation.codes("reasons")) if gone else None,
    )


def _response(city: City, dice: random.Random, number: int, days: int) -> list[AnswerRow]:
    survey = city.regulation.survey
    assert survey is not None
    place = dice.choice(city.regulation.service_points).code
    answered = city.as_of - timedelta(days=dice.randrange(days))
    return [
        AnswerRow(
            response_id=f"response-{number:05}",
            service_point=place,
            answered_on=answered,
            question=question.code,
            answer=dice.choice([a.value for a in survey.answers]),
        )
        for question in survey.questions
    ]


def _fill_ledger(connection: Connection, city: City) -> None:
    now = datetime.combine(city.as_of, time(12))
    run_id = connection.execute(
        insert(warehouse.run).values(
            started_at=now,
            finished_at=now + timedelta(seconds=5),
            status="succeeded",
            as_of=city.as_of,
            as_of_pinned=True,
            regulation_sha256=city.regulation.sha256,
            code_version="test",
        )
    ).inserted_primary_key
    assert run_id is not None
    if city.regulation.toml:
        connection.execute(
            insert(warehouse.regulation).values(
                sha256=city.regulation.sha256,
                regulation_id=city.regulation.id,
                toml=city.regulation.toml,
                run_id=run_id[0],
            )
        )
    cases = len({c.case_id for c in city.cases})
    connection.execute(
        insert(warehouse.run_source).values(
            run_id=run_id[0],
            source="office",
            entity="cases",
            read=cases,
            inserted=cases,
            updated=0,
            unchanged=0,
            duplicate=0,
            rejected=0,
            newest_event=now - timedelta(hours=3),
            seconds=1.0,
            files=[],
        )
    )


def _fill_cases(connection: Connection, city: City) -> None:
    # One row of `cases` a case, whichever of its clocks comes first.
    firsts = {c.case_id: c for c in reversed(city.cases)}
    _insert(connection, warehouse.cases, [_case(c) for c in firsts.values()])
    _insert(
        connection,
        warehouse.case_clocks,
        [
            {
                "case_id": c.case_id,
                "clock": c.clock,
                "channel": c.channel,
                "category": c.category,
                "service_point": c.service_point,
                "outcome": c.outcome,
                "outcome_on": c.outcome_on,
                "since": 1,
                "started_at": _noon(c.received_on),
                "received_on": c.received_on,
                "stopped_at": _noon(c.stopped_on) if c.stopped_on else None,
                "stopped_on": c.stopped_on,
                "due_on": c.due_on,
            }
            for c in city.cases
        ],
    )
    _insert(
        connection,
        warehouse.events,
        [asdict(e) | {"source": "office", "row_hash": "", "run_id": 1} for e in city.events],
    )


def _case(row: CaseRow) -> dict[str, object]:
    return {
        "case_id": row.case_id,
        "source": "office",
        "channel": row.channel,
        "category": row.category,
        "service_point": row.service_point,
        "executor": row.executor,
        "gives_start": False,
        "gives_stop": False,
        "outcome": row.outcome,
        "outcome_on": row.outcome_on,
        "row_hash": "",
        "run_id": 1,
    }


def _fill_queue(connection: Connection, city: City) -> None:
    _insert(
        connection,
        warehouse.queue_entries,
        [
            asdict(q)
            | {
                "number": q.entry_id,
                "source": "register",
                "row_hash": "",
                "run_id": 1,
                "since": 1,
            }
            for q in city.queue
        ],
    )


def _fill_survey(connection: Connection, city: City) -> None:
    responses = {a.response_id: a for a in city.answers}.values()
    _insert(
        connection,
        warehouse.survey_responses,
        [
            {
                "response_id": a.response_id,
                "service_point": a.service_point,
                "answered_on": a.answered_on,
                "source": "surveys",
                "row_hash": "",
                "run_id": 1,
            }
            for a in responses
        ],
    )
    _insert(
        connection,
        warehouse.survey_answers,
        [asdict(a) | {"since": 1} for a in city.answers],
    )


def _insert(connection: Connection, table: object, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)  # type: ignore[arg-type]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC).replace(tzinfo=None)

"""A small random city that is corrected from load to load, with every version of it at hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, insert, select, update

from etl import versions, warehouse
from etl.warehouse import CASE_FACTS, COURSE_FACTS, QUEUE_FACTS, SURVEY_FACTS, Facts
from tests.support import city as cities
from tests.support.city import AnswerRow, CaseRow, City, QueueRow

Rows = Mapping[tuple[str, ...], Any]  # by the key of the table
_Key = Callable[[Any], tuple[str, ...]]

_MISSING = 0.1  # of the rows that change


def random_history(city: City, *, seed: int, versions: int = 4, touched: float = 0.4) -> list[City]:
    """The city at version 1, 2, …; what changes in a row, and how much at once, is random.

    ``touched``: the share of the rows that change from one version to the next. Rows come and go,
    and come back; some are changed and changed back.
    """
    dice = random.Random(seed)  # noqa: S311 (no secret hangs on it)
    told = [city]
    for _ in range(versions - 1):
        last = dice.choice(told)  # a city may fall back to what it was
        told.append(
            replace(
                told[-1],
                cases=_corrected(dice, city.cases, last.cases, _CASES, touched),
                queue=_corrected(dice, city.queue, last.queue, _ENTRIES, touched),
                answers=_corrected(dice, city.answers, last.answers, _ANSWERS, touched),
            )
        )
    return told


def write(engine: Engine, history: Sequence[City]) -> None:
    """Put the last of the cities into an empty migrated warehouse, and the former ones behind it.

    Each is a version with a successful run of its own, a day after the other.
    """
    cities.fill(engine, history[-1])
    with engine.begin() as connection:
        for number, city in enumerate(history[1:], start=2):
            _add_run(connection, city, number)
        _supersede(connection, CASE_FACTS, [rows_of(c.cases, case_key) for c in history])
        _supersede(connection, QUEUE_FACTS, [rows_of(c.queue, entry_key) for c in history])
        _supersede(connection, SURVEY_FACTS, [rows_of(c.answers, answer_key) for c in history])
        _supersede(connection, COURSE_FACTS, [_courses_of(c) for c in history])


def _courses_of(city: City) -> Rows:
    """The courses of the city's cases, as a warehouse of its own makes them."""
    engine = create_engine("sqlite://")
    warehouse.metadata.create_all(engine)
    cities.fill(engine, city)
    with engine.connect() as connection:
        rows = connection.execute(select(warehouse.case_courses)).mappings().all()
    engine.dispose()
    return {(row["case_id"],): {n: v for n, v in row.items() if n != "since"} for row in rows}


def rows_of(rows: Iterable[Any], key: _Key) -> Rows:
    """Rows by their keys."""
    return {key(row): row for row in rows}


def case_key(row: CaseRow) -> tuple[str, ...]:
    return row.case_id, row.clock


def entry_key(row: QueueRow) -> tuple[str, ...]:
    return (row.entry_id,)


def answer_key(row: AnswerRow) -> tuple[str, ...]:
    return row.response_id, row.question


def _corrected(
    dice: random.Random,
    all_rows: Iterable[Any],
    told: Iterable[Any],
    of: tuple[_Key, Callable[[random.Random, Any, Any], Any]],
    touched: float,
) -> list[Any]:
    key, other = of
    held = rows_of(told, key)
    templates = list(all_rows)
    found = []
    for row in templates:
        now = held.get(key(row))
        if dice.random() < touched:
            if dice.random() < _MISSING:
                continue
            now = other(dice, now or row, dice.choice(templates))
        if now is not None:
            found.append(now)
    return found


def _other_case(dice: random.Random, row: CaseRow, like: CaseRow) -> CaseRow:
    """Some of it becomes what another case says."""
    if dice.random() < 0.4:
        row = replace(row, channel=like.channel, category=like.category)
    if dice.random() < 0.2:
        row = replace(row, service_point=like.service_point)
    if dice.random() < 0.4:
        moved = timedelta(days=dice.randrange(-20, 20))
        stopped = None if row.stopped_on is None else row.stopped_on + abs(moved)
        start = row.received_on - abs(moved)
        row = replace(row, received_on=start, due_on=row.due_on + moved, stopped_on=stopped)
    if dice.random() < 0.4:
        stopped = row.received_on + timedelta(days=dice.randrange(60))
        row = replace(row, stopped_on=None if dice.random() < 0.4 else stopped)
    if dice.random() < 0.4:
        row = replace(row, outcome=like.outcome, outcome_on=like.outcome_on)
    return row


def _other_entry(dice: random.Random, row: QueueRow, like: QueueRow) -> QueueRow:
    if dice.random() < 0.5:
        row = replace(row, category=like.category)
    if dice.random() < 0.3:
        row = replace(row, registered_on=row.registered_on - timedelta(days=dice.randrange(99)))
    if dice.random() < 0.5:
        gone = row.registered_on + timedelta(days=dice.randrange(900))
        there = dice.random() < 0.5
        row = replace(row, removed_on=None if there else gone, reason=None if there else "housed")
    return row


def _other_answer(dice: random.Random, row: AnswerRow, like: AnswerRow) -> AnswerRow:
    if dice.random() < 0.5:
        row = replace(row, answer=like.answer)
    if dice.random() < 0.3:
        row = replace(row, service_point=like.service_point, answered_on=like.answered_on)
    return row


_CASES = case_key, _other_case
_ENTRIES = entry_key, _other_entry
_ANSWERS = answer_key, _other_answer


def _add_run(connection: Connection, city: City, number: int) -> None:
    started = datetime.combine(city.as_of, time(12)) + timedelta(days=number - 1)
    connection.execute(
        insert(warehouse.run).values(
            run_id=number,
            started_at=started,
            finished_at=started + timedelta(seconds=5),
            status="succeeded",
            as_of=city.as_of + timedelta(days=number - 1),
            as_of_pinned=True,
            regulation_sha256=city.regulation.sha256,
            code_version="test",
        )
    )
    made_at = started + timedelta(seconds=4)
    versions.publish(connection, number, run_id=number, made_at=made_at)


def _supersede(connection: Connection, facts: Facts, told: Sequence[Rows]) -> None:
    """What each key was from a version to another: the last in its table, the others behind."""
    former = []
    for key in dict.fromkeys(key for rows in told for key in rows):
        since = 1
        for number in range(1, len(told) + 1):
            row = told[number - 1].get(key)
            if number < len(told) and told[number].get(key) == row:
                continue
            if row is not None and number < len(told):
                former.append(_former(facts, key, row, since=since, until=number + 1))
            elif row is not None:
                own = (facts.kept.c[name] == value for name, value in _named(facts, key).items())
                connection.execute(update(facts.kept).where(*own).values(since=since))
            since = number + 1
    if former:
        connection.execute(insert(facts.former), former)


def _former(facts: Facts, key: tuple[str, ...], row: Any, **span: int) -> dict[str, Any]:
    values = row if isinstance(row, dict) else asdict(row)
    names = (*facts.names, *facts.beside)
    return _named(facts, key) | {name: values[name] for name in names} | span


def _named(facts: Facts, key: tuple[str, ...]) -> dict[str, Any]:
    return dict(zip(facts.keys, key, strict=True))

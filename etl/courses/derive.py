"""The courses of touched cases, worked out anew from all events that the warehouse holds of them.

A case that was rejected was never received and has none. Events of one moment come in the order of
their source, then of their steps' codes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sqlalchemy import (
    Column,
    Connection,
    Date,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from etl import versions
from etl.courses import packed
from etl.courses.verdicts import Diagram, over_time
from etl.frames import whole
from etl.load.area import Area
from etl.load.upsert import insert_new, upsert
from etl.regulation.model import Regulation
from etl.scratch import analyze, temporary
from etl.warehouse import COURSE_FACTS, WORD, case_clocks, case_courses, cases, events

Judge = Callable[[tuple[str, ...]], str]
Judges = Mapping[str, Judge]  # by channel

_AT_ONCE = 20_000  # cases in memory
_TOLD = [column.name for column in case_courses.columns if column.name != "since"]
_OWN = [name for name in _TOLD if name in cases.c]  # what a course is counted by as its case is
_EPOCH = date(1970, 1, 1)


def are_missing(connection: Connection) -> bool:
    """Whether there are received cases and no courses, as after a migration."""
    known = connection.scalar(select(exists().select_from(case_courses)))
    return not known and bool(connection.scalar(select(exists().select_from(case_clocks))))


def derive(
    connection: Connection, touched: FromClause, *, regulation: Regulation, version: int
) -> None:
    """Bring the courses of the ``touched`` cases (case_id) up to date, after their clocks.

    Written only where they differ from what is there, with what held before kept as history. Runs
    in the caller's transaction.
    """
    numbered = _numbered(connection, touched, regulation)
    made = temporary(
        connection,
        "made_courses",
        Column("number", Integer, primary_key=True),
        Column("verdict", WORD),
        Column("steps", WORD, nullable=False),
        Column("times", LargeBinary, nullable=False),
    )
    last = connection.scalar(select(func.max(numbered.c.number))) or 0
    judges = {channel.code: cache(Diagram(channel).judge) for channel in regulation.channels}
    for first in range(1, last + 1, _AT_ONCE):
        rows = _made(connection, numbered, first, first + _AT_ONCE, judges)
        Area(connection).write(made, rows)
    analyze(connection, made)
    theirs = case_courses.c.case_id == touched.c.case_id
    if connection.scalar(select(exists().select_from(touched.join(case_courses, theirs)))):
        _replace(connection, touched, _as_counted(numbered, made), version)
    else:  # nothing is known of any of them
        query = _as_counted(numbered, made).add_columns(literal(version, Integer))
        query = query.order_by(numbered.c.number)
        insert_new(connection, case_courses, [*_TOLD, "since"], query, how_many=last)
    for table in (numbered, made):
        table.drop(connection)


def _numbered(connection: Connection, touched: FromClause, regulation: Regulation) -> Table:
    """The touched cases that were not rejected, from 1, with the day that they were finished."""
    numbered = temporary(
        connection,
        "numbered_cases",
        Column("number", Integer, primary_key=True),
        Column("case_id", WORD, nullable=False),
        Column("channel", WORD, nullable=False),
        Column("stopped_on", Date),
    )
    rejecting = [outcome.code for outcome in regulation.outcomes if outcome.kind == "rejected"]
    headline = and_(
        case_clocks.c.case_id == touched.c.case_id,
        case_clocks.c.clock == regulation.headline_clock,
    )
    number = func.row_number().over(order_by=touched.c.case_id)
    found = (
        select(number, touched.c.case_id, cases.c.channel, case_clocks.c.stopped_on)
        .join_from(touched, cases, cases.c.case_id == touched.c.case_id)
        .outerjoin(case_clocks, headline)
        .where(or_(cases.c.outcome.is_(None), cases.c.outcome.not_in(rejecting)))
    )
    connection.execute(insert(numbered).from_select([c.name for c in numbered.columns], found))
    analyze(connection, numbered)
    return numbered


def _as_counted(numbered: Table, made: Table) -> Select[Any]:
    """The courses with what their cases are counted by, in the order of the table's columns."""
    sources: Mapping[str, Table] = dict.fromkeys(_OWN, cases) | {"stopped_on": numbered}
    columns = [sources.get(name, made).c[name] for name in _TOLD]
    return (
        select(*columns)
        .join_from(numbered, made, made.c.number == numbered.c.number)
        .join(cases, cases.c.case_id == numbered.c.case_id)
    )


def _replace(
    connection: Connection, touched: FromClause, courses: Select[Any], version: int
) -> None:
    told = temporary(
        connection,
        "told_courses",
        *(Column(n, case_courses.c[n].type, primary_key=n in COURSE_FACTS.keys) for n in _TOLD),
    )
    connection.execute(insert(told).from_select(_TOLD, courses))
    analyze(connection, told)
    versions.supersede(connection, COURSE_FACTS, told, version=version, owners=touched)
    kept = case_courses
    same = told.c.case_id == kept.c.case_id
    ids = select(touched.c.case_id).scalar_subquery()
    connection.execute(delete(kept).where(kept.c.case_id.in_(ids), ~exists().where(same)))
    is_other = or_(kept.c.case_id.is_(None), versions.differs(COURSE_FACTS, told.c, kept.c))
    query = (
        select(*(told.c[name] for name in _TOLD), literal(version, Integer))
        .join_from(told, kept, same, isouter=True)
        .where(is_other)
    )
    upsert(connection, kept, [*_TOLD, "since"], query)
    told.drop(connection)


def _made(
    connection: Connection, numbered: Table, first: int, end: int, judges: Judges
) -> pa.Table:
    """The courses of the cases numbered from ``first`` to before ``end``, as Arrow keeps them."""
    among = and_(numbered.c.number >= first, numbered.c.number < end)
    one = numbered.c
    found = whole(connection, [one.number, one.channel, one.stopped_on], where=among)
    found = found.sort_values("number", ignore_index=True)
    taken = _taken(connection, numbered, first, end)
    starts = np.searchsorted(taken.number, found["number"]).tolist()
    courses = list(_sliced(taken, [*starts, len(taken.number)]))
    verdicts = _verdicts(found, courses, judges)
    return pa.table(
        {
            "number": pa.array(found["number"]),
            "verdict": pa.array(verdicts, pa.large_string()),
            "steps": pa.array([course.steps for course in courses], pa.large_string()),
            "times": pa.array([course.times for course in courses], pa.large_binary()),
        }
    )


class _Taken:
    """The steps that many cases took, one case after the other, each in its order."""

    def __init__(self, rows: pd.DataFrame) -> None:
        step = rows["step"].cat
        self.names = [str(name) for name in step.categories]
        by_name = np.argsort(np.argsort(self.names))  # ties by code point, whatever came first
        at = rows["occurred_at"].to_numpy().astype("datetime64[us]").view("int64")
        number, codes = rows["number"].to_numpy(), step.codes.to_numpy()
        order = np.lexsort((by_name[codes], rows["position"].to_numpy(), at, number))
        self.number = number[order]
        self.codes = codes[order].astype(packed.CODE)
        self.when = np.empty(len(rows), packed.TAKEN)
        self.when["at"] = at[order]
        days = rows["occurred_on"].to_numpy().astype("datetime64[D]").view("int64")
        self.when["on"] = days[order]


def _taken(connection: Connection, numbered: Table, first: int, end: int) -> _Taken:
    columns = [numbered.c.number, *(events.c[name] for name in _EVENT)]
    rows = (
        select(*columns)
        .join_from(numbered, events, events.c.case_id == numbered.c.case_id)
        .where(numbered.c.number >= first, numbered.c.number < end)
        .subquery()
    )
    return _Taken(whole(connection, list(rows.c)))


_EVENT = ("step", "occurred_at", "occurred_on", "position")


class _Course:
    __slots__ = ("days", "steps", "times")

    def __init__(self, steps: str, times: bytes, days: npt.NDArray[np.int32]) -> None:
        self.steps, self.times, self.days = steps, times, days


def _sliced(taken: _Taken, bounds: list[int]) -> Iterator[_Course]:
    """The course of each case. Few sequences of steps are different: each is put in words once."""
    codes, times = taken.codes.tobytes(), taken.when.tobytes()
    code, time = packed.CODE.itemsize, packed.TAKEN.itemsize
    words: dict[bytes, str] = {}
    for begin, end in itertools.pairwise(bounds):
        sequence = codes[begin * code : end * code]
        steps = words.get(sequence)
        if steps is None:
            steps = packed.joined(taken.names[c] for c in taken.codes[begin:end])
            words[sequence] = steps
        yield _Course(steps, times[begin * time : end * time], taken.when["on"][begin:end])


def _verdicts(found: pd.DataFrame, courses: list[_Course], judges: Judges) -> Iterator[str | None]:
    """A verdict a case, None while it is open. Each sequence of a channel is judged once."""
    stops = found["stopped_on"].to_numpy().astype("datetime64[D]")
    days = np.where(np.isnat(stops), -1, stops.view("int64")).tolist()
    for course, channel, stop in zip(courses, found["channel"], days, strict=True):
        judge = judges.get(channel)
        if stop < 0 or judge is None:
            yield None
        elif not course.days.size or course.days[-1] <= stop:
            yield judge(packed.parted(course.steps))
        else:
            yield _changing(course, stop, judge)


def _changing(course: _Course, stop: int, judge: Judge) -> str:
    """The verdict of a case of which something happened after its stop."""
    steps = packed.parted(course.steps)
    later = [
        (_EPOCH + timedelta(days=day), judge(steps[: np.searchsorted(course.days, day, "right")]))
        for day in sorted({int(day) for day in course.days if day > stop})
    ]
    return over_time(judge(steps[: np.searchsorted(course.days, stop, "right")]), later)

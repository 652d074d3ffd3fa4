"""The courses of touched cases, worked out anew from all events that the warehouse holds of them.

A case that was rejected was never received and has none. Events of one moment come in the order of
their source, then of their steps' codes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from etl.load.taken import Events, Int64s, Span, Taken
from etl.load.upsert import insert_new, upsert
from etl.regulation.model import Regulation
from etl.scratch import analyze, temporary
from etl.warehouse import COURSE_FACTS, WORD, case_clocks, case_courses, cases

Judge = Callable[[tuple[str, ...]], str]
Judges = Mapping[str, Judge]  # by channel
Days = npt.NDArray[np.int32]  # since 1970

_TOLD = [column.name for column in case_courses.columns if column.name != "since"]
_OWN = [name for name in _TOLD if name in cases.c]  # what a course is counted by as its case is
_EPOCH = date(1970, 1, 1)


def are_missing(connection: Connection) -> bool:
    """Whether there are received cases and no courses, as after a migration."""
    known = connection.scalar(select(exists().select_from(case_courses)))
    return not known and bool(connection.scalar(select(exists().select_from(case_clocks))))


def derive(
    connection: Connection,
    touched: Table,
    took: Taken,
    *,
    regulation: Regulation,
    version: int,
) -> None:
    """Bring the courses of the ``touched`` cases (number, case_id) up to date by what they
    ``took``, after their clocks.

    Written only where they differ from what is there, with what held before kept as history. Runs
    in the caller's transaction.
    """
    made = temporary(
        connection,
        "made_courses",
        Column("number", Integer, primary_key=True),
        Column("stopped_on", Date),
        Column("verdict", WORD),
        Column("steps", WORD, nullable=False),
        Column("times", LargeBinary, nullable=False),
    )
    judges = {channel.code: cache(Diagram(channel).judge) for channel in regulation.channels}
    for span, taken in took.by_step():
        found = _received(connection, touched, span, regulation)
        Area(connection).write(made, _made(found, span, taken, judges))
    analyze(connection, made)
    theirs = case_courses.c.case_id == touched.c.case_id
    if connection.scalar(select(exists().select_from(touched.join(case_courses, theirs)))):
        _replace(connection, touched, _as_counted(touched, made), version)
    else:  # nothing is known of any of them
        query = _as_counted(touched, made).add_columns(literal(version, Integer))
        query = query.order_by(touched.c.number)
        insert_new(connection, case_courses, [*_TOLD, "since"], query, how_many=took.cases)
    made.drop(connection)


def _received(
    connection: Connection, touched: Table, span: Span, regulation: Regulation
) -> pd.DataFrame:
    """The cases among some that were not rejected, in their order: number, channel, and the day on
    which they were finished (stopped_on)."""
    rejecting = [outcome.code for outcome in regulation.outcomes if outcome.kind == "rejected"]
    headline = and_(
        case_clocks.c.case_id == touched.c.case_id,
        case_clocks.c.clock == regulation.headline_clock,
    )
    rows = (
        select(touched.c.number, cases.c.channel, case_clocks.c.stopped_on)
        .join_from(touched, cases, cases.c.case_id == touched.c.case_id)
        .outerjoin(case_clocks, headline)
        .where(
            span.holds(touched.c.number),
            or_(cases.c.outcome.is_(None), cases.c.outcome.not_in(rejecting)),
        )
        .subquery()
    )
    return whole(connection, list(rows.c)).sort_values("number", ignore_index=True)


def _as_counted(touched: Table, made: Table) -> Select[Any]:
    """The courses with what their cases are counted by, in the order of the table's columns."""
    sources: Mapping[str, Table] = dict.fromkeys(_OWN, cases)
    columns = [sources.get(name, made).c[name] for name in _TOLD]
    return (
        select(*columns)
        .join_from(touched, made, made.c.number == touched.c.number)
        .join(cases, cases.c.case_id == touched.c.case_id)
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


def _made(found: pd.DataFrame, span: Span, taken: Events, judges: Judges) -> pa.Table:
    """The courses of the ``found`` cases, as Arrow keeps them."""
    case = found["number"].to_numpy() - span.first
    chosen = np.isin(taken.case, case)
    when = np.empty(np.count_nonzero(chosen), packed.TAKEN)
    when["at"] = taken.at[chosen].view("int64")
    when["on"] = taken.on[chosen].view("int64")
    bounds = np.append(np.searchsorted(taken.case[chosen], case), len(when))
    steps = list(_in_words(taken.step[chosen].astype(packed.CODE), taken.steps, bounds.tolist()))
    return pa.table(
        {
            "number": pa.array(found["number"]),
            "stopped_on": pa.array(found["stopped_on"], pa.date32()),
            "verdict": pa.array(
                _verdicts(found, steps, when["on"], bounds, judges), pa.large_string()
            ),
            "steps": pa.array(steps, pa.large_string()),
            "times": pa.LargeBinaryArray.from_buffers(
                pa.large_binary(),
                len(steps),
                [None, pa.py_buffer(bounds * when.itemsize), pa.py_buffer(when.tobytes())],
            ),
        }
    )


def _in_words(code: packed.Whole, names: Sequence[str], bounds: list[int]) -> Iterator[str]:
    """The steps of each case. Few sequences are different: each is put in words once."""
    codes, wide = code.tobytes(), packed.CODE.itemsize
    words: dict[bytes, str] = {}
    for begin, end in itertools.pairwise(bounds):
        sequence = codes[begin * wide : end * wide]
        if sequence not in words:
            words[sequence] = packed.joined(names[c] for c in code[begin:end])
        yield words[sequence]


def _verdicts(
    found: pd.DataFrame, steps: list[str], on: Days, bounds: Int64s, judges: Judges
) -> Iterator[str | None]:
    """A verdict a case, None while it is open. Each sequence of a channel is judged once."""
    stops = found["stopped_on"].to_numpy().astype("datetime64[D]")
    days = np.where(np.isnat(stops), -1, stops.view("int64"))
    last = np.where(np.diff(bounds) > 0, np.append(on, 0)[bounds[1:] - 1], -1)
    known: dict[tuple[str, str], str] = {}
    told = zip(found["channel"], steps, days.tolist(), (last > days).tolist(), strict=True)
    for place, (channel, words, stop, changes) in enumerate(told):
        judge = judges.get(channel)
        if stop < 0 or judge is None:
            yield None
        elif changes:
            own = on[bounds[place] : bounds[place + 1]]
            yield _changing(packed.parted(words), own, stop, judge)
        else:
            if (channel, words) not in known:
                known[channel, words] = judge(packed.parted(words))
            yield known[channel, words]


def _changing(steps: tuple[str, ...], on: Days, stop: int, judge: Judge) -> str:
    """The verdict of a case of which something happened after its stop."""
    later = [
        (_EPOCH + timedelta(days=day), judge(steps[: np.searchsorted(on, day, "right")]))
        for day in sorted({int(day) for day in on if day > stop})
    ]
    return over_time(judge(steps[: np.searchsorted(on, stop, "right")]), later)

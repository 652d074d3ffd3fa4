"""At which step the overdue cases stand: what a head of a department can move at once.

The courses of all that were ever late, which are few of all cases, are read once a load and cut
to the day and the filter in memory. Where they are many, those that were late on the day are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import ColumnElement, Engine, or_, select, union_all

from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.state import NEVER, Codes, Days, Whole, number
from dashboard.queries.keeping import held
from dashboard.queries.late import by_days, ever_late, not_rejected
from dashboard.queries.snapshot import snapshot
from etl.courses import packed
from etl.databases import IN_BINARY
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks, case_courses

_MOST = 200_000  # cases whose courses are kept in memory, some 80 bytes each
_AT_ONCE = 20_000  # rows
_OF_CASE = (*DIMENSIONS, "received_on", "due_on", "stopped_on")


def stuck(engine: Engine, filter_: Filter, *, regulation: Regulation) -> pd.DataFrame:
    """The cases overdue at ``as_of``, counted by the latest step that each had taken by then.

    Columns: step (str, missing where no step of the case is known), n (int64), days (float64: mean
    days since that step). The step with the most cases comes first.
    """
    courses = _courses(engine, filter_, regulation)
    step, ago = courses.last(courses.late(filter_), number(filter_.as_of))
    counts, waited = np.bincount(step), np.bincount(step, weights=ago)
    names = dict(enumerate(courses.names))  # without the place of the unknown step
    places = sorted(
        np.flatnonzero(counts).tolist(),
        key=lambda at: (-counts[at], at not in names, names.get(at)),
    )
    return pd.DataFrame(
        {
            "step": pd.array([names.get(at) for at in places], dtype="str"),
            "n": counts[places].astype("int64"),
            "days": waited[places] / counts[places],
        }
    )


@dataclass(frozen=True)
class _Courses:
    """Cases by place: where they belong, their days (NEVER: not stopped), and their events, those
    of case i from ``begins[i]`` to ``begins[i + 1]``: the day (``on``) and the step (into
    ``names``)."""

    belongs: pd.DataFrame
    received: Days
    due: Days
    stopped: Days
    begins: Whole
    on: Days
    step: Codes
    names: tuple[str, ...]

    def late(self, filter_: Filter) -> Codes:
        """The places of those that the filter lets through and were late on its day."""
        day = number(filter_.as_of)
        late = np.flatnonzero((self.due < day) & (self.stopped > day) & (self.received <= day))
        for name, field in DIMENSIONS.items():
            if codes := getattr(filter_, field):
                late = late[self.belongs[name].take(late).isin(codes).to_numpy()]
        return late

    def last(self, places: Codes, day: int) -> tuple[Codes, npt.NDArray[np.float64]]:
        """The latest step that each of some cases had taken by the end of a day, and how many days
        before; one more than there are ``names``, and NaN, where none is known."""
        begins, sizes = self.begins[places], np.diff(self.begins)[places]
        case = np.repeat(np.arange(len(places)), sizes)
        event = np.arange(len(case)) + np.repeat(begins - (sizes.cumsum() - sizes), sizes)
        taken = np.bincount(case[self.on[event] <= day], minlength=len(places))
        some, last = taken > 0, begins + taken - 1  # in a course the days do not fall
        step, ago = np.full(len(places), len(self.names)), np.full(len(places), np.nan)
        step[some], ago[some] = self.step[last[some]], day - self.on[last[some]]
        return step, ago


def _courses(engine: Engine, filter_: Filter, regulation: Regulation) -> _Courses:
    """Of at least those that were late at ``as_of``, whatever the filter's dimensions."""
    rules, clock = regulation.sha256, filter_.clock
    kept = partial(held, engine, until="load")
    many = kept(("ever late", rules, clock), lambda: ever_late(engine, clock, regulation))
    if many > _MOST:
        every = replace(filter_, channels=(), categories=(), service_points=())
        parts = by_days(engine, every, regulation, 0, "overdue", told_by=case_clocks)
        on_day = ("courses of the late", rules, clock, filter_.as_of)
        return kept(on_day, lambda: _read(engine, parts), size="large")
    c = case_clocks.c
    ever = [c.clock == clock, or_(c.stopped_on.is_(None), c.stopped_on > c.due_on)]
    ever += not_rejected(regulation, case_clocks)
    return kept(("courses of the ever late", rules, clock), lambda: _read(engine, [ever]))


def _read(engine: Engine, parts: Iterable[Sequence[ColumnElement[bool]]]) -> _Courses:
    clock, course = case_clocks.c, case_courses.c
    listed = select(clock.case_id, *(clock[name] for name in _OF_CASE))
    late = union_all(*(listed.where(*part) for part in parts)).subquery()
    query = select(*(late.c[name] for name in _OF_CASE), course.steps, course.times)
    query = query.outerjoin_from(late, case_courses, course.case_id == late.c.case_id)
    options = {**IN_BINARY, "yield_per": _AT_ONCE}
    frames, steps, times = [_belonging([])], list[str](), list[bytes]()
    with snapshot(engine) as connection:
        for rows in connection.execute(query, execution_options=options).partitions():
            frames.append(_belonging([row[:-2] for row in rows]))
            steps += [row.steps or "" for row in rows]
            times.append(b"".join(row.times or b"" for row in rows))
    cases, coded = pd.concat(frames, ignore_index=True), packed.courses(steps)
    return _Courses(
        belongs=cases[list(DIMENSIONS)].astype("category"),
        received=cases["received_on"].to_numpy(),
        due=cases["due_on"].to_numpy(),
        stopped=cases["stopped_on"].to_numpy(),
        begins=np.concatenate([[0], coded.lengths.cumsum()]),
        on=np.frombuffer(b"".join(times), packed.TAKEN)["on"].astype("int32"),
        step=coded.codes,
        names=coded.names,
    )


def _belonging(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """The cases of some rows, their days as numbers."""
    columns = dict(zip(_OF_CASE, zip(*rows, strict=True), strict=True)) if rows else {}
    texts = {name: pd.array(columns.get(name, ()), dtype="str") for name in DIMENSIONS}
    days = {
        name: np.array(columns.get(name, ()), dtype="datetime64[D]")
        for name in _OF_CASE[len(DIMENSIONS) :]
    }
    numbers = {k: np.where(np.isnat(v), NEVER, v.astype("int64")) for k, v in days.items()}
    return pd.DataFrame({**texts, **numbers}).astype(dict.fromkeys(numbers, "int32"))

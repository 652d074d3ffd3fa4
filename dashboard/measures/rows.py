"""The rows of the marts, wherever they come from, and which of them a filter lets through."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from dashboard import queries
from dashboard.filters import DIMENSIONS, Filter
from dashboard.kpi.register import Register
from dashboard.kpi.state import (
    Answers,
    Cases,
    Codes,
    Courses,
    Mask,
    Queue,
    Responses,
    Whole,
    received,
)
from dashboard.kpi.step_times import step_times
from dashboard.queries import Size, Until, What
from etl.regulation.model import Regulation

T = TypeVar("T")

_OF_FORMS = frozenset({"survey", "responses"})  # the marts that an entered form changes

ByStep = dict[str, dict[str, Any]]  # by step


class Rows(Protocol):
    """Where the rows come from: each mart as a frame and as arrays, row by row the same."""

    def cases(
        self, regulation: Regulation, filter_: Filter
    ) -> tuple[pd.DataFrame, Cases]: ...  # of the filter's clock, without the rejected

    def let_through(
        self, regulation: Regulation, filter_: Filter
    ) -> Cases: ...  # of those the ones that the filter's dimensions let through

    def queue(self, filter_: Filter) -> tuple[pd.DataFrame, Queue]: ...

    def register(self, regulation: Regulation, filter_: Filter) -> Register: ...  # as let through

    def survey(self, filter_: Filter) -> tuple[pd.DataFrame, Answers]: ...

    def responses(self, filter_: Filter) -> tuple[pd.DataFrame, Responses]: ...

    def courses(self, filter_: Filter) -> tuple[pd.DataFrame, Courses]: ...  # the finished ones

    def step_times(
        self, regulation: Regulation, filter_: Filter, first: date, last: date
    ) -> ByStep | None: ...  # of what the filter lets through: single times, which make no rows

    def kept(
        self, mart: str, regulation: Regulation, filter_: Filter, choose: Callable[[], T]
    ) -> T: ...  # what `choose` gives of the mart's rows for the filter's dimensions and clock


@dataclass(frozen=True)
class Warehouse:
    """The rows that the warehouse counts now, or did at the filter's version."""

    engine: Engine

    def cases(self, regulation: Regulation, filter_: Filter) -> tuple[pd.DataFrame, Cases]:
        clock, version = filter_.clock, filter_.known_at
        kinds = _kinds(regulation)

        def make() -> tuple[pd.DataFrame, Cases]:
            return _cases(queries.case_days(self.engine, clock, version=version), kinds)

        return self._until_load(("received", clock, version, frozenset(kinds.items())), make)

    def kept(
        self, mart: str, regulation: Regulation, filter_: Filter, choose: Callable[[], T]
    ) -> T:
        asked = filter_.clock, filter_.known_at, *_chosen(filter_)
        key = ("chosen", mart, regulation.sha256, *asked)
        until: Until = "change" if mart in _OF_FORMS else "load"
        size: Size = "large" if mart == "queue" else "part"  # who ever stood in the register
        return queries.held(self.engine, key, choose, until=until, size=size)

    def _until_load(self, key: Hashable, make: Callable[[], T], *, size: Size = "small") -> T:
        return queries.held(self.engine, key, make, until="load", size=size)

    def let_through(self, regulation: Regulation, filter_: Filter) -> Cases:
        return self._packed(regulation, filter_).let_through(filter_)

    def _packed(self, regulation: Regulation, filter_: Filter) -> Packed:
        kinds = _kinds(regulation)
        key = ("packed", filter_.clock, filter_.known_at, frozenset(kinds.items()))
        return self._until_load(key, lambda: Packed.of(*self.cases(regulation, filter_)))

    def by_channel(self, regulation: Regulation, filter_: Filter) -> tuple[Cases, Codes]:
        """The cases that the filter's other dimensions let through, of every channel, and the place
        of each one's channel in the regulation (-1: it has none of that name)."""
        codes = regulation.codes("channels")

        def make() -> tuple[Cases, Codes]:
            cases, names, place = self._packed(regulation, filter_).by_channel(filter_)
            known = [codes.index(name) if name in codes else -1 for name in names]
            return cases, np.array(known, dtype="int64")[place]

        if filter_.categories or filter_.service_points:
            return make()
        key = ("by channel", filter_.clock, filter_.known_at, frozenset(_kinds(regulation).items()))
        return self._until_load((*key, *codes), make, size="large")

    def queue(self, filter_: Filter) -> tuple[pd.DataFrame, Queue]:
        version = filter_.known_at

        def make() -> tuple[pd.DataFrame, Queue]:
            rows = queries.queue_days(self.engine, version=version)
            ordered = rows.sort_values("removed_on", kind="stable")  # a year's lie together
            return ordered, Queue.of(ordered)

        return self._until_load(("register", version), make)

    def register(self, _regulation: Regulation, filter_: Filter) -> Register:
        key = ("register by day", filter_.known_at)
        days = self._until_load(key, lambda: Register.of(self.queue(filter_)[1]))
        return days.among(filter_.categories) if filter_.categories else days

    def survey(self, filter_: Filter) -> tuple[pd.DataFrame, Answers]:
        version = filter_.known_at

        def make() -> tuple[pd.DataFrame, Answers]:
            rows = queries.survey_days(self.engine, version=version)
            return rows, Answers.of(rows)

        return queries.held(self.engine, ("answers", version), make)

    def responses(self, filter_: Filter) -> tuple[pd.DataFrame, Responses]:
        version = filter_.known_at

        def make() -> tuple[pd.DataFrame, Responses]:
            rows = queries.response_days(self.engine, version=version)
            return rows, Responses.of(rows)

        return queries.held(self.engine, ("forms", version), make)

    def courses(self, filter_: Filter) -> tuple[pd.DataFrame, Courses]:
        version = filter_.known_at

        def make() -> tuple[pd.DataFrame, Courses]:
            counted = queries.course_days(self.engine, version=version)
            rows = counted[counted["verdict"].notna()]
            return rows, Courses.of(rows)

        return self._until_load(("judged", version), make)

    def step_times(
        self, regulation: Regulation, filter_: Filter, first: date, last: date
    ) -> ByStep | None:
        """Kept for who asks again: the times themselves are too many to be kept in memory."""

        def make() -> ByStep | None:
            times = queries.step_times(self.engine, filter_, first, last)
            return step_times(times, list(regulation.steps))

        asked = filter_.known_at, *_chosen(filter_), first, last
        key = ("step times", regulation.sha256, *asked)
        found = self._until_load(key, make)
        return None if found is None else {step: {**of} for step, of in found.items()}


@dataclass(frozen=True)
class Given:
    """Rows that are at hand, as frames with the columns of ``queries.case_days`` and the like."""

    case_rows: pd.DataFrame
    queue_rows: pd.DataFrame
    survey_rows: pd.DataFrame

    def kept(
        self, _mart: str, _regulation: Regulation, _filter: Filter, choose: Callable[[], T]
    ) -> T:
        return choose()

    def cases(self, regulation: Regulation, _filter: Filter) -> tuple[pd.DataFrame, Cases]:
        return _cases(self.case_rows, _kinds(regulation))

    def let_through(self, regulation: Regulation, filter_: Filter) -> Cases:
        rows, cases = self.cases(regulation, filter_)
        return cases.only(let_through("cases", rows, filter_, regulation))

    def queue(self, _filter: Filter) -> tuple[pd.DataFrame, Queue]:
        return self.queue_rows, Queue.of(self.queue_rows)

    def register(self, regulation: Regulation, filter_: Filter) -> Register:
        rows, queue = self.queue(filter_)
        return Register.of(queue.only(let_through("queue", rows, filter_, regulation)))

    def survey(self, _filter: Filter) -> tuple[pd.DataFrame, Answers]:
        return self.survey_rows, Answers.of(self.survey_rows)

    def responses(self, _filter: Filter) -> tuple[pd.DataFrame, Responses]:
        raise LookupError("rows of single answers do not say which stand on one form")

    def courses(self, _filter: Filter) -> tuple[pd.DataFrame, Courses]:
        raise LookupError("rows of cases do not say which steps each took")

    def step_times(
        self, _regulation: Regulation, _filter: Filter, _first: date, _last: date
    ) -> ByStep | None:
        raise LookupError("rows of cases do not say which steps each took")


@dataclass(frozen=True)
class Packed:
    """The cases of one clock so that few of their rows are touched for a filter.

    ``kinds``: the cases by their days and results alone, in the order in which they were received.
    ``cells``: the channels, categories and offices that occur together. The rows of cell i lie from
    ``begins[i]`` to ``begins[i + 1]``: how many (``n``) of which kind (``kind``).
    """

    kinds: Cases
    cells: pd.DataFrame
    begins: Whole
    kind: Codes
    n: Whole

    @classmethod
    def of(cls, rows: pd.DataFrame, cases: Cases) -> Packed:
        """From the mart's rows, row by row the same."""
        order, kind = cases.alike()
        cell = rows.groupby(list(DIMENSIONS), observed=True, dropna=False, sort=False).ngroup()
        where = cell.to_numpy()
        _, examples = np.unique(where, return_index=True)
        sizes = np.bincount(where, minlength=len(examples))
        by_cell = np.argsort(where, kind="stable")
        return cls(
            kinds=order,
            cells=rows[list(DIMENSIONS)].iloc[examples],
            begins=np.concatenate([[0], sizes.cumsum()]),
            kind=kind[by_cell].astype("int32"),
            n=cases.n[by_cell],
        )

    def let_through(self, filter_: Filter) -> Cases:
        """The cases that a filter's dimensions let through, each kind of them once."""
        chosen = self._chosen(filter_)
        if chosen.all():
            return self.kinds
        kind, n = self._of_cells(chosen)
        counts = np.bincount(kind, weights=n).astype("int64")
        found = np.flatnonzero(counts)
        return replace(self.kinds.taken(found), n=counts[found])

    def by_channel(self, filter_: Filter) -> tuple[Cases, Sequence[str], Codes]:
        """The cases that the filter's other dimensions let through, each kind once a channel, in
        the order in which they were received; the channels; and the place of each one's there."""
        chosen = self._chosen(replace(filter_, channels=()))
        channel, names = self._codes["channel"]
        kind, n = self._of_cells(chosen)
        own = np.repeat(channel[chosen].astype("int64"), np.diff(self.begins)[chosen])
        counts = np.bincount(kind * len(names) + own, weights=n).astype("int64")
        found = np.flatnonzero(counts)
        cases = self.kinds.taken(found // max(len(names), 1))
        return replace(cases, n=counts[found]), names, found % max(len(names), 1)

    def _chosen(self, filter_: Filter) -> Mask:
        """Which cells the filter's dimensions let through."""
        chosen = np.ones(len(self.cells), dtype=bool)
        for column, field in DIMENSIONS.items():
            if wanted := getattr(filter_, field):
                codes, names = self._codes[column]
                chosen &= np.array([*(name in wanted for name in names), False])[codes]  # -1: none
        return chosen

    @cached_property
    def _codes(self) -> dict[str, tuple[Codes, tuple[str, ...]]]:
        """Each dimension of the cells as codes into its names."""
        columns = {name: self.cells[name].cat for name in DIMENSIONS}
        return {k: (v.codes.to_numpy(), tuple(v.categories)) for k, v in columns.items()}

    def _of_cells(self, chosen: Mask) -> tuple[Codes, Whole]:
        """Of which kinds there are how many in some cells, cell by cell."""
        if chosen.all():
            return self.kind.astype("int64"), self.n
        ends = zip(self.begins[:-1][chosen], self.begins[1:][chosen], strict=True)
        parts = [slice(begin, end) for begin, end in ends] or [slice(0)]
        kind, n = (np.concatenate([array[part] for part in parts]) for array in (self.kind, self.n))
        return kind.astype("int64"), n


def let_through(what: What, rows: pd.DataFrame, filter_: Filter, regulation: Regulation) -> Mask:
    """Which rows of a mart the filter's dimensions let through.

    The register knows an entry's category and nothing of channels or offices; an answer belongs to
    the channel of the office that took it.
    """
    chosen = np.ones(len(rows), dtype=bool)
    if what == "survey":
        if filter_.channels or filter_.service_points:
            chosen &= _among(rows["service_point"], places(filter_, regulation))
        return chosen
    for column, field in DIMENSIONS.items():
        codes = getattr(filter_, field)
        if codes and column in rows:
            chosen &= _among(rows[column], codes)
    return chosen


def _among(column: pd.Series, codes: Collection[str]) -> Mask:
    """Which rows hold one of ``codes``; of categories only the names are compared, not the rows."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.isin(codes).to_numpy()
    wanted = np.array([*(name in codes for name in column.cat.categories), False])
    return wanted[column.cat.codes.to_numpy()]  # -1, of none, is the last


def asks(what: What, filter_: Filter) -> bool:
    """Whether any measure of a mart has a value under a filter's dimensions."""
    if what == "queue":
        return not filter_.channels and not filter_.service_points
    return what == "cases" or not filter_.categories


def entering(
    what: What, rows: pd.DataFrame, filter_: Filter, regulation: Regulation
) -> pd.Index[Any]:
    """The labels of those rows of a mart that some measure counts under a filter's dimensions."""
    if not asks(what, filter_):
        return rows.index[:0]
    known = received(rows, _kinds(regulation)) if what == "cases" else rows
    return known.index[let_through(what, known, filter_, regulation)]


def places(filter_: Filter, regulation: Regulation) -> list[str]:
    """The offices that the filter means: those it names, of the channels it names."""
    return [
        place.code
        for place in regulation.service_points
        if (not filter_.channels or place.channel in filter_.channels)
        and (not filter_.service_points or place.code in filter_.service_points)
    ]


def _chosen(filter_: Filter) -> tuple[tuple[str, ...], ...]:
    """The filter's codes, dimension by dimension."""
    return tuple(getattr(filter_, field) for field in DIMENSIONS.values())


def _kinds(regulation: Regulation) -> dict[str, str]:
    return {outcome.code: outcome.kind for outcome in regulation.outcomes}


def _cases(counted: pd.DataFrame, kinds: dict[str, str]) -> tuple[pd.DataFrame, Cases]:
    rows = received(counted, kinds)
    return rows, Cases.of(rows, kinds)

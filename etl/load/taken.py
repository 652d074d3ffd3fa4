"""The events of touched cases, read once and some cases at a time, in the order of each case."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    Table,
    and_,
    func,
    literal_column,
    select,
    text,
)

from etl.frames import Texts, texts
from etl.load.event_rows import ROW, Names, Rows, Shares, Span, by_number, order_of
from etl.load.first_events import FirstEvents
from etl.load.spool import Int64s
from etl.warehouse import events
from etl.workers import ALONE, Work, Workers

Moments = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]

_ROWS, _BLOCKS = 200_000, 3_000  # about as many events, as SQLite and PostgreSQL count
_COLUMNS = ("step", "occurred_at", "occurred_on", "position", "outcome")


@dataclass(frozen=True)
class Events:
    """The events of ``size`` cases in their order: of time, of the place in the source, then as
    `Taken` was asked for it. ``case``: from 0; ``step`` and ``outcome`` point into ``steps`` and
    ``outcomes``, an outcome of -1 is none; ``at``: datetime64[us]; ``on``: datetime64[D]."""

    size: int
    case: Int64s
    step: npt.NDArray[np.uint16]
    steps: Sequence[str]
    outcome: npt.NDArray[np.int16]
    outcomes: Sequence[str]
    at: Moments
    on: Moments

    def of(self, steps: Collection[str]) -> Mask:
        """Which events are of one of ``steps``."""
        is_wanted = np.array([name in steps for name in self.steps], dtype=bool)
        found: Mask = is_wanted[self.step]
        return found

    def first(self, chosen: Mask) -> Int64s:
        """For each case the place of its first event that is ``chosen``, -1 where none is."""
        places = np.flatnonzero(chosen)
        theirs = self.case[places]
        is_first = np.r_[True, theirs[1:] != theirs[:-1]][: len(theirs)]
        found = np.full(self.size, -1)
        found[theirs[is_first]] = places[is_first]
        return found

    def times(self, places: Int64s) -> tuple[Moments, Moments]:
        """When, and on which day, the events at these places happened; NaT for a place of -1."""
        nothing = np.datetime64("NaT")
        return np.append(self.at, nothing)[places], np.append(self.on, nothing)[places]


@dataclass(frozen=True)
class Share:
    """The events of the cases of a ``span`` in no order, for whichever process works on them.
    ``steps`` and ``outcomes``: what the ``rows`` point into."""

    span: Span
    rows: Rows
    steps: Sequence[str]
    outcomes: Sequence[str]

    def by_id(self) -> Events | None:
        """Those of one moment and place in the order of their ids; None where there are such: ids
        are not kept, and `Taken.by_id` asks for them."""
        ordered = _in_order(self.rows, *_moments(self.rows))
        return None if _are_tied(ordered) else self.events(ordered)

    def by_step(self) -> Events:
        """Those of one moment and place in the order of their steps' codes."""
        rank = _ranks(self.steps)[self.rows["step"]]
        return self.events(_in_order(self.rows, rank, *_moments(self.rows)))

    def events(self, rows: Rows) -> Events:
        """The rows, which stand in their order, as events."""
        return Events(
            size=self.span.end - self.span.first,
            case=rows["number"].astype("int64") - self.span.first,
            step=rows["step"],
            steps=self.steps,
            outcome=rows["outcome"],
            outcomes=self.outcomes,
            at=rows["at"].view("datetime64[us]"),
            on=rows["on"].astype("datetime64[D]"),
        )


class Taken:
    """Reads the events of ``touched`` (number from 1, case_id) from the database once; what is much
    lies on disk meanwhile. ``few``: so few of all cases that their events are looked up; those of
    many are found by going through all events as they lie, and ``workers`` type them. Where all
    cases are touched and their events are the ``first``, nothing need be read."""

    def __init__(
        self,
        connection: Connection,
        touched: Table,
        *,
        few: bool,
        first: FirstEvents | None = None,
        workers: Workers = ALONE,
    ) -> None:
        self._connection = connection
        self._touched = touched
        self._few = few
        self._workers = workers
        self.cases = connection.scalar(select(func.max(touched.c.number))) or 0
        self._rows: Shares | None = None
        self._steps, self._outcomes = Names(), Names()
        if first is not None and first.rows.cases == self.cases:
            self._rows, self._steps, self._outcomes = first.rows, first.steps, first.outcomes

    def shares(self) -> Iterator[Share]:
        """The events of some cases at a time."""
        if self._rows is None:
            self._rows = self._read()
        for span, rows in self._rows.each():
            yield self._share(span, rows)

    def by_id(self, span: Span) -> Events:
        """The events of a span, of which some are of one moment and place: two sources tell of it,
        which is rare."""
        # The place and not the id itself, which may hold any sign: texts are parted by some.
        place = func.dense_rank().over(order_by=events.c.event_id).label("place")
        found = self._found(span.holds(self._touched.c.number), place).typed()
        rows = self._recoded(_coded(found))
        ordered = rows.take(np.lexsort((found["place"].to_numpy(), *_moments(rows))))
        return self._share(span, ordered).events(ordered)

    def _read(self) -> Shares:
        shares = Shares(self.cases)
        windows = _windows(self._connection)
        if self._few:
            windows = (span.holds(self._touched.c.number) for span in shares.spans)
        found = (self._found(window) for window in windows)
        for coded in self._workers.each(_by_number, (Work(some, some.size) for some in found)):
            shares.add(self._recoded(coded))
        return shares

    def _share(self, span: Span, rows: Rows) -> Share:
        return Share(span, rows, self._steps.words, self._outcomes.words)

    def _found(self, where: ColumnElement[bool], *more: ColumnElement[Any]) -> Texts:
        touched = self._touched
        rows = (
            select(touched.c.number, *(events.c[name] for name in _COLUMNS), *more)
            .join_from(touched, events, events.c.case_id == touched.c.case_id)
            .where(where)
            .subquery()
        )
        return texts(self._connection, list(rows.c))

    def _recoded(self, coded: _Coded) -> Rows:
        """The rows, their steps and outcomes by the numbers that they have here."""
        rows = coded.rows.copy()  # what came from another machine may be for reading alone
        rows["step"] = self._steps.numbers(coded.steps)[rows["step"]]
        rows["outcome"] = self._outcomes.numbers(coded.outcomes)[rows["outcome"]]
        return rows


@dataclass(frozen=True)
class _Coded:
    """Rows whose steps and outcomes are numbers in these lists, an outcome of -1 is none."""

    rows: Rows
    steps: Sequence[str]
    outcomes: Sequence[str]


def _by_number(found: Texts) -> _Coded:
    """What the database told of events, by the numbers of their cases."""
    coded = _coded(found.typed())
    return replace(coded, rows=by_number(coded.rows))


def _coded(found: pd.DataFrame) -> _Coded:
    rows = np.empty(len(found), dtype=ROW)
    rows["number"], rows["position"] = found["number"], found["position"]
    rows["at"] = found["occurred_at"].to_numpy("datetime64[us]").view("int64")
    rows["on"] = found["occurred_on"].to_numpy("datetime64[D]").view("int64")
    for name in ("step", "outcome"):
        rows[name] = found[name].cat.codes
    steps, outcomes = (found[name].cat.categories.tolist() for name in ("step", "outcome"))
    return _Coded(rows, steps, outcomes)


def _windows(connection: Connection) -> Iterator[ColumnElement[bool]]:
    """Conditions, of which each holds for some of all events that lie together."""
    if connection.dialect.name == "sqlite":
        place = literal_column("events.rowid", Integer)
        last = connection.scalar(select(func.max(place)).select_from(events)) or 0
        for first in range(0, last + 1, _ROWS):
            yield and_(place >= first, place < first + _ROWS)
        return
    size = text("SELECT pg_relation_size('events') / current_setting('block_size')::bigint")
    for first in range(0, int(connection.scalar(size) or 0), _BLOCKS):
        yield literal_column(
            f"(events.ctid >= '({first},0)' AND events.ctid < '({first + _BLOCKS},0)')", Boolean
        )


def _moments(rows: Rows) -> tuple[Any, Any, Any]:
    """The keys by which `numpy.lexsort` orders events by case, time and place in their source."""
    return rows["position"], rows["at"], rows["number"]


def _in_order(rows: Rows, *keys: Any) -> Rows:
    """The rows as `numpy.lexsort` orders them by the keys, the last of which are their numbers.

    Most sources list what happened as it happened, and so do the rows of each case: then they need
    only be brought together by case, which is done in a third of the time.
    """
    together = order_of(keys[-1])
    stands = np.ones(max(len(rows) - 1, 0), dtype=bool)
    for key in keys:  # what is equal in one is decided by those before it
        own = key[together]
        stands = (own[1:] > own[:-1]) | ((own[1:] == own[:-1]) & stands)
    return rows.take(together if stands.all() else np.lexsort(keys))


def _are_tied(ordered: Rows) -> bool:
    same = [key[1:] == key[:-1] for key in _moments(ordered)]
    return bool(np.logical_and.reduce(same).any())


def _ranks(words: Sequence[str]) -> Int64s:
    """The place of each word in the order of code points."""
    ranks: Int64s = np.argsort(np.argsort(np.array(words, dtype=object)))
    return ranks

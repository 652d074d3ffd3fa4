"""Applications that were registered, against the register of the queue: what either side lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    case,
    false,
    func,
    null,
    select,
)

from dashboard.access import Scope
from dashboard.kpi.state import Codes, Mask
from dashboard.queries.keeping import held
from dashboard.queries.reading import once
from dashboard.queries.scope import own_rows
from dashboard.queries.snapshot import snapshot
from etl.frames import DAY
from etl.warehouse import cases, queue_entries

REGISTERED = "registered"  # the outcome after which an applicant stands in the queue

Days = npt.NDArray[np.datetime64]
Gap = Literal["no_number", "not_listed", "other_category", "no_application"]
GAPS: tuple[Gap, ...] = ("not_listed", "other_category", "no_number", "no_application")


@dataclass(frozen=True)
class Reconciled:
    """Both sides at a day. ``matched``: applications that the register lists in their category.

    ``gaps``: how many of each kind in the city; ``own``: in the scope that was asked. ``rows``: the
    longest standing of those in it: gap, case_id, number, category, service_point (str, missing
    where that side does not say), on_day (datetime64[s], when that side registered it). ``since``:
    the first day of a registered application that the warehouse knows: entries from before have
    none; None where no application was registered.
    """

    since: date | None
    matched: int
    gaps: dict[Gap, int]
    own: dict[Gap, int]
    rows: pd.DataFrame

    @property
    def tells_numbers(self) -> bool:
        """Whether any application says its number in the queue; without one nothing matches."""
        return bool(self.matched or self.gaps["not_listed"] or self.gaps["other_category"])


def reconciled(
    engine: Engine,
    *,
    scope: Scope,
    as_of: date,
    categories: Sequence[str] = (),
    most: int = 1_000,
) -> Reconciled:
    """What stood on one side alone at the end of ``as_of``, by the number in the queue.

    ``categories``: only these, or all. ``rows`` has at most ``most`` of each kind. The sides are
    read once a load, whoever asks, and cut to the scope here.
    """
    key = ("reconciled", engine, scope, as_of, tuple(categories), most)
    return once(key, lambda: _cut(engine, scope, as_of, categories, most))


def _cut(
    engine: Engine, scope: Scope, as_of: date, categories: Sequence[str], most: int
) -> Reconciled:
    sides = held(engine, "both sides", lambda: _read(engine), until="load")
    day = np.datetime64(as_of, "s")
    inside = sides.records.until(day, categories)
    found = {gap: np.flatnonzero(inside & which) for gap, which in sides.gaps(day).items()}
    own = own_rows(scope, sides.records.rows)
    mine = {gap: places[own[places]] for gap, places in found.items()}
    alike = sides.alike.until(day, categories)
    lacking = sum(len(places) for gap, places in found.items() if gap != "no_application")
    of_cases = int(inside[: sides.cases].sum())
    listed = {gap: mine[gap][:most] for gap in GAPS}
    rows = sides.records.rows[_COLUMNS].take(np.concatenate([*listed.values()]))
    names = [gap for gap, places in listed.items() for _ in places]
    rows = rows.reset_index(drop=True)
    rows.insert(0, "gap", pd.Series(names, dtype="str"))
    return Reconciled(
        since=sides.since,
        matched=int(sides.alike.rows["n"].to_numpy()[alike].sum()) + of_cases - lacking,
        gaps={gap: len(found[gap]) for gap in GAPS},
        own={gap: len(mine[gap]) for gap in GAPS},
        rows=rows,
    )


_AT_ONCE = 20_000  # rows

_NEVER = np.datetime64("NaT", "s")
_COLUMNS = ["case_id", "number", "category", "service_point", "on_day"]
_OF_ENTRIES = [*_COLUMNS, "channel"]
_OF_CASES = [*_OF_ENTRIES, "listed_on", "alike_on"]
_MATCHING = ["on_day", "category", "n"]


@dataclass(frozen=True)
class _Records:
    """Rows of one day and category each, columns on_day and category."""

    rows: pd.DataFrame

    def until(self, day: np.datetime64, categories: Sequence[str]) -> Mask:
        """Which came by a day and are of these categories, or of any where none is named."""
        came = self._days <= day
        if not categories:
            return came
        codes, names = self._categories
        wanted = np.array([*(name in categories for name in names), False])  # -1, of none: the last
        chosen: Mask = came & wanted[codes]
        return chosen

    @cached_property
    def _days(self) -> Days:
        return self.rows["on_day"].to_numpy()

    @cached_property
    def _categories(self) -> tuple[Codes, Sequence[str]]:
        codes, names = pd.factorize(self.rows["category"])
        return codes, list(names)


@dataclass(frozen=True)
class _Sides:
    """What does not match on some day at least, each side in the order of days and numbers.

    ``records``: first as many registered applications as ``cases`` says, with ``listed_on`` and
    ``alike_on``, when the register first had the number, and had it in the same category (NaT:
    never); then the entries from ``since`` on whose number no application tells. ``alike``: how
    many applications (n) were in the register in their category from their first day on, by day and
    category. All empty where no application tells a number, so that nothing can match.
    """

    since: date | None
    cases: int
    records: _Records
    alike: _Records

    @classmethod
    def of(
        cls, since: date | None, cases: pd.DataFrame, entries: pd.DataFrame, alike: pd.DataFrame
    ) -> _Sides:
        both = pd.concat([cases, entries.assign(listed_on=_NEVER, alike_on=_NEVER)])
        records = both.reset_index(drop=True).astype({"listed_on": DAY, "alike_on": DAY})
        return cls(since, len(cases), _Records(records), _Records(alike))

    def gaps(self, day: np.datetime64) -> dict[Gap, Mask]:
        """Which of the records are such a gap at the end of a day, of those that came by then."""
        listed, alike = self._listed <= day, self._alike <= day  # NaT is no day before another
        return {
            "not_listed": self._numbered & ~listed,
            "other_category": self._of_cases & listed & ~alike,
            "no_number": self._of_cases & ~self._numbered,
            "no_application": ~self._of_cases,
        }

    @cached_property
    def _of_cases(self) -> Mask:
        return np.arange(len(self.records.rows)) < self.cases

    @cached_property
    def _numbered(self) -> Mask:
        """Which are applications that tell a number."""
        numbered: Mask = self._of_cases & self.records.rows["number"].notna().to_numpy()
        return numbered

    @cached_property
    def _listed(self) -> Days:
        return self.records.rows["listed_on"].to_numpy()

    @cached_property
    def _alike(self) -> Days:
        return self.records.rows["alike_on"].to_numpy()


def _read(engine: Engine) -> _Sides:
    """Joins that both databases answer by a hash or an index of their own: neither column carries
    one. Of the applications in the register from their first day on, which are nearly all, nothing
    is read but how many there are."""
    c, entry = cases.c, queue_entries.c
    registered = and_(c.outcome == REGISTERED, c.outcome_on.is_not(None))
    counted = select(c.outcome_on, c.category, func.count())
    counted = counted.where(registered).group_by(c.outcome_on, c.category)
    told = (
        select(c.queue_number)
        .where(c.queue_number.is_not(None))  # also of one whose result is still to be told
        .distinct()
        .subquery()
    )
    from_entries = queue_entries.outerjoin(told, told.c.queue_number == entry.number)
    with snapshot(engine) as connection:
        since = connection.execute(select(func.min(c.outcome_on)).where(registered)).scalar()
        if connection.execute(told.select().limit(1)).first() is None:
            return _Sides.of(since, *map(_nothing, (_OF_CASES, _OF_ENTRIES, _MATCHING)))
        unapplied = (
            select(null(), entry.number, entry.category, null(), entry.registered_on, null())
            .select_from(from_entries)
            .where(
                entry.registered_on >= since if since else false(), told.c.queue_number.is_(None)
            )
            .order_by(entry.registered_on, entry.number, entry.entry_id)
        )
        lacking = _frame(connection, _lacking(registered), _OF_CASES)
        return _Sides.of(
            since,
            lacking,
            _frame(connection, unapplied, _OF_ENTRIES),
            _without(_frame(connection, counted, _MATCHING), lacking),
        )


def _lacking(registered: ColumnElement[bool]) -> Select[Any]:
    """The registered applications that the register did not have, in their category, on their
    first day; and when it first had their number, and had it so.

    Of each number and category the first entry alone is joined: the same number may stand on
    thousands, "-" for one, and on as many applications.
    """
    c, entry = cases.c, queue_entries.c
    first = select(entry.number, entry.category, func.min(entry.registered_on).label("day"))
    entered = first.group_by(entry.number, entry.category).cte("entered")
    there, any_ = entered.alias("there"), entered.alias("any")
    at_once = and_(
        there.c.number == c.queue_number,
        there.c.category == c.category,
        there.c.day <= c.outcome_on,
    )
    of_case = (c.case_id, c.queue_number, c.category, c.service_point, c.outcome_on, c.channel)
    lacking = (
        select(*of_case)
        .outerjoin_from(cases, there, at_once)
        .where(registered, there.c.number.is_(None))
        .subquery()
    )
    case_ = lacking.c
    alike = case((any_.c.category == case_.category, any_.c.day))
    return (
        select(*case_, func.min(any_.c.day), func.min(alike))
        .outerjoin_from(lacking, any_, any_.c.number == case_.queue_number)
        .group_by(*case_)
        .order_by(case_.outcome_on, case_.queue_number, case_.case_id)
    )


def _without(counted: pd.DataFrame, lacking: pd.DataFrame) -> pd.DataFrame:
    """How many of the counted applications, by day and category, do not lack anything."""
    day, category, n = _MATCHING
    both = pd.concat([counted, lacking[[day, category]].assign(n=-1)])
    left = both.groupby([day, category], dropna=False, sort=False)[n].sum().reset_index()
    return left[left[n] > 0].reset_index(drop=True)


def _nothing(names: Sequence[str]) -> pd.DataFrame:
    return _typed([], names)


def _frame(connection: Connection, query: Select[Any], names: Sequence[str]) -> pd.DataFrame:
    """In parts: where the register is always a day late, every application is among them."""
    found = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    parts = [_typed(some, names) for some in found.partitions()]
    return pd.concat(parts, ignore_index=True) if parts else _nothing(names)


def _typed(found: Sequence[Any], names: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(found, columns=list(names))
    kinds = {name: DAY if name.endswith(("_on", "_day")) else "str" for name in names}
    return frame.astype({**kinds, "n": "int64"} if "n" in kinds else kinds)

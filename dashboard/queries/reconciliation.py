"""Applications that were registered, against the register of the queue: what either side lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Engine, FromClause, Select, and_, func, null, select

from dashboard.access import Scope
from dashboard.queries.keeping import held
from dashboard.queries.scope import own_cases, own_entries
from dashboard.queries.snapshot import snapshot
from etl.frames import DAY
from etl.warehouse import cases, queue_entries

REGISTERED = "registered"  # the outcome after which an applicant stands in the queue

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

    ``categories``: only these, or all. ``rows`` has at most ``most`` of each kind.
    """
    key = ("reconciled", scope, as_of, tuple(sorted(categories)), most)
    return held(engine, key, lambda: _read(engine, scope, as_of, categories, most))


def _read(
    engine: Engine, scope: Scope, as_of: date, categories: Sequence[str], most: int
) -> Reconciled:
    registered = and_(cases.c.outcome == REGISTERED, cases.c.outcome_on <= as_of)
    first = select(func.min(cases.c.outcome_on)).where(cases.c.outcome == REGISTERED)
    with snapshot(engine) as connection:
        since = connection.execute(first).scalar()
        if since is None:
            nothing: dict[Gap, int] = dict.fromkeys(GAPS, 0)
            return Reconciled(None, 0, nothing, nothing, _frame([]))
        sides = _sides(registered, since, as_of, categories)
        counts = {gap: connection.execute(_count(*side)).scalar_one() for gap, side in sides}
        mine = [(gap, _within(scope, gap, side)) for gap, side in sides]
        own = {gap: connection.execute(_count(*side)).scalar_one() for gap, side in mine}
        rows = [(gap, *row) for gap, side in mine for row in connection.execute(_list(*side, most))]
        chosen = registered if not categories else registered & cases.c.category.in_(categories)
        whole = connection.execute(select(func.count()).select_from(cases).where(chosen))
        lacking = sum(n for gap, n in counts.items() if gap != "no_application")
        return Reconciled(since, whole.scalar_one() - lacking, counts, own, _frame(rows))


_Side = tuple[FromClause, ColumnElement[bool], Sequence[ColumnElement[Any]]]


def _sides(
    registered: ColumnElement[bool], since: date, as_of: date, categories: Sequence[str]
) -> list[tuple[Gap, _Side]]:
    """Each kind of gap: where to look, what is one, and its columns.

    Joins with grouped subqueries, which both databases answer by a hash or an index of their own:
    neither column carries an index.
    """
    in_time = queue_entries.c.registered_on <= as_of
    entry = queue_entries.c
    listed = select(entry.number).where(in_time).distinct().subquery()
    alike = select(entry.number, entry.category).where(in_time).distinct().subquery()
    told = (
        select(cases.c.queue_number)
        .where(cases.c.queue_number.is_not(None))  # also of one whose result is still to be told
        .distinct()
        .subquery()
    )
    from_cases = cases.outerjoin(listed, listed.c.number == cases.c.queue_number).outerjoin(
        alike,
        and_(alike.c.number == cases.c.queue_number, alike.c.category == cases.c.category),
    )
    from_entries = queue_entries.outerjoin(told, told.c.queue_number == entry.number)
    case_columns = (
        cases.c.case_id,
        cases.c.queue_number,
        cases.c.category,
        cases.c.service_point,
        cases.c.outcome_on,
    )
    entry_columns = (null(), entry.number, entry.category, null(), entry.registered_on)
    has_number = cases.c.queue_number.is_not(None)
    of_cases = cases.c.category.in_(categories) if categories else registered
    of_entries = entry.category.in_(categories) if categories else in_time
    unlisted = and_(registered, of_cases, has_number, listed.c.number.is_(None))
    elsewhere = and_(registered, of_cases, listed.c.number.is_not(None), alike.c.number.is_(None))
    unnumbered = and_(registered, of_cases, cases.c.queue_number.is_(None))
    unapplied = and_(
        in_time, of_entries, entry.registered_on >= since, told.c.queue_number.is_(None)
    )
    return [
        ("not_listed", (from_cases, unlisted, case_columns)),
        ("other_category", (from_cases, elsewhere, case_columns)),
        ("no_number", (cases, unnumbered, case_columns)),
        ("no_application", (from_entries, unapplied, entry_columns)),
    ]


def _within(scope: Scope, gap: Gap, side: _Side) -> _Side:
    """The part of one side that lies in a scope."""
    where, chosen, columns = side
    mine = own_entries(scope) if gap == "no_application" else own_cases(scope)
    return where, and_(mine, chosen), columns


def _count(
    where: FromClause, gap: ColumnElement[bool], _columns: Sequence[ColumnElement[Any]]
) -> Select[int]:
    return select(func.count()).select_from(where).where(gap)


def _list(
    where: FromClause, gap: ColumnElement[bool], columns: Sequence[ColumnElement[Any]], most: int
) -> Select[Any]:
    number, day = columns[1], columns[-1]
    return select(*columns).select_from(where).where(gap).order_by(day, number).limit(most)


def _frame(rows: Sequence[Any]) -> pd.DataFrame:
    names = ["gap", "case_id", "number", "category", "service_point", "on_day"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({**dict.fromkeys(names[:-1], "str"), "on_day": DAY})

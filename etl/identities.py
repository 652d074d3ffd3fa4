"""What must hold of the warehouse whatever was loaded; a broken one is a failure, not a warning."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, case, func, select

from etl.load import Tally
from etl.regulation.model import Regulation
from etl.warehouse import (
    case_clocks,
    case_courses,
    mart_cases,
    mart_courses,
    mart_queue,
    mart_survey,
    queue_entries,
    survey_answers,
)

Days = dict[date, int]
DayOfClock = tuple[date, str]

_CHUNK = 500  # below every driver's limit of bound values
_RECOUNTED = 20_000  # clocks that a run over few changes counts; they lie far apart


def broken(
    connection: Connection,
    *,
    regulation: Regulation,
    tallies: Mapping[str, Tally] | None = None,
    case_days: Mapping[DayOfClock, int] | None = None,
    turn: int = 0,
) -> list[str]:
    """Every identity that does not hold, a sentence without a full stop each; none is right.

    Of each run and source: read = inserted + updated + unchanged + duplicate + rejected. Of each
    clock and of the queue: the stock of the tables changes from day to day by what the marts say
    came and went; the sum over the regulation's categories is the whole. The marts count every row.
    Where few clocks have changed since this was last asked, ``case_days`` has what the mart of
    cases must count on the days on which these start, as `due_counts` gives it: it is looked at for
    those days alone, and what held of the others holds. The clocks themselves are counted on as
    many of those days as hold ``_RECOUNTED`` of them, on others with each ``turn``: so a run over
    few changes takes no longer for the cases that there are.
    """
    of_cases: Iterator[str]
    if case_days is None:
        of_cases = itertools.chain(
            _count(connection, mart_cases, case_clocks),
            _count(connection, mart_courses, case_courses),
            _balances(connection, regulation),
        )
    else:
        of_cases = _of_days(connection, case_days, turn)
    return [
        *_tallies(tallies or {}),
        *of_cases,
        *_count(connection, mart_queue, queue_entries),
        *_count(connection, mart_survey, survey_answers),
        *_queue_balance(connection),
        *_categories(connection, regulation),
    ]


def _tallies(tallies: Mapping[str, Tally]) -> Iterator[str]:
    for source, tally in tallies.items():
        if not tally.adds_up:
            yield f"the records of {source} do not add up ({tally.read} read)"


def _count(connection: Connection, mart: Table, table: Table) -> Iterator[str]:
    counted = connection.scalar(select(func.coalesce(func.sum(mart.c.n), 0)))
    held = connection.scalar(select(func.count()).select_from(table))
    if counted != held:
        yield f"{mart.name} counts {counted} where {table.name} holds {held}"


def _balances(connection: Connection, regulation: Regulation) -> Iterator[str]:
    mart, table = mart_cases.c, case_clocks.c
    came = _by_clock(connection, mart.received_on, mart.clock, func.sum(mart.n))
    went = _by_clock(connection, mart.stopped_on, mart.clock, func.sum(mart.n))
    began = _by_clock(connection, table.received_on, table.clock)
    left = _by_clock(connection, _leaves(table.received_on, table.stopped_on), table.clock)
    for clock in (clock.code for clock in regulation.clocks):
        stock = _grown(began[clock], left[clock])
        yield from _compared(f"open cases of the clock {clock}", stock, came[clock], went[clock])


def _by_clock(
    connection: Connection,
    day: ColumnElement[Any],
    clock: ColumnElement[str],
    n: ColumnElement[int] | None = None,
) -> Mapping[str, Days]:
    """By clock, how many rows, or what ``n`` is, on each day."""
    counted = func.count() if n is None else n
    query = select(day, clock, counted).where(day.is_not(None)).group_by(day, clock)
    found: defaultdict[str, Days] = defaultdict(dict)
    for on, code, total in connection.execute(query):
        found[code][on] = int(total)
    return found


def due_counts(connection: Connection, grown: Mapping[DayOfClock, int]) -> dict[DayOfClock, int]:
    """What the mart of cases must count on each day of ``grown`` once it counts that so many more
    clocks start on it; before it does."""
    counts = _in_mart(connection, {day for day, _ in grown})
    for key, n in grown.items():
        counts[key] = counts.get(key, 0) + n
    return counts


def _of_days(connection: Connection, due: Mapping[DayOfClock, int], turn: int) -> Iterator[str]:
    """Of each of these days and each clock: the mart has grown by the clocks that came and went,
    and, where they are looked at, counts the clocks that start on it."""
    days = sorted({day for day, _ in due})
    counted = _in_mart(connection, days)
    yield from _differing(counted, due)
    some = set(_in_turn(counted, days, turn))
    held = _per_day_and_clock(connection, case_clocks, func.count(), some)
    yield from _differing({key: n for key, n in counted.items() if key[0] in some}, held)


def _differing(counted: Mapping[DayOfClock, int], due: Mapping[DayOfClock, int]) -> Iterator[str]:
    for key in sorted(counted.keys() | due.keys()):
        if counted.get(key, 0) != due.get(key, 0):
            yield f"mart_cases miscounts the clock {key[1]} on {key[0]}"
            return


def _in_turn(counted: Mapping[DayOfClock, int], days: Sequence[date], turn: int) -> Iterator[date]:
    """The days, at least one, that hold ``_RECOUNTED`` clocks together; others with each turn."""
    size: Counter[date] = Counter()
    for (day, _), n in counted.items():
        size[day] += n
    first, total = turn % max(len(days), 1), 0
    for day in (*days[first:], *days[:first]):
        if total >= _RECOUNTED:
            return
        total += size[day]
        yield day


def _in_mart(connection: Connection, days: Collection[date]) -> dict[DayOfClock, int]:
    return _per_day_and_clock(connection, mart_cases, func.sum(mart_cases.c.n), days)


def _per_day_and_clock(
    connection: Connection, table: Table, n: ColumnElement[int], days: Collection[date]
) -> dict[DayOfClock, int]:
    key = table.c.received_on, table.c.clock
    query = select(*key, n).group_by(*key)
    wanted = sorted(days)
    found: dict[DayOfClock, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        some = query.where(table.c.received_on.in_(wanted[start : start + _CHUNK]))
        found |= {(day, clock): int(total) for day, clock, total in connection.execute(some)}
    return found


def _queue_balance(connection: Connection) -> Iterator[str]:
    mart, table = mart_queue.c, queue_entries.c
    came = _per_day(connection, mart.registered_on, func.sum(mart.n))
    went = _per_day(connection, mart.removed_on, func.sum(mart.n))
    began = _per_day(connection, table.registered_on, func.count())
    left = _per_day(connection, _leaves(table.registered_on, table.removed_on), func.count())
    yield from _compared("the queue", _grown(began, left), came, went)


def _per_day(connection: Connection, day: ColumnElement[Any], n: ColumnElement[int]) -> Days:
    query = select(day, n).where(day.is_not(None)).group_by(day)
    return {on: int(total) for on, total in connection.execute(query)}


def _leaves(first: ColumnElement[Any], last: ColumnElement[Any]) -> ColumnElement[Any]:
    """The day from which a row is no longer one with ``first`` <= A and not ``last`` <= A."""
    return case((last < first, first), else_=last)


def _grown(began: Days, left: Days) -> Days:
    """By how much what is there grows on each day."""
    return {day: began.get(day, 0) - left.get(day, 0) for day in began.keys() | left.keys()}


def _compared(what: str, stock: Days, came: Days, went: Days) -> Iterator[str]:
    wrong = [
        day
        for day in sorted(stock.keys() | came.keys() | went.keys())
        if stock.get(day, 0) != came.get(day, 0) - went.get(day, 0)
    ]
    if wrong:
        yield f"{what} do not follow from what came and went, first on {wrong[0]}"


def _categories(connection: Connection, regulation: Regulation) -> Iterator[str]:
    codes = regulation.codes("categories")
    for mart in (mart_cases, mart_queue):
        query = select(mart.c.category).where(mart.c.category.not_in(codes)).distinct()
        if strange := sorted(connection.scalars(query)):
            yield (
                f"{mart.name} counts categories that the regulation {regulation.id} does not know "
                f"({', '.join(strange)}): give each regulation a warehouse of its own"
            )

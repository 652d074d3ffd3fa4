"""What is counted otherwise at two versions, and what kind of change each row went through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, Engine, Subquery, and_, case, func, or_, select

from dashboard.queries.reading import connected
from etl import versions
from etl.frames import DAY, whole
from etl.versions import Columns
from etl.warehouse import CASE_FACTS, QUEUE_FACTS, SURVEY_FACTS, Facts

What = Literal["cases", "queue", "survey"]
Condition = Callable[[Columns], ColumnElement[bool]]


def _other(*names: str) -> Condition:
    """One of the columns says something else."""

    def condition(row: Columns) -> ColumnElement[bool]:
        return or_(*(row[f"then_{n}"].is_distinct_from(row[f"now_{n}"]) for n in names))

    return condition


def _come(name: str) -> Condition:
    """The column was empty and is no more."""
    return lambda row: and_(row[f"then_{name}"].is_(None), row[f"now_{name}"].is_not(None))


def _gone(name: str) -> Condition:
    """The column is empty and was not."""
    return lambda row: and_(row[f"then_{name}"].is_not(None), row[f"now_{name}"].is_(None))


@dataclass(frozen=True)
class Changing:
    """What can change, and how: a changed row is of the first kind whose condition it meets.

    The kinds come in the order of what they do to a city's figures. Their conditions leave no
    counted column out, so that every row that differs is of one kind.
    """

    facts: Facts
    kinds: Mapping[str, Condition]

    @classmethod
    def of(cls, facts: Facts, **kinds: Condition) -> Changing:
        known = {"arrived": _come(facts.day), "vanished": _gone(facts.day)}
        return cls(facts, MappingProxyType({**known, **kinds}))


CHANGING: Mapping[What, Changing] = MappingProxyType(
    {
        "cases": Changing.of(
            CASE_FACTS,
            finished=_come("stopped_on"),
            reopened=_gone("stopped_on"),
            redated=_other("received_on", "due_on"),
            finish_moved=_other("stopped_on"),
            result=_other("outcome", "outcome_on"),
            reclassified=_other("channel", "category", "service_point"),
        ),
        "queue": Changing.of(
            QUEUE_FACTS,
            removed=_come("removed_on"),
            reinstated=_gone("removed_on"),
            redated=_other("registered_on"),
            removal=_other("removed_on", "reason"),
            reclassified=_other("category"),
        ),
        "survey": Changing.of(
            SURVEY_FACTS, answer=_other("service_point", "answered_on", "answer")
        ),
    }
)


def changes(
    engine: Engine, what: What, before: int, after: int, *, clock: str | None = None
) -> pd.DataFrame:
    """The rows that are counted otherwise at ``after`` than at the earlier ``before``.

    Columns: ``kind`` (category dtype, see CHANGING), each counted column as ``then_…`` and
    ``now_…``, typed as in the marts' frames and empty where there was no such row, but once where
    it belongs to the key (a question, a clock), and ``n`` (int64). ``clock``: of cases, only those
    under it.
    """
    facts, rows = CHANGING[what].facts, _changes(what, before, after, clock)
    names = {*facts.keys} - {*facts.names}  # keys that nothing is counted by
    columns = [column for column in rows.c if column.name not in names]
    counted = select(*columns, func.count().label("n")).group_by(*columns).subquery()
    with connected(engine) as connection:
        return whole(connection, list(counted.c))


def changed_rows(
    engine: Engine, what: What, before: int, after: int, *, clock: str | None = None
) -> pd.DataFrame:
    """The same row by row, in the order of their keys, which stand in the first columns.

    Days are datetime64[s], everything else is object dtype with None for nothing; there is no
    ``n``.
    """
    facts = CHANGING[what].facts
    rows = _changes(what, before, after, clock)
    query = select(rows).order_by(*(rows.c[key] for key in facts.keys))
    with connected(engine) as connection:
        found = connection.execute(query)
        frame = pd.DataFrame(found.all(), columns=list(found.keys()), dtype="object")
    days = [name for name in frame.columns if name.endswith("_on")]
    return frame.astype(dict.fromkeys(days, DAY))


def _changes(what: What, before: int, after: int, clock: str | None) -> Subquery:
    """Keys, both forms and ``kind`` of every row that differs."""
    changing = CHANGING[what]
    row = versions.changed(changing.facts, before, after).subquery().c
    kind: ColumnElement[Any] = case(
        *((holds(row), code) for code, holds in changing.kinds.items())
    ).label("kind")
    rows = select(kind, *row)
    if clock is not None:
        rows = rows.where(row.clock == clock)
    told = rows.subquery()
    return select(told).where(told.c.kind.is_not(None)).subquery()

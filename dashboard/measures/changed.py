"""The rows that changed between two moments, and of what kind each change was to who asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd
from sqlalchemy import Engine

from dashboard import queries
from dashboard.filters import Filter
from dashboard.measures.rows import Given, entering, let_through
from dashboard.queries import CHANGING, What
from etl.regulation.model import Regulation

KINDS = tuple(dict.fromkeys(kind for changing in CHANGING.values() for kind in changing.kinds))

_MOVED = "reclassified"

_Side = Literal["then", "now"]

_WHAT: tuple[What, ...] = get_args(What)
_SIDES: tuple[_Side, ...] = get_args(_Side)


@dataclass(frozen=True)
class Moment:
    """What is asked, at a version (``filter.known_at``) and by the regulation of that time."""

    regulation: Regulation
    filter: Filter

    @property
    def version(self) -> int:
        """Raises ValueError where the filter names none."""
        if self.filter.known_at is None:
            raise ValueError("two versions are compared, and a filter names none")
        return self.filter.known_at


def changes(engine: Engine, before: Moment, after: Moment) -> dict[What, pd.DataFrame]:
    """Of cases, entries and answers those that changed: see ``queries.changes``."""
    versions = before.version, after.version
    clocks = {"cases": after.filter.clock}
    return {
        what: _with_kinds(
            what, queries.changes(engine, what, *versions, clock=clocks.get(what)), after
        )
        for what in _WHAT
    }


def changed_rows(engine: Engine, what: What, before: Moment, after: Moment) -> pd.DataFrame:
    """The rows that ``how_many`` counts, with their keys: see ``queries.changed_rows``."""
    clock = after.filter.clock if what == "cases" else None
    rows = queries.changed_rows(engine, what, before.version, after.version, clock=clock)
    return _with_kinds(what, rows[_concerned(what, rows, after)], after)


def how_many(what: What, rows: pd.DataFrame, moment: Moment) -> dict[str, int]:
    """How many changed rows the filter lets through, before or after, by kind."""
    counts = rows[_concerned(what, rows, moment)].groupby("kind", observed=True)["n"].sum()
    return {kind: int(counts[kind]) for kind in CHANGING[what].kinds if kind in counts}


def by_kind(found: Mapping[What, pd.DataFrame]) -> Iterator[tuple[str, Given, Given]]:
    """Each kind that occurs, with its rows as they were and as they are."""
    for kind in KINDS:
        chosen = {what: rows[rows["kind"] == kind] for what, rows in found.items()}
        if any(map(len, chosen.values())):
            then, now = (
                Given(*(_form(what, chosen[what], side) for what in _WHAT)) for side in _SIDES
            )
            yield kind, then, now


def answers_of_kinds(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Changed answers of each kind, as they were and as they are: kind and rows, twice a kind."""
    for kind in rows["kind"].unique():
        for side in _SIDES:
            yield kind, _form("survey", rows[rows["kind"] == kind], side)


def _with_kinds(what: What, rows: pd.DataFrame, moment: Moment) -> pd.DataFrame:
    """The rows with their kinds: what the filter let through on one side alone is reclassified.

    Whatever else changed of such a row, that it came to or left what is asked moved the figures.
    """
    if _MOVED not in CHANGING[what].kinds:
        return rows
    day = CHANGING[what].facts.day
    told = [
        let_through(what, _named(what, rows, side), moment.filter, moment.regulation)
        for side in _SIDES
    ]
    stayed = rows[f"then_{day}"].notna() & rows[f"now_{day}"].notna()
    return rows.assign(
        kind=rows["kind"].astype("object").mask(stayed & (told[0] != told[1]), _MOVED)
    )


def _concerned(what: What, rows: pd.DataFrame, moment: Moment) -> pd.Series[bool]:
    """Which rows the filter lets through, as they were or as they are."""
    told = [
        entering(what, _form(what, rows, side), moment.filter, moment.regulation) for side in _SIDES
    ]
    return pd.Series(rows.index.isin(told[0].union(told[1])), index=rows.index)


def _form(what: What, rows: pd.DataFrame, side: _Side) -> pd.DataFrame:
    """Changed rows as they stood at one side, those that stood there."""
    form = _named(what, rows, side)
    return form[form[CHANGING[what].facts.day].notna()]


def _named(what: What, rows: pd.DataFrame, side: _Side) -> pd.DataFrame:
    """One side of changed rows under the marts' names."""
    facts = CHANGING[what].facts
    own = {name: name for name in (*facts.keys, "n")}  # of both sides
    columns = {f"{side}_{name}": name for name in facts.names} | own
    return rows[[c for c in columns if c in rows]].rename(columns=columns)

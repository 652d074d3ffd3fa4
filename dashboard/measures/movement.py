"""Why a figure is another than it was: what each kind of change did to what can be counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from dashboard.kpi.small_numbers import is_small
from dashboard.measures import changed, telling
from dashboard.measures.basis import Basis
from dashboard.measures.changed import Moment
from dashboard.measures.compute import basis_of, compute, figures_of
from dashboard.measures.registry import REGISTRY
from dashboard.measures.rows import Rows, Warehouse
from dashboard.queries import What
from etl.regulation.model import Regulation

RULES = "rules"  # the kind of what changes where the regulation does, and no row
KINDS = (RULES, *changed.KINDS)

Counts = Mapping[str, Mapping[str, int]]  # measure -> name -> count


@dataclass(frozen=True)
class Part:
    """Rows that went through one kind of change: what they counted before, and what they do now."""

    kind: str
    before: Counts
    after: Counts


@dataclass(frozen=True)
class Movement:
    """A count at two moments. ``before`` and the ``parts``, by kind of change, add up to ``after``.

    A kind that moves nothing has no part.
    """

    before: int
    after: int
    parts: Mapping[str, int]


@dataclass(frozen=True)
class Comparison:
    """The measures of a filter as they were known at two versions, and what makes the difference.

    ``before``, ``after``: as ``compute`` gives them. ``difference``: of each measure's leading
    figure, under the names of the columns of ``monthly``, None where one of the two is. ``counts``:
    by measure and name (see ``Measure.counts``); None where too few answers would be told of.
    ``changed``: how many rows that the filter lets through, before or after, by kind; None of
    answers where too few would be told of. Where the two sides differ by too few answers, the
    earlier one is not told.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    difference: dict[str, float | None]
    counts: dict[str, dict[str, Movement | None]]
    changed: dict[What, dict[str, int | None]]


def compare(
    engine: Engine,
    before: Moment,
    after: Moment,
    *,
    within: int | None = None,
    at_risk_days: int,
    min_answers: int,
) -> Comparison:
    """The measures at two moments that differ in what was known, not in what is asked.

    The later version comes second. Options as for ``compute``.
    """
    told, tells = (
        compute(
            engine,
            moment.regulation,
            moment.filter,
            within=within,
            at_risk_days=at_risk_days,
            min_answers=min_answers,
        )
        for moment in (before, after)
    )

    def counted(rows: Rows, moment: Moment) -> Counts:
        return counts_of(basis_of(rows, moment.regulation, moment.filter, within, at_risk_days))

    held = Warehouse(engine)
    was, now = counted(held, before), counted(held, after)
    found = changed.changes(engine, before, after)
    parts, rows = corrections(engine, before, after, counted, found)
    asked = basis_of(held, after.regulation, after.filter, within, at_risk_days)
    was_asked = basis_of(held, before.regulation, before.filter, within, at_risk_days)
    forms = [form for _, form in changed.answers_of_kinds(found["survey"])]
    few = few_answers(parts, (told, tells), min_answers)
    few |= telling.untold(asked, forms, min_answers)
    if before.regulation != after.regulation:
        few |= telling.hides(was_asked, min_answers)
    telling.hide_earlier(told, few)
    return Comparison(
        before=told,
        after=tells,
        difference=difference(told, tells, after.regulation),
        counts=shown(was, now, parts, few),
        changed=telling.changed_told(rows, few, min_answers),
    )


def corrections(
    engine: Engine,
    before: Moment,
    after: Moment,
    counted: Callable[[Rows, Moment], Counts],
    found: Mapping[What, pd.DataFrame],
) -> tuple[list[Part], dict[What, dict[str, int]]]:
    """What became known otherwise between two versions, part by part, and how many rows, by kind.

    ``counted``: what rows count at a moment; ``found``: ``changed.changes`` between the two.
    """
    parts = [
        Part(kind, counted(then, after), counted(since, after))
        for kind, then, since in changed.by_kind(found)
    ]
    if before.regulation != after.regulation:
        # The rows of then, by the rules of now: the other parts are counted by these.
        again = replace(after, filter=replace(after.filter, known_at=before.version))
        held = Warehouse(engine)
        parts = [Part(RULES, counted(held, before), counted(held, again)), *parts]
    return parts, {what: changed.how_many(what, rows, after) for what, rows in found.items()}


def explain(
    before: Counts, after: Counts, parts: Sequence[Part]
) -> dict[str, dict[str, Movement | None]]:
    """Every count of every measure, and what the parts of each kind moved it by.

    They must be all that changed, and one must take up where another ends, or be of other rows; so
    everything adds up.
    """
    return {
        key: {
            name: Movement(
                before=_count(before, key, name),
                after=_count(after, key, name),
                parts=_moved(parts, key, name),
            )
            for name in dict.fromkeys([*before[key], *after[key]])
        }
        for key in REGISTRY
        if before[key] or after[key]
    }


def shown(
    before: Counts, after: Counts, parts: Sequence[Part], few: Iterable[str]
) -> dict[str, dict[str, Movement | None]]:
    """The same without the questions of ``few``, of which it would tell too few answers."""
    explained = explain(before, after, parts)
    movements = explained.get("satisfied", {})
    hidden = [name for name in movements if name.rpartition(".")[0] in few]
    movements.update(dict.fromkeys(hidden))
    return explained


def few_answers(
    parts: Sequence[Part], values: Iterable[Mapping[str, Any]], min_answers: int
) -> set[str]:
    """The questions of which some part, before or after, or one of the two sides is of too few.

    ``values``: the measures of both sides, as they are shown.
    """
    small = {
        name.rpartition(".")[0]
        for part in parts
        for side in (part.before, part.after)
        for name, n in side["satisfied"].items()
        if name.endswith(".n") and is_small(n, min_answers)
    }
    return small | {
        question
        for value in values
        for question, said in (value["satisfied"] or {}).items()
        if said["n"] is None
    }


def _moved(parts: Sequence[Part], key: str, name: str) -> dict[str, int]:
    moved: dict[str, int] = {}
    for part in parts:
        by = _count(part.after, key, name) - _count(part.before, key, name)
        moved[part.kind] = moved.get(part.kind, 0) + by
    return {kind: by for kind, by in moved.items() if by}


def counts_of(basis: Basis) -> Counts:
    """All that adds up: by measure and name, and nothing of a measure that does not."""
    return {
        key: measure.counts(measure.of(basis)) if measure.adds_up else {}
        for key, measure in REGISTRY.items()
    }


def _count(counts: Counts, key: str, name: str) -> int:
    """Nothing where the measure does not apply or does not know the name."""
    return counts[key].get(name, 0)


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any], regulation: Regulation
) -> dict[str, float | None]:
    """By how much each leading figure moved: see ``Comparison``."""
    told = {
        name: (figure(before[measure.key]), figure(after[measure.key]))
        for measure in REGISTRY.values()
        for name, figure in figures_of(measure, regulation)
    }
    return {
        name: None if was is None or now is None else now - was for name, (was, now) in told.items()
    }

"""Why a figure of one day is another on a later day: what happened between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeVar, get_args

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from dashboard.kpi import passage
from dashboard.kpi.passage import Step
from dashboard.kpi.state import Answers, Cases, Queue
from dashboard.measures import changed, movement, telling
from dashboard.measures.basis import Basis, Standing
from dashboard.measures.changed import Moment
from dashboard.measures.compute import basis_of, shown_of
from dashboard.measures.movement import Comparison, Part, counts_of
from dashboard.measures.rows import Rows, Warehouse, asks
from dashboard.queries import What

_CORRECTED, _PERIOD = "corrected", "period"
_BY_NAME = (movement.RULES, "reclassified")  # what else became known otherwise is corrected
KINDS = (*movement.KINDS, _CORRECTED, *passage.KINDS, _PERIOD)

_WHAT: tuple[What, ...] = get_args(What)

_State = tuple[Cases, Queue, Answers]

R = TypeVar("R", Cases, Queue, Answers)


def compare_days(
    engine: Engine,
    before: Moment,
    after: Moment,
    *,
    within: int | None = None,
    at_risk_days: int,
    min_answers: int,
) -> Comparison:
    """The measures as of one day and as of a later one, with what happened in between.

    The two filters may differ in their days, their periods and the version that they ask; the later
    day comes second. The parts are, one after the other: what became known otherwise of the
    earlier day (``rules``, ``corrected``, ``reclassified``; none where both ask one version), then
    what happened between the days (see ``kpi.passage``), then ``period``: what the later period
    counts and the earlier one does not. Options as for ``compute``.
    """

    def basis(rows: Rows, moment: Moment) -> Basis:
        return basis_of(rows, moment.regulation, moment.filter, within, at_risk_days)

    held = Warehouse(engine)
    asked = replace(after, filter=replace(before.filter, known_at=after.filter.known_at))
    otherwise = before.filter.known_at != asked.filter.known_at
    # All of the later version is counted from these rows: it adds up also during a load.
    start = basis(held, asked)
    end = start.at(after.filter.as_of)
    last = end.during(after.filter.period_from, after.filter.period_to)
    first = basis(held, before) if otherwise else start
    known: list[Part] = []
    sizes: dict[What, dict[str, int]] = {}
    few = telling.hides(end, min_answers)
    few |= telling.untold(end, _answered(end, start.as_of), min_answers)
    if otherwise:
        rows = changed.changes(engine, before, asked)
        known, sizes = movement.corrections(
            engine, before, asked, lambda rows, moment: counts_of(basis(rows, moment)), rows
        )
        forms = [form for _, form in changed.answers_of_kinds(rows["survey"])]
        few |= telling.untold(start, forms, min_answers) | telling.hides(start, min_answers)
    happened = list(_happened(start, end))
    was, now = counts_of(first), counts_of(last)
    told, tells = (shown_of(side, min_answers=min_answers) for side in (first, last))
    parts = [
        *(replace(part, kind=_told(part.kind)) for part in known),
        *(Part(step.kind, counts_of(step.then), counts_of(step.now)) for step in happened),
        Part(_PERIOD, counts_of(end), now),
    ]
    few |= movement.few_answers(parts, (told, tells), min_answers)
    telling.hide_earlier(told, few)
    rows_of = {what: _sizes(what, sizes.get(what, {}), happened) for what in _WHAT}
    return Comparison(
        before=told,
        after=tells,
        difference=movement.difference(told, tells, after.regulation),
        counts=movement.shown(was, now, parts, few),
        changed=telling.changed_told(rows_of, few, min_answers),
    )


def _answered(end: Basis, start: date) -> Iterator[pd.DataFrame]:
    """The answers given after ``start``, of every office."""
    rows, _ = end.known.marts.rows.survey(end.filter)
    yield rows[rows["answered_on"] > pd.Timestamp(start)]


class _Happened(NamedTuple):
    """One kind of event between the days, and how many rows of a mart it concerns."""

    what: What
    kind: str
    then: Basis
    now: Basis
    size: int


def _happened(start: Basis, end: Basis) -> Iterator[_Happened]:
    marts, days = start.known.marts, (start.as_of, end.as_of)
    cases, queue, survey = _no(marts.cases), _no(marts.queue), _no(marts.survey)

    def of(what: What, step: Step[Any], then: _State, now: _State) -> _Happened:
        return _Happened(
            what,
            step.kind,
            replace(start, known=Standing(marts, step.then_on, *then)),
            replace(start, known=Standing(marts, step.now_on, *now)),
            step.size,
        )

    for s in passage.of_cases(marts.cases, *days, soon=start.at_risk_days):
        yield of("cases", s, (s.then, queue, survey), (s.now, queue, survey))
    for q in passage.of_queue(marts.queue, *days) if asks("queue", marts.filter) else ():
        yield of("queue", q, (cases, q.then, survey), (cases, q.now, survey))
    for a in passage.of_survey(marts.survey, *days) if asks("survey", marts.filter) else ():
        yield of("survey", a, (cases, queue, a.then), (cases, queue, a.now))


def _no(rows: R) -> R:
    return rows.only(np.zeros(len(rows.n), dtype=bool))


def _told(kind: str) -> str:
    """As what something that became known otherwise is told beside what happened."""
    return kind if kind in _BY_NAME else _CORRECTED


def _sizes(what: What, known: Mapping[str, int], happened: Iterable[_Happened]) -> dict[str, int]:
    """How many rows of a mart, by kind as it is told."""
    sizes: Counter[str] = Counter()
    for kind, n in known.items():
        sizes[_told(kind)] += n
    for step in happened:
        if step.what == what:
            sizes[step.kind] += step.size
    return {kind: sizes[kind] for kind in KINDS if sizes[kind]}

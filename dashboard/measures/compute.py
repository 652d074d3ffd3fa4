"""Measures of a filter, and of its parts: by month, channel, category or office."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

import pandas as pd
from sqlalchemy import Engine

from dashboard import queries
from dashboard.filters import DIMENSIONS, Filter, last_full_month
from dashboard.kpi import freshness, queue, survival
from dashboard.kpi.freshness import Ages, Loaded
from dashboard.kpi.small_numbers import drawn
from dashboard.kpi.wilson import Share
from dashboard.measures import telling
from dashboard.measures.basis import Basis, Known, Marts
from dashboard.measures.coarse import coarse
from dashboard.measures.measure import Measure
from dashboard.measures.registry import REGISTRY
from dashboard.measures.rows import Rows, Warehouse
from etl.frames import DAY
from etl.regulation.model import Regulation

By = Literal["month", "channel", "category", "service_point"]
BY: tuple[By, ...] = get_args(By)
MONTHLY = ("within_limit", "overdue", "open", "queue_net", "satisfied")  # the cards' small charts

_Figure = Callable[[Any], float | None]

_AT_RISK_DAYS = 7
_MIN_ANSWERS = 5
_SATISFIED = "satisfied"


def compute(
    engine: Engine,
    regulation: Regulation,
    filter_: Filter,
    *,
    within: int | None = None,
    at_risk_days: int = _AT_RISK_DAYS,
    min_answers: int = _MIN_ANSWERS,
    keys: Iterable[str] | None = None,
    ages: Ages | None = None,
    in_fives: bool = False,
) -> dict[str, Any]:
    """Every measure (or those of ``keys``) by its key: a number, None, or a dict of numbers.

    A share stands as a fraction with its siblings ``<key>_n``, ``<key>_low``, ``<key>_high``. Times
    are days. ``within``: the days of ``p_within``, else the clock's limit. Satisfaction over fewer
    than ``min_answers`` answers is None throughout, and so few responses are not told. ``ages``:
    those of ``ages_at``, told as ``freshness``, which else is None. ``in_fives``: as ``coarse``.
    """
    basis = replace(_basis(engine, regulation, filter_, within, at_risk_days), ages=ages)
    return shown_of(basis, min_answers=min_answers, keys=keys, in_fives=in_fives)


def ages_at(engine: Engine, moment: datetime, *, run_id: int | None = None) -> Ages:
    """How old each source's data was at a moment (naive UTC): see ``kpi.freshness.ages``.

    What happened later does not count. ``run_id``: nor what later runs brought.
    """
    found = queries.newest_by(engine, moment, run_id=run_id)
    return freshness.ages((Loaded(*source) for source in found), moment)


def shown_of(
    basis: Basis,
    *,
    min_answers: int,
    keys: Iterable[str] | None = None,
    in_fives: bool = False,
) -> dict[str, Any]:
    """What ``compute`` gives of rows that are at hand."""
    values = _values(basis, _chosen(keys), in_fives=in_fives)
    telling.tell(values, basis, min_answers)
    return values


def compute_by(
    engine: Engine,
    regulation: Regulation,
    filter_: Filter,
    *,
    by: By,
    within: int | None = None,
    at_risk_days: int = _AT_RISK_DAYS,
    min_answers: int = _MIN_ANSWERS,
    keys: Iterable[str] | None = None,
    in_fives: bool = False,
) -> list[dict[str, Any]]:
    """One flat row a part: ``{by: code, **measures}``, as ``compute`` gives them.

    ``month``: a row for each month of the period that has begun at ``as_of``, its code like
    ``2013-11``. A month's flows are those known at ``as_of``; its stocks (in progress, overdue,
    queue…) are those at its own end. Otherwise a row for each code of the regulation that the
    filter lets through, also where there is nothing to count. What subtraction from the whole, or
    from what another filter tells of the same period, would give of too few answers is None too.
    """
    chosen = _chosen(keys)
    basis = _basis(engine, regulation, filter_, within, at_risk_days)
    if by == "month":
        return _by_month(basis, chosen, min_answers, beside_total=True, in_fives=in_fives)
    rows = []
    for code, part in _parts(filter_, regulation, by):
        one = _basis(engine, regulation, part, within, at_risk_days)
        rows.append({by: code, **_values(one, chosen, in_fives=in_fives)})
        telling.tell(rows[-1], one, min_answers)
    return rows


def _by_month(
    basis: Basis,
    measures: Sequence[Measure],
    min_answers: int,
    *,
    beside_total: bool,
    in_fives: bool,
) -> list[dict[str, Any]]:
    months = list(_months(basis.filter))
    rows = [
        {"month": f"{first:%Y-%m}", **_of_month(basis, first, last, measures, in_fives=in_fives)}
        for first, last in months
    ]
    telling.tell_months(rows, basis, months, min_answers, beside_total=beside_total)
    return rows


def monthly(
    engine: Engine,
    regulation: Regulation,
    filter_: Filter,
    *,
    months: int = 24,
    keys: Iterable[str] = MONTHLY,
    at_risk_days: int = _AT_RISK_DAYS,
    min_answers: int = _MIN_ANSWERS,
    in_fives: bool = False,
) -> pd.DataFrame:
    """The measures of the last full ``months`` before ``as_of``, whatever the filter's period.

    Months before the first application that the warehouse knows are left out: they are unknown,
    not empty. Index: ``month``, the first of each (datetime64[s]), rising. Columns (float64, NaN
    for nothing): ``keys``, a composite measure by its leading figure, satisfaction as
    ``satisfied.<question>``. Counts of one to four, where these are told as such, are ``drawn``.
    """
    _, last = last_full_month(filter_.as_of)
    asked = (pd.Timestamp(last) - pd.DateOffset(months=months - 1)).date().replace(day=1)
    chosen = _chosen(keys)
    first = max(asked, _first_month(engine, filter_, chosen, otherwise=asked))
    period = replace(filter_, period_from=first, period_to=last)
    basis = _basis(engine, regulation, period, None, at_risk_days)
    rows = _by_month(basis, chosen, min_answers, beside_total=False, in_fives=in_fives)
    index = pd.DatetimeIndex([row["month"] for row in rows], dtype=DAY, name="month")
    columns = {
        name: [drawn(figure(row[measure.key])) for row in rows]
        for measure in chosen
        for name, figure in figures_of(measure, regulation)
    }
    return pd.DataFrame(columns, index=index, dtype="float64")


def decided_days(engine: Engine, regulation: Regulation, filter_: Filter) -> pd.DataFrame:
    """The cases decided in the period by their days: ``days``, ``n`` (int64), by rising days."""
    days = _basis(engine, regulation, filter_, None, _AT_RISK_DAYS).days
    return pd.DataFrame({"days": days.days, "n": days.n})


def queue_ages(
    engine: Engine, regulation: Regulation, filter_: Filter
) -> tuple[dict[int, int], float | None]:
    """How long those in the queue at ``as_of`` have waited: by full years, and the median in days.

    The register knows neither channels nor offices: a filter of these is passed over.
    """
    known = _basis(engine, regulation, filter_, None, _AT_RISK_DAYS).known.queue
    waited = queue.waited(known, filter_.as_of)
    return queue.ages(waited, filter_.as_of), queue.age(waited)


def finished_within(engine: Engine, regulation: Regulation, filter_: Filter) -> pd.DataFrame:
    """The curve behind ``p_within``; its columns are those of ``kpi.survival.curve``. Not to be
    changed in place."""

    def curve() -> pd.DataFrame:
        basis = _basis(engine, regulation, filter_, None, _AT_RISK_DAYS)
        return survival.curve(basis.cases, basis.as_of, basis.first, basis.last)

    return queries.once(("curve", engine, regulation.sha256, filter_), curve)


def _basis(
    engine: Engine, regulation: Regulation, filter_: Filter, within: int | None, at_risk_days: int
) -> Basis:
    return _look(_known(engine, regulation, filter_), filter_, within, at_risk_days)


def _known(engine: Engine, regulation: Regulation, filter_: Filter) -> Known:
    """One for all that a page asks of the same cases and day, whatever the period."""
    chosen = (getattr(filter_, field) for field in DIMENSIONS.values())
    key = (engine, regulation.sha256, filter_.clock, filter_.known_at, *chosen)
    rows = Warehouse(engine)
    marts = queries.once(("marts", *key), lambda: Marts(rows, regulation, filter_))
    as_of = filter_.as_of
    return queries.once(("known", as_of, *key), lambda: Known(marts, as_of))


def basis_of(
    rows: Rows, regulation: Regulation, filter_: Filter, within: int | None, at_risk_days: int
) -> Basis:
    """What the measures of a filter are computed from, wherever the rows come from."""
    return _look(
        Known(Marts(rows, regulation, filter_), filter_.as_of), filter_, within, at_risk_days
    )


def _look(known: Known, filter_: Filter, within: int | None, at_risk_days: int) -> Basis:
    regulation = known.marts.regulation
    return Basis(
        known=known,
        filter=filter_,
        first=filter_.period_from,
        last=filter_.period_to,
        within=regulation.clock(filter_.clock).limit if within is None else within,
        at_risk_days=at_risk_days,
    )


def _chosen(keys: Iterable[str] | None) -> list[Measure]:
    """The measures of ``keys`` in the registry's order. Raises KeyError for an unknown one."""
    if keys is None:
        return list(REGISTRY.values())
    wanted = {REGISTRY[key].key for key in keys}
    return [measure for measure in REGISTRY.values() if measure.key in wanted]


def _values(basis: Basis, measures: Iterable[Measure], *, in_fives: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for measure in measures:
        value = coarse(measure, basis) if in_fives else measure.of(basis)
        if isinstance(value, Share):
            values[measure.key] = value.value
            values |= {
                f"{measure.key}_{part}": getattr(value, part) for part in ("n", "low", "high")
            }
        else:
            values[measure.key] = value
    return values


def _of_month(
    basis: Basis, first: date, last: date, measures: Sequence[Measure], *, in_fives: bool
) -> dict[str, Any]:
    month = basis.during(first, last)
    then = month.standing(min(last, basis.as_of))
    return {
        key: value
        for measure in measures
        for key, value in _values(
            then if measure.stock else month, [measure], in_fives=in_fives
        ).items()
    }


def _months(filter_: Filter) -> Iterable[tuple[date, date]]:
    """First and last day of each month of the period that has begun, cut to the period."""
    first, end = filter_.period_from, min(filter_.period_to, filter_.as_of)
    while first <= end:
        after = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        yield first, min(after - timedelta(days=1), filter_.period_to)
        first = after


def _first_month(
    engine: Engine, filter_: Filter, measures: Sequence[Measure], *, otherwise: date
) -> date:
    """The month of the clock's first application, or the register's first entry for it alone."""
    of_queue = all(measure.key.startswith("queue") for measure in measures)
    version = filter_.known_at

    def earliest() -> date | None:
        found = (
            queries.queue_days(engine, version=version)["registered_on"].min()
            if of_queue
            else queries.case_days(engine, filter_.clock, version=version)["received_on"].min()
        )
        return None if pd.isna(found) else found.date().replace(day=1)

    key = ("first month", of_queue, filter_.clock, version)
    return queries.held(engine, key, earliest, until="load") or otherwise


def _parts(filter_: Filter, regulation: Regulation, by: By) -> Iterable[tuple[str, Filter]]:
    field = DIMENSIONS[by]
    for code in getattr(filter_, field) or regulation.codes(field):
        only: dict[str, Any] = {field: (code,)}
        yield code, replace(filter_, **only)


def figures_of(measure: Measure, regulation: Regulation) -> Iterable[tuple[str, _Figure]]:
    """The columns of one measure in a table of plain numbers, and how to take each from it."""
    if measure.key == _SATISFIED:
        for question in regulation.survey.questions if regulation.survey else ():
            yield f"{_SATISFIED}.{question.code}", _member(question.code, "value")
    elif not measure.many:
        yield measure.key, _member(measure.figure) if measure.figure else _itself


def _member(*path: str) -> _Figure:
    """Takes what lies at ``path`` in a composite value; None where there is no value at all."""

    def figure(value: Any) -> float | None:
        for key in path:
            value = value and value.get(key)
        number: float | None = value
        return number

    return figure


def _itself(value: float | None) -> float | None:
    return value

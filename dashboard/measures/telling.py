"""Which figures of the survey may be told: of offices and months, whoever asks for which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from dashboard.kpi import response_rate, satisfaction
from dashboard.kpi.small_numbers import blocks, is_small, may_tell, steady
from dashboard.kpi.state import Codes, Days, Whole, number
from dashboard.measures.basis import Basis, Marts
from dashboard.measures.rows import Warehouse, places
from dashboard.queries import What, held
from etl.regulation.model import Regulation

KEYS = ("satisfied", "response_rate")
FORMS = ""  # beside the codes of the questions: whole forms, whatever they answer

Offices = Mapping[str, int]
Period = tuple[date, date]


def tell(values: dict[str, Any], basis: Basis, least: int) -> None:
    """Blank, in place, those figures of ``values`` that may not be told: ``KEYS``, where present.

    ``basis``: what they were computed from. All offices that have answers are looked at, not only
    those that its filter lets through.
    """
    for name in _subjects(values):
        (counts,) = _counts(basis, name, [(basis.first, basis.last)])
        if not _told(counts, basis, least):
            _blank(values, name)


def tell_months(
    rows: Sequence[dict[str, Any]],
    basis: Basis,
    months: Sequence[Period],
    least: int,
    *,
    beside_total: bool,
) -> None:
    """The same of a row for each of ``months``, which make up the basis' period.

    ``beside_total``: the figure of the whole period is told too, and must not give a month away.
    """
    for name in _subjects(rows[0]) if rows else ():
        counts = _counts(basis, name, months)
        told = [_told(month, basis, least) for month in counts]
        if beside_total and len(months) > 1:
            safe = _safe_months(counts, basis, least)
            told = [own and also for own, also in zip(told, safe, strict=True)]
        for row, shown in zip(rows, told, strict=True):
            if not shown:
                _blank(row, name)


def untold(basis: Basis, changes: Iterable[pd.DataFrame], least: int) -> set[str]:
    """The questions of which a change may not be told: in some office too few answers went by.

    ``changes``: rows of answers, each frame those of one kind of change, before or after it;
    columns service_point, question, answered_on, n. Only the basis' period counts.
    """
    found: set[str] = set()
    for rows in changes:
        day = rows["answered_on"]
        first, last = pd.Timestamp(basis.first), pd.Timestamp(min(basis.last, basis.as_of))
        inside = rows[(day >= first) & (day <= last)]
        for question, asked in inside.groupby("question", observed=True):
            if not _told(_by_office(asked, asked["n"].to_numpy()), basis, least):
                found.add(str(question))
    return found


def hides(basis: Basis, least: int) -> set[str]:
    """The questions whose figures of the basis' own period may not be told."""
    survey, own = basis.regulation.survey, [(basis.first, basis.last)]
    return {
        question.code
        for question in (survey.questions if survey else ())
        if not _told(_counts(basis, question.code, own)[0], basis, least)
    }


def hide_earlier(before: dict[str, Any], hidden: Collection[str]) -> None:
    """Blank, in place, the earlier figures whose difference from the later is of too few answers.

    ``hidden``: the questions of which that is so; then the forms are left out as well.
    """
    for question in hidden:
        if question in (before.get("satisfied") or ()):
            _blank(before, question)
    if hidden and before.get("response_rate") is not None:
        _blank(before, FORMS)


def changed_told(
    found: Mapping[What, Mapping[str, int]], hidden: Collection[str], least: int
) -> dict[What, dict[str, int | None]]:
    """How many rows changed, by mart and kind; no kind of answers where too few changed of one."""
    few = bool(hidden) or any(is_small(n, least) for n in found["survey"].values())
    return {
        what: {kind: None if few and what == "survey" else n for kind, n in sizes.items()}
        for what, sizes in found.items()
    }


def _by_office(rows: pd.DataFrame, n: Whole) -> Offices:
    """How much the rows count, by office in the order of the codes."""
    codes, offices = _offices(rows)
    known = codes >= 0
    sums = np.bincount(codes[known], weights=n[known], minlength=len(offices))
    return dict(zip(offices, map(round, sums.tolist()), strict=True))


def _by_period(
    rows: pd.DataFrame, n: Whole, days: Days, periods: Sequence[Period]
) -> list[Offices]:
    """The same of each of ``periods``, which come one after the other; ``days``: when a row is."""
    codes, offices = _offices(rows)
    firsts, lasts = (np.array([number(day) for day in ends]) for ends in zip(*periods, strict=True))
    place = np.searchsorted(firsts, days, side="right") - 1
    counted = (place >= 0) & (days <= lasts[place]) & (codes >= 0) & (n > 0)
    shape = len(periods), len(offices)
    cell = place[counted] * len(offices) + codes[counted]
    sums = np.bincount(cell, weights=n[counted], minlength=shape[0] * shape[1]).reshape(shape)
    return [dict(zip(offices, each, strict=True)) for each in sums.astype("int64").tolist()]


def _offices(rows: pd.DataFrame) -> tuple[Codes, list[str]]:
    """The place of each row's office, -1 for none, in the list of them."""
    place = rows["service_point"].astype("category").cat
    return place.codes.to_numpy().astype("int64"), [str(code) for code in place.categories]


def _subjects(values: Mapping[str, Any]) -> list[str]:
    """The questions whose figures are there, and the forms where they are."""
    found = list(values.get("satisfied") or ())
    return [*found, FORMS] if values.get("response_rate") is not None else found


def _blank(values: dict[str, Any], name: str) -> None:
    if name == FORMS:
        values["response_rate"] = response_rate.without(values["response_rate"])
    else:
        values["satisfied"] = {**values["satisfied"], name: satisfaction.TOO_FEW}


def _counts(basis: Basis, name: str, periods: Sequence[Period]) -> list[Offices]:
    """Answers to a question (or forms) by office, of every office, as known at the as-of date:
    those of each period. The same whatever the filter's dimensions, so that filters share them."""
    marts = basis.known.marts
    if not isinstance(marts.rows, Warehouse):
        return _counted(marts, basis.as_of, name, periods)
    key = ("answers by office", marts.filter.known_at, name, *periods, basis.as_of)
    return held(marts.rows.engine, key, lambda: _counted(marts, basis.as_of, name, periods))


def _counted(marts: Marts, as_of: date, name: str, periods: Sequence[Period]) -> list[Offices]:
    if name == FORMS:
        rows, forms = marts.rows.responses(marts.filter)
        n, answered = forms.n, forms.answered
    else:
        rows, answers = marts.rows.survey(marts.filter)
        if name not in answers.questions:
            return [{}] * len(periods)
        asked = answers.question == answers.questions.index(name)
        n, answered = np.where(asked, answers.n, 0), answers.answered
    ends = [(first, min(last, as_of)) for first, last in periods]
    return _by_period(rows, n, answered, ends)


def _told(counts: Offices, basis: Basis, least: int) -> bool:
    asked = _asked(counts, basis)
    if counts.keys() <= set(asked):  # of everybody: the blocks are whole, and few only together
        return not (n := sum(counts.values())) or n >= least
    return may_tell(asked, counts, blocks(counts, least, _channels(basis.regulation)), least)


def _safe_months(counts: Sequence[Offices], basis: Basis, least: int) -> list[bool]:
    """Which months of the filter's offices may be told beside every office's and month's total."""
    places = list(dict.fromkeys(place for month in counts for place in month))
    total = {place: sum(month.get(place, 0) for month in counts) for place in places}
    partition = blocks(total, least, _channels(basis.regulation))
    if not may_tell(_asked(total, basis), total, partition, least):
        return [False] * len(counts)
    city = {i: sum(month.values()) for i, month in enumerate(counts)}
    table = np.array(
        [[sum(m.get(p, 0) for p in block) for m in counts] for block in partition], dtype="int64"
    ).reshape(len(partition), len(counts))
    told = steady(table, least)
    asked = set(_asked(total, basis))
    inside = np.array([bool(block & asked) for block in partition], dtype=bool)
    hidden = ~told
    if not (inside & hidden).any():
        return [True] * len(counts)
    if not inside[hidden].all():
        # A month in which nobody of the hidden answered is told by the others already.
        return [not table[hidden, i].any() for i in range(len(counts))]
    months = blocks(city, least)
    return [may_tell([i], city, months, least) for i in range(len(counts))]


def _asked(counts: Offices, basis: Basis) -> Collection[str]:
    chosen = basis.filter
    if not chosen.channels and not chosen.service_points:
        return counts.keys()
    return places(chosen, basis.regulation)


def _channels(regulation: Regulation) -> dict[str, str]:
    return {place.code: place.channel or "" for place in regulation.service_points}

"""The measures by loops over the raw rows, sharing no line with the code under test."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from statsmodels.stats.proportion import proportion_confint

from dashboard.filters import Filter
from etl.regulation.model import Channel
from tests.support.city import AnswerRow, CaseRow, City, EventRow, QueueRow

_Z = 1.959963984540054


def measures(city: City, f: Filter, *, within: int, at_risk_days: int = 7) -> dict[str, Any]:
    """What ``dashboard.measures.compute`` must say, with nothing hidden for being small."""
    cases = [c for c in city.cases if _chosen(c, f) and _kind(city, c) != "rejected"]
    found = _flows(city, cases, f) | _lateness(cases, f, at_risk_days) | _shares(city, cases, f)
    found |= _days(city, cases, f) | {"p_within": _p_within(cases, f, within)}
    found |= {"step_time": step_time(city, f)} | _conformance(city, f)
    found |= _queue(city, f) | {"satisfied": _satisfied(city, f)}
    return found | {"response_rate": _response_rate(city, cases, f), "freshness": None}


def agree(found: Any, expected: Any) -> None:
    """Equal to the last bit but one: both sides may round a last multiplication differently."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            agree(found[key], value)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
    else:
        assert found == expected
        assert type(found) is type(expected)


def is_open(case: CaseRow, as_of: date) -> bool:
    return case.received_on <= as_of and (case.stopped_on is None or case.stopped_on > as_of)


def _chosen(case: CaseRow, f: Filter) -> bool:
    return (
        case.clock == f.clock
        and (not f.channels or case.channel in f.channels)
        and (not f.categories or case.category in f.categories)
        and (not f.service_points or case.service_point in f.service_points)
    )


def _kind(city: City, case: CaseRow) -> str | None:
    kinds: dict[str | None, str] = {o.code: o.kind for o in city.regulation.outcomes}
    return kinds.get(case.outcome)


def _known(city: City, case: CaseRow, f: Filter) -> str | None:
    """How the case ended, as far as it was known at the as-of date."""
    told = case.outcome_on is not None and case.outcome_on <= f.as_of
    return _kind(city, case) if told else None


def _happened(day: date | None, f: Filter) -> bool:
    """In the period, and known at the as-of date."""
    return day is not None and f.period_from <= day <= f.period_to and day <= f.as_of


def _flows(city: City, cases: list[CaseRow], f: Filter) -> dict[str, Any]:
    ended = [c for c in cases if _happened(c.stopped_on, f)]
    return {
        "received": sum(_happened(c.received_on, f) for c in cases),
        "decided": sum(_known(city, c, f) == "decided" for c in ended),
        "returned": sum(_known(city, c, f) == "returned" for c in ended),
        "outcome_pending": sum(_known(city, c, f) is None for c in ended),
        "open": sum(is_open(c, f.as_of) for c in cases),
    }


def _lateness(cases: list[CaseRow], f: Filter, at_risk_days: int) -> dict[str, Any]:
    still = [c for c in cases if is_open(c, f.as_of)]
    late = sorted((f.as_of - c.due_on).days for c in still if c.due_on < f.as_of)
    soon = [c for c in still if f.as_of <= c.due_on <= f.as_of + timedelta(days=at_risk_days)]
    return {
        "overdue": len(late),
        "days_late": {"median": _median(late), "max": late[-1] if late else None},
        "at_risk": len(soon),
    }


def _shares(city: City, cases: list[CaseRow], f: Filter) -> dict[str, Any]:
    due = [c for c in cases if f.period_from <= c.due_on <= f.period_to and c.due_on < f.as_of]
    decided = [c for c in cases if _happened(c.stopped_on, f) and _known(city, c, f) == "decided"]
    still = [c for c in cases if is_open(c, f.as_of)]

    def on_time(case: CaseRow) -> bool:
        return case.stopped_on is not None and case.stopped_on <= case.due_on

    return (
        _share("within_limit", due, on_time)
        | _share("decided_on_time", decided, on_time)
        | _share("open_within_limit", still, lambda c: c.due_on >= f.as_of)
    )


def _share(
    key: str, rows: list[CaseRow], good: Callable[[CaseRow], bool]
) -> dict[str, float | int | None]:
    return dict(
        zip(
            (key, f"{key}_n", f"{key}_low", f"{key}_high"),
            share(sum(map(good, rows)), len(rows)),
            strict=True,
        )
    )


def share(part: int, n: int) -> tuple[float | None, int, float | None, float | None]:
    """Value, n, and the interval by statsmodels."""
    if n == 0:
        return None, 0, None, None
    low, high = proportion_confint(part, n, method="wilson")
    return part / n, n, float(low), float(high)


def _days(city: City, cases: list[CaseRow], f: Filter) -> dict[str, Any]:
    taken = sorted(
        (c.stopped_on - c.received_on).days
        for c in cases
        if c.stopped_on and _happened(c.stopped_on, f) and _known(city, c, f) == "decided"
    )

    def rank(tenths: int) -> int | None:
        if not taken:
            return None
        place = next(k for k in range(1, len(taken) + 1) if 10 * k >= tenths * len(taken))
        return taken[place - 1]

    return {
        "days_p50": rank(5),
        "days_p80": rank(8),
        "days_p90": rank(9),
        "days_mean": sum(taken) / len(taken) if taken else None,
        "days_max": taken[-1] if taken else None,
    }


def _p_within(cases: list[CaseRow], f: Filter, t: int) -> dict[str, Any] | None:
    received = [c for c in cases if _happened(c.received_on, f)]
    if not received:
        return None
    stopped, still = [], []
    for case in received:
        if case.stopped_on is not None and case.stopped_on <= f.as_of:
            stopped.append((case.stopped_on - case.received_on).days)
        else:
            still.append((f.as_of - case.received_on).days)
    value, low, high = kaplan_meier(stopped, still, t)
    naive = sum(d <= t for d in stopped) / len(stopped) if stopped else None
    return {"t": t, "value": value, "low": low, "high": high, "naive": naive}


def kaplan_meier(stopped: list[int], still: list[int], t: int) -> tuple[float, float, float]:
    """Chance of having stopped by ``t`` and its interval, one day after the other."""
    survival, variance = 1.0, 0.0
    for day in sorted({d for d in stopped if d <= t}):
        at_risk = sum(d >= day for d in stopped) + sum(d >= day for d in still)
        events = stopped.count(day)
        survival *= 1 - events / at_risk
        if events == at_risk:
            return 1.0, 1.0, 1.0
        variance += events / (at_risk * (at_risk - events))
    if survival == 1.0:
        return 0.0, 0.0, 0.0
    centre, half = math.log(-math.log(survival)), _Z * math.sqrt(variance) / math.log(survival)
    ends = [1 - math.exp(-math.exp(centre + half)), 1 - math.exp(-math.exp(centre - half))]
    return 1 - survival, min(ends), max(ends)


def step_time(city: City, f: Filter) -> dict[str, Any] | None:
    """The time since the event before, for each event of the period, event by event."""
    taken: dict[str, list[timedelta]] = {}
    for _, events in _courses(city, f):
        for before, event in itertools.pairwise(events):
            if _happened(event.occurred_on, f):
                taken.setdefault(event.step, []).append(event.occurred_at - before.occurred_at)
    whole = sum((sum(times, timedelta()) for times in taken.values()), timedelta())
    codes = [code for code in city.regulation.steps if code in taken]
    return {code: _times(sorted(taken[code]), whole) for code in codes} or None


def _times(ordered: list[timedelta], whole: timedelta) -> dict[str, Any]:
    n, day = len(ordered), timedelta(days=1)
    return {
        "n": n,
        "median": statistics.median(time / day for time in ordered),
        "p90": next(t for k, t in enumerate(ordered, start=1) if 10 * k >= 9 * n) / day,
        "share": sum(ordered, timedelta()) / whole if whole else None,
    }


def _conformance(city: City, f: Filter) -> dict[str, Any]:
    kinds = dict.fromkeys(("total", "skipped", "repeated", "out_of_order", "unknown"), 0)
    finished = 0
    headline = city.regulation.headline_clock
    stops = {c.case_id: c.stopped_on for c in city.cases if c.clock == headline}
    for case, events in _courses(city, f):
        if _happened(stops.get(case.case_id), f):
            channel = city.regulation.named("channels", case.channel)
            steps = [e.step for e in events if e.occurred_on <= f.as_of]
            found = deviations(channel, steps)
            assert is_way(channel, steps) == (not found)
            finished += 1
            for kind in ("total", *found) if found else ():
                kinds[kind] += 1
    names = ("conformance", "conformance_n", "conformance_low", "conformance_high")
    kept = finished - kinds["total"]
    return dict(zip(names, share(kept, finished), strict=True)) | {"deviations": kinds}


def _courses(city: City, f: Filter) -> Iterator[tuple[CaseRow, list[EventRow]]]:
    """Every case that was not rejected, whatever its clock, with its events in their order."""
    cases: dict[str, CaseRow] = {}
    for case in city.cases:
        cases.setdefault(case.case_id, case)
    for case in cases.values():
        if _chosen(replace(case, clock=f.clock), f) and _kind(city, case) != "rejected":
            events = [e for e in city.events if e.case_id == case.case_id]
            yield case, sorted(events, key=lambda e: (e.occurred_at, e.position, e.step))


def is_way(channel: Channel, steps: list[str]) -> bool:
    """Whether a way through the diagram passes these steps and silent conditions alone."""
    of = {step.code: step for step in channel.steps}

    def fits(at: str | None, rest: list[str], silent: frozenset[str]) -> bool:
        if at is not None and not rest and of[at].outcomes:
            return True
        following = [s.code for s in channel.steps if s.start] if at is None else of[at].next
        return any(
            (rest[:1] == [n] and fits(n, rest[1:], frozenset()))
            or (of[n].kind == "condition" and n not in silent and fits(n, rest, silent | {n}))
            for n in following
            if n in of
        )

    return fits(None, steps, frozenset())


def deviations(channel: Channel, steps: list[str]) -> set[str]:
    """The kinds of deviations, by looking at all ways from one step to the next."""
    of = {step.code: step for step in channel.steps}
    silent = {code for code, step in of.items() if step.kind == "condition"}

    def ways(at: str | None, to: str | None, passed: tuple[str, ...] = ()) -> Iterator[set[str]]:
        """What lies between, on each way that passes nothing twice."""
        following = [s.code for s in channel.steps if s.start] if at is None else of[at].next
        if to in following or (to is None and at is not None and of[at].outcomes):
            yield set(passed)
        for n in following:
            if n in of and n not in passed:
                yield from ways(n, to, (*passed, n))

    found, at, known = set[str](), None, [s for s in steps if s in of]
    if known != steps:
        found.add("unknown")
    for place, step in enumerate([*known, None]):
        between = list(ways(at, step))
        if any(passed <= silent for passed in between):
            at = step
        elif step is not None and step in known[:place]:
            found.add("repeated")
        elif any(passed <= silent | {*known} for passed in between) or not between:
            found.add("out_of_order")
            at = step if between else at
        else:
            found.add("skipped")
            at = step
    return found


def _queue(city: City, f: Filter) -> dict[str, Any]:
    keys = ("queue", "queue_in", "queue_out", "queue_net", "queue_wait", "queue_clearance")
    if f.channels or f.service_points:
        return dict.fromkeys(keys)
    rows = [q for q in city.queue if not f.categories or q.category in f.categories]
    rows = [q for q in rows if q.registered_on <= f.as_of]
    still = [q for q in rows if q.removed_on is None or q.removed_on > f.as_of]
    gone = [q for q in rows if _happened(q.removed_on, f)]
    joined = [q for q in rows if _happened(q.registered_on, f)]
    recent = [q for q in rows if q.removed_on and _a_year_before(f.as_of) < q.removed_on <= f.as_of]
    categories = f.categories or city.regulation.codes("categories")
    housed = {r.code for r in city.regulation.reasons if r.housed}
    return {
        "queue": _counted(still, categories, lambda q: q.category),
        "queue_in": len(joined),
        "queue_out": _counted(gone, city.regulation.codes("reasons"), lambda q: q.reason),
        "queue_net": len(joined) - len(gone),
        "queue_wait": _median(
            sorted(
                (q.removed_on - q.registered_on).days
                for q in recent
                if q.removed_on and q.reason in housed
            )
        ),
        "queue_clearance": len(still) / len(recent) if recent else None,
    }


def _a_year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return date(day.year - 1, 2, 28) if leap else day.replace(year=day.year - 1)


def _counted(
    rows: list[QueueRow], codes: Iterable[str], of: Callable[[QueueRow], str | None]
) -> dict[str, int]:
    return {"total": len(rows)} | {code: sum(of(r) == code for r in rows) for code in codes}


def _median(ordered: list[int]) -> float | None:
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return float(ordered[middle])
    return (ordered[middle - 1] + ordered[middle]) / 2


def _satisfied(city: City, f: Filter) -> dict[str, Any] | None:
    survey = city.regulation.survey
    if f.categories or survey is None:
        return None
    return {q.code: _answers(city, f, q.code) for q in survey.questions}


def _response_rate(city: City, cases: list[CaseRow], f: Filter) -> dict[str, Any] | None:
    if f.channels or f.categories or city.regulation.survey is None:
        return None
    given = {
        (a.response_id, a.service_point, a.answered_on)
        for a in city.answers
        if _happened(a.answered_on, f) and _from(city, a, f)
    }
    stopped = sum(_happened(c.stopped_on, f) for c in cases)
    value = len(given) / stopped if stopped else None
    return {"value": value, "responses": len(given), "stopped": stopped}


def _answers(city: City, f: Filter, question: str) -> dict[str, Any]:
    survey = city.regulation.survey
    assert survey is not None
    given = [
        a.answer
        for a in city.answers
        if a.question == question and _happened(a.answered_on, f) and _from(city, a, f)
    ]
    value, n, low, high = share(given.count(survey.satisfied), len(given))
    return {
        "n": n,
        "not": given.count(survey.not_satisfied),
        "partly": given.count(survey.partly),
        "fully": given.count(survey.satisfied),
        "value": value,
        "low": low,
        "high": high,
    }


def _from(city: City, answer: AnswerRow, f: Filter) -> bool:
    place = city.regulation.named("service_points", answer.service_point)
    return (not f.channels or place.channel in f.channels) and (
        not f.service_points or place.code in f.service_points
    )

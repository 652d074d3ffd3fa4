"""What happened between two days and what it did to each count, by a loop over the raw rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from dashboard.filters import Filter
from dashboard.measures import Comparison
from tests.support.city import CaseRow, City, QueueRow
from tests.support.movements import SOON, counts, replaced

Count = tuple[str, str]  # measure, name
Told = tuple[Count, str, int]  # what kind of event moved which count by how much

CORRECTIONS = (
    *("arrived", "vanished", "finished", "reopened", "redated", "finish_moved", "result"),
    *("removed", "reinstated", "removal", "answer"),
)


def check(found: Comparison, then: City, now: City, before: Filter, after: Filter) -> None:
    """Every count of a comparison of two days is what loops find, and its parts add up.

    ``then``, ``now``: the city as the two sides know it.
    """
    was, becomes = counts(then, before), counts(now, after)
    expected = parts(then, now, before, after)
    movements = {(key, name): m for key, named in found.counts.items() for name, m in named.items()}
    assert set(movements) == set(was) | set(becomes)
    for key, movement in movements.items():
        assert movement is not None
        assert (movement.before, movement.after) == (was[key], becomes[key])
        assert movement.before + sum(movement.parts.values()) == movement.after, key
        assert movement.parts == {k: n for k, n in expected[key].items() if n}, key


def parts(then: City, now: City, before: Filter, after: Filter) -> dict[Count, Counter[str]]:
    """By how much each kind of part moves each count."""
    found: dict[Count, Counter[str]] = defaultdict(Counter)
    was = counts(then, before)
    for kind in (*CORRECTIONS, "reclassified"):
        told = "corrected" if kind in CORRECTIONS else kind
        for key, n in counts(replaced(then, now, kind, before), before).items():
            found[key][told] += n - was[key]
    for key, kind, by in happened(now, before, after.as_of):
        found[key][kind] += by
    later = replace(after, period_from=before.period_from, period_to=before.period_to)
    by_old_period = counts(now, later)
    for key, n in counts(now, after).items():
        found[key]["period"] += n - by_old_period[key]
    return found


def happened(city: City, f: Filter, end: date) -> Iterator[Told]:
    """Between ``f.as_of`` and ``end``, to the counts of the filter's period."""
    kinds = {outcome.code: outcome.kind for outcome in city.regulation.outcomes}
    for case in city.cases:
        kind = kinds.get(case.outcome or "")
        if _chosen(case, f) and kind != "rejected" and case.received_on <= end:
            yield from _to_case(case, kind, f, end)
    if not f.channels and not f.service_points:
        for entry in city.queue:
            if not f.categories or entry.category in f.categories:
                yield from _to_entry(entry, f, end)
    survey = city.regulation.survey
    if survey is None or f.categories:
        return
    named = {survey.not_satisfied: "not", survey.partly: "partly", survey.satisfied: "fully"}
    for a in city.answers:
        place = city.regulation.named("service_points", a.service_point)
        here = (not f.channels or place.channel in f.channels) and (
            not f.service_points or place.code in f.service_points
        )
        if here and f.as_of < a.answered_on <= end and _in(a.answered_on, f):
            for name in ("n", named[a.answer]):
                yield ("satisfied", f"{a.question}.{name}"), "answered", 1


def _to_case(case: CaseRow, outcome: str | None, f: Filter, end: date) -> Iterator[Told]:
    start, due = f.as_of, case.due_on
    stop = case.stopped_on if case.stopped_on and case.stopped_on <= end else None
    ending = outcome if case.outcome_on and case.outcome_on <= end else None
    came = case.received_on > start
    if came:
        yield from _in_hand("received", 1, due, f)
        if _in(case.received_on, f):
            yield ("received", "total"), "received", 1
        if _in(due, f) and due < start:
            yield ("within_limit", "n"), "received", 1
    if stop and stop > start:
        kind = "decided" if ending == "decided" else "left"
        yield from _in_hand(kind, -1, due, f)
        yield from _finished(kind, ending, 1, case, f)
    elif stop and case.outcome_on and start < case.outcome_on <= end:
        yield from _finished("result_known", None, -1, case, f)
        yield from _finished("result_known", ending, 1, case, f)
    yield from _by_the_calendar(stop, due, f, end)


def _by_the_calendar(stop: date | None, due: date, f: Filter, end: date) -> Iterator[Told]:
    """A case's due date passed, or came near, while ``stop`` is all that was done."""
    soon = timedelta(days=SOON)
    if f.as_of <= due < end:
        if stop is None:
            yield ("overdue", "total"), "fell_due", 1
            yield ("open_within_limit", "part"), "fell_due", -1
            yield ("at_risk", "total"), "fell_due", -(due <= f.as_of + soon)
        if _in(due, f):
            yield ("within_limit", "n"), "fell_due", 1
            yield ("within_limit", "part"), "fell_due", int(stop is not None and stop <= due)
    if stop is None and end <= due <= end + soon and due > f.as_of + soon:
        yield ("at_risk", "total"), "came_near", 1


def _in_hand(kind: str, by: int, due: date, f: Filter) -> Iterator[Told]:
    """A case came into hand, or left it."""
    start = f.as_of
    yield ("open", "total"), kind, by
    yield ("open_within_limit", "n"), kind, by
    if due < start:
        yield ("overdue", "total"), kind, by
    else:
        yield ("open_within_limit", "part"), kind, by
    if start <= due <= start + timedelta(days=SOON):
        yield ("at_risk", "total"), kind, by


def _finished(kind: str, ending: str | None, by: int, case: CaseRow, f: Filter) -> Iterator[Told]:
    """A case is among those finished with this ending, or is no more."""
    if case.stopped_on is None or not _in(case.stopped_on, f):
        return
    key = {"decided": "decided", "returned": "returned", None: "outcome_pending"}[ending]
    yield (key, "total"), kind, by
    if ending == "decided":
        yield ("decided_on_time", "n"), kind, by
        yield ("decided_on_time", "part"), kind, by * (case.stopped_on <= case.due_on)


def _to_entry(entry: QueueRow, f: Filter, end: date) -> Iterator[Told]:
    if f.as_of < entry.registered_on <= end:
        for name in ("total", entry.category):
            yield ("queue", name), "joined_queue", 1
        if _in(entry.registered_on, f):
            yield ("queue_in", "total"), "joined_queue", 1
            yield ("queue_net", "total"), "joined_queue", 1
    if entry.removed_on and f.as_of < entry.removed_on <= end:
        for name in ("total", entry.category):
            yield ("queue", name), "left_queue", -1
        if _in(entry.removed_on, f):
            yield ("queue_net", "total"), "left_queue", -1
            for name in ("total", str(entry.reason)):
                yield ("queue_out", name), "left_queue", 1


def _in(day: date, f: Filter) -> bool:
    return f.period_from <= day <= f.period_to


def _chosen(case: CaseRow, f: Filter) -> bool:
    return (
        case.clock == f.clock
        and (not f.channels or case.channel in f.channels)
        and (not f.categories or case.category in f.categories)
        and (not f.service_points or case.service_point in f.service_points)
    )

"""What each kind of correction alone would do to the counts, by loops over two versions' rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dashboard.filters import DIMENSIONS, Filter
from tests.support import histories, oracle
from tests.support.city import City
from tests.support.histories import Rows

SOON = 7
COUNTS = ("received", "decided", "returned", "outcome_pending", "open", "overdue", "at_risk")
SHARES = ("within_limit", "decided_on_time", "open_within_limit")


def counts(city: City, f: Filter) -> dict[tuple[str, str], int]:
    """All that adds up, by measure and name."""
    limit = city.regulation.clock(f.clock).limit
    found = oracle.measures(city, f, within=limit, at_risk_days=SOON)
    told = {(key, "total"): found[key] for key in (*COUNTS, "queue_in", "queue_net")}
    for key in ("queue", "queue_out"):
        told |= {(key, name): n for name, n in (found[key] or {}).items()}
    for key in SHARES:
        told[key, "n"] = found[f"{key}_n"]
        told[key, "part"] = round((found[key] or 0) * found[f"{key}_n"])
    for question, said in (found["satisfied"] or {}).items():
        for name in ("n", "not", "partly", "fully"):
            told["satisfied", f"{question}.{name}"] = said[name]
    return {key: n for key, n in told.items() if n is not None}


def kind_of_case(then: Any, now: Any, f: Filter) -> str | None:
    if then is None or now is None:
        return None if then is now else "arrived" if then is None else "vanished"
    inside = [
        all(
            not getattr(f, field) or getattr(row, key) in getattr(f, field)
            for key, field in DIMENSIONS.items()
        )
        for row in (then, now)
    ]
    if inside[0] != inside[1]:
        return "reclassified"
    if (then.stopped_on is None) != (now.stopped_on is None):
        return "finished" if then.stopped_on is None else "reopened"
    if (then.received_on, then.due_on) != (now.received_on, now.due_on):
        return "redated"
    if then.stopped_on != now.stopped_on:
        return "finish_moved"
    results = [(row.outcome, row.outcome_on) for row in (then, now)]
    places = [(row.channel, row.category, row.service_point) for row in (then, now)]
    told = {"result": results, "reclassified": places}
    return next((kind for kind, (was, is_now) in told.items() if was != is_now), None)


def kind_of_entry(then: Any, now: Any, f: Filter) -> str | None:
    if then is None or now is None:
        return None if then is now else "arrived" if then is None else "vanished"
    wanted = f.categories
    if wanted and (then.category in wanted) != (now.category in wanted):
        return "reclassified"
    if (then.removed_on is None) != (now.removed_on is None):
        return "removed" if then.removed_on is None else "reinstated"
    if then.registered_on != now.registered_on:
        return "redated"
    if (then.removed_on, then.reason) != (now.removed_on, now.reason):
        return "removal"
    return "reclassified" if then.category != now.category else None


def kind_of_answer(then: Any, now: Any, _f: Filter) -> str | None:
    if then is None or now is None:
        return None if then is now else "arrived" if then is None else "vanished"
    return "answer" if then != now else None


def partly(
    then: Rows, now: Rows, kind: str, kind_of: Callable[[Any, Any, Filter], str | None], f: Filter
) -> list[Any]:
    """The rows of then with those of one kind as they are now."""
    mixed = (
        (now if kind_of(then.get(key), now.get(key), f) == kind else then).get(key)
        for key in dict.fromkeys([*then, *now])
    )
    return [row for row in mixed if row is not None]


def replaced(then: City, now: City, kind: str, f: Filter) -> City:
    """The city of then with what is of one kind as it is now."""
    return replace(
        then,
        cases=partly(
            histories.rows_of(then.cases, histories.case_key),
            histories.rows_of(now.cases, histories.case_key),
            kind,
            kind_of_case,
            f,
        ),
        queue=partly(
            histories.rows_of(then.queue, histories.entry_key),
            histories.rows_of(now.queue, histories.entry_key),
            kind,
            kind_of_entry,
            f,
        ),
        answers=partly(
            histories.rows_of(then.answers, histories.answer_key),
            histories.rows_of(now.answers, histories.answer_key),
            kind,
            kind_of_answer,
            f,
        ),
    )

"""Shares kept within the limit."""

from __future__ import annotations

from datetime import date, timedelta

from dashboard.kpi.state import Cases, count, during, number
from dashboard.kpi.wilson import Share, share


def within_limit(cases: Cases, as_of: date, first: date, last: date) -> Share:
    """Of the cases due in the period and before ``as_of``: those stopped by their due date.

    A case still open has failed, so its place in the denominator never changes afterwards.
    """
    due = cases.due_in(first, min(last, as_of - timedelta(days=1)))
    n, in_time = cases.n[due], cases.stopped[due] <= cases.due[due]
    return share(count(n, in_time), int(n.sum()))


def decided_on_time(cases: Cases, first: date, last: date) -> Share:
    """Of the cases decided in the period: those stopped by their due date."""
    decided = during(cases.stopped, first, last) & cases.decided
    return share(count(cases.n, decided & (cases.stopped <= cases.due)), count(cases.n, decided))


def open_within_limit(cases: Cases, as_of: date) -> Share:
    """Of the open cases: those not due before ``as_of``."""
    in_time = cases.open & (cases.due >= number(as_of))
    return share(count(cases.n, in_time), count(cases.n, cases.open))

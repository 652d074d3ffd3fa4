"""How many came, how many left, how many are in hand."""

from __future__ import annotations

from datetime import date

from dashboard.kpi.state import Cases, count, during


def received(cases: Cases, first: date, last: date) -> int:
    """Cases received in the period."""
    return count(cases.n, during(cases.received, first, last))


def decided(cases: Cases, first: date, last: date) -> int:
    """Cases stopped in the period with a decision on the merits."""
    return count(cases.n, during(cases.stopped, first, last) & cases.decided)


def returned(cases: Cases, first: date, last: date) -> int:
    """Cases stopped in the period because their documents were incomplete."""
    return count(cases.n, during(cases.stopped, first, last) & cases.returned)


def outcome_pending(cases: Cases, first: date, last: date) -> int:
    """``outcome_pending``: stopped in the period, and nothing known of how it ended."""
    return count(cases.n, during(cases.stopped, first, last) & ~cases.decided & ~cases.returned)


def in_progress(cases: Cases) -> int:
    """Cases that have not stopped."""
    return count(cases.n, cases.open)

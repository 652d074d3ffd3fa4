"""Which open cases are late or soon will be."""

from __future__ import annotations

from datetime import date

from dashboard.kpi.percentiles import median
from dashboard.kpi.state import Cases, Mask, count, number


def overdue(cases: Cases, as_of: date) -> int:
    """Open cases that were due before ``as_of``."""
    return count(cases.n, _overdue(cases, as_of))


def days_late(cases: Cases, as_of: date) -> dict[str, float | int | None]:
    """Days since the due date over the overdue cases: ``median`` and ``max``, None without any."""
    late = _overdue(cases, as_of)
    days = number(as_of) - cases.due[late]
    return {
        "median": median(days, cases.n[late]),
        "max": int(days.max()) if len(days) else None,
    }


def at_risk(cases: Cases, as_of: date, days: int) -> int:
    """Open cases that fall due from ``as_of`` to ``days`` later, both ends in."""
    today = number(as_of)
    return count(cases.n, cases.open & (cases.due >= today) & (cases.due <= today + days))


def _overdue(cases: Cases, as_of: date) -> Mask:
    return cases.open & (cases.due < number(as_of))

"""Whether finished cases kept to the diagram of their channel."""

from __future__ import annotations

from datetime import date

from dashboard.kpi.state import Courses, count, during
from dashboard.kpi.wilson import Share, share
from etl.courses.verdicts import KINDS


def conformance(courses: Courses, first: date, last: date) -> Share:
    """Of the cases finished in the period, the share whose steps are a way through the diagram."""
    finished = during(courses.stopped, first, last)
    kept = count(courses.n, finished & ~courses.deviates())
    return share(kept, count(courses.n, finished))


def deviations(courses: Courses, first: date, last: date) -> dict[str, int]:
    """How many of them did not keep to it (``total``), and how many deviated in which way.

    A case that deviates in two ways is counted in both, once in each.
    """
    finished = during(courses.stopped, first, last)
    by_kind = {kind: count(courses.n, finished & courses.deviates(kind)) for kind in KINDS}
    return {"total": count(courses.n, finished & courses.deviates()), **by_kind}

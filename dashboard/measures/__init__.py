"""Every measure by its key, and the one way to compute it: for screens, exports and the command."""

from dashboard.measures import words
from dashboard.measures.basis import Basis
from dashboard.measures.changed import Moment, changed_rows
from dashboard.measures.coarse import chances, pooled
from dashboard.measures.compute import (
    BY,
    MONTHLY,
    By,
    ages_at,
    compute,
    compute_by,
    decided_days,
    finished_within,
    monthly,
    queue_ages,
)
from dashboard.measures.measure import Measure
from dashboard.measures.movement import Comparison, Movement, compare
from dashboard.measures.outlook import Kept, Outlook, kept, outlook, passed
from dashboard.measures.passage import KINDS, compare_days
from dashboard.measures.registry import GROUPS, REGISTRY

__all__ = [
    "BY",
    "GROUPS",
    "KINDS",
    "MONTHLY",
    "REGISTRY",
    "Basis",
    "By",
    "Comparison",
    "Kept",
    "Measure",
    "Moment",
    "Movement",
    "Outlook",
    "ages_at",
    "chances",
    "changed_rows",
    "compare",
    "compare_days",
    "compute",
    "compute_by",
    "decided_days",
    "finished_within",
    "kept",
    "monthly",
    "outlook",
    "passed",
    "pooled",
    "queue_ages",
    "words",
]

"""Every measure by its key, and the one way to compute it: for screens, exports and the command."""

from dashboard.measures.basis import Basis
from dashboard.measures.changed import Moment, changed_rows
from dashboard.measures.compute import (
    BY,
    MONTHLY,
    By,
    compute,
    compute_by,
    decided_days,
    finished_within,
    monthly,
)
from dashboard.measures.measure import Measure
from dashboard.measures.movement import KINDS, Comparison, Movement, compare
from dashboard.measures.outlook import Outlook, outlook, passed
from dashboard.measures.registry import REGISTRY

__all__ = [
    "BY",
    "KINDS",
    "MONTHLY",
    "REGISTRY",
    "Basis",
    "By",
    "Comparison",
    "Measure",
    "Moment",
    "Movement",
    "Outlook",
    "changed_rows",
    "compare",
    "compute",
    "compute_by",
    "decided_days",
    "finished_within",
    "monthly",
    "outlook",
    "passed",
]

"""The courses of cases: which steps each took and when, and whether it keeps to its diagram.

Times of steps and conformance come from here; why so: docs/decisions/0010-courses.md.
"""

from etl.courses.derive import are_missing, derive
from etl.courses.gathered import Gathered
from etl.courses.mart import differences, refresh, shift

__all__ = ["Gathered", "are_missing", "derive", "differences", "refresh", "shift"]

"""Which measures have a control chart, by the names that targets and rebasings know them by."""

from __future__ import annotations

from dashboard.measures.measure import Measure
from dashboard.measures.registry import REGISTRY
from etl.regulation.reader import suggestion

CHARTED = ("within_limit", "overdue", "open", "queue_net", "satisfied")
_BY_QUESTION = "satisfied"  # a chart a question: satisfied.q1


def measure_of(chart: str) -> Measure:
    """The measure that a chart shows; its name may carry a question."""
    return REGISTRY[chart.partition(".")[0]]


def why_not(chart: str) -> str | None:
    """What is wrong with the name of a chart, as the end of a sentence; None where it is one."""
    key, _, question = chart.partition(".")
    if key not in CHARTED:
        known = ", ".join(CHARTED)
        return f"no control chart shows {key}{suggestion(key, CHARTED)} (those that are: {known})"
    if key == _BY_QUESTION and not question:
        return f"{key} names its question, such as {key}.q1"
    if key != _BY_QUESTION and question:
        return f"{key} has no parts"
    return None

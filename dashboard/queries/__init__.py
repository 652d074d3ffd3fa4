"""The only SQL of the dashboard: typed frames out of the warehouse, for any caller."""

from dashboard.queries.case_file import CaseFile, Passed, Place, case_file, case_place
from dashboard.queries.case_remarks import CaseRemark, RemarkState
from dashboard.queries.changes import CHANGING, What, changed_rows, changes
from dashboard.queries.charts import Rebase, rebases
from dashboard.queries.deviating import deviating
from dashboard.queries.forecasts import StoredForecast, Told, stored_forecasts, told
from dashboard.queries.history import Known, known_after_run, known_now, known_on
from dashboard.queries.keeping import Size, Until, held
from dashboard.queries.ledger import (
    Freshness,
    Load,
    default_as_of,
    freshness,
    has_runs,
    last_ended,
    latest_loads,
    ledger_rows,
    loads,
    newest_by,
    remembered_regulation,
    runs,
)
from dashboard.queries.marks import data_version
from dashboard.queries.marts import case_days, course_days, queue_days, survey_days
from dashboard.queries.overdue import (
    OverduePage,
    overdue_blocks,
    overdue_counts,
    overdue_page,
    remark_counts,
)
from dashboard.queries.reading import once, reading
from dashboard.queries.reconciliation import GAPS, Gap, Reconciled, reconciled
from dashboard.queries.responses import response_days
from dashboard.queries.steps import step_times
from dashboard.queries.stuck import stuck

__all__ = [
    "CHANGING",
    "GAPS",
    "CaseFile",
    "CaseRemark",
    "Freshness",
    "Gap",
    "Known",
    "Load",
    "OverduePage",
    "Passed",
    "Place",
    "Rebase",
    "Reconciled",
    "RemarkState",
    "Size",
    "StoredForecast",
    "Told",
    "Until",
    "What",
    "case_days",
    "case_file",
    "case_place",
    "changed_rows",
    "changes",
    "course_days",
    "data_version",
    "default_as_of",
    "deviating",
    "freshness",
    "has_runs",
    "held",
    "known_after_run",
    "known_now",
    "known_on",
    "last_ended",
    "latest_loads",
    "ledger_rows",
    "loads",
    "newest_by",
    "once",
    "overdue_blocks",
    "overdue_counts",
    "overdue_page",
    "queue_days",
    "reading",
    "rebases",
    "reconciled",
    "remark_counts",
    "remembered_regulation",
    "response_days",
    "runs",
    "step_times",
    "stored_forecasts",
    "stuck",
    "survey_days",
    "told",
]

"""The only SQL of the dashboard: typed frames out of the warehouse, for any caller."""

from dashboard.queries.changes import CHANGING, What, changed_rows, changes
from dashboard.queries.charts import Rebase, rebases
from dashboard.queries.forecasts import StoredForecast, Told, stored_forecasts, told
from dashboard.queries.history import Known, known_after_run, known_now, known_on
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
from dashboard.queries.marts import case_days, data_version, held, queue_days, survey_days
from dashboard.queries.overdue import OverduePage, overdue_blocks, overdue_counts, overdue_page
from dashboard.queries.reconciliation import GAPS, Gap, Reconciled, reconciled
from dashboard.queries.responses import response_days
from dashboard.queries.stuck import stuck

__all__ = [
    "CHANGING",
    "GAPS",
    "Freshness",
    "Gap",
    "Known",
    "Load",
    "OverduePage",
    "Rebase",
    "Reconciled",
    "StoredForecast",
    "Told",
    "What",
    "case_days",
    "changed_rows",
    "changes",
    "data_version",
    "default_as_of",
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
    "overdue_blocks",
    "overdue_counts",
    "overdue_page",
    "queue_days",
    "rebases",
    "reconciled",
    "remembered_regulation",
    "response_days",
    "runs",
    "stored_forecasts",
    "stuck",
    "survey_days",
    "told",
]

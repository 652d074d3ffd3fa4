"""Events without a hash of what they say, for their columns say it, and found by their case alone;
on PostgreSQL words are compared by code point, whatever the language of the database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WORDS = {
    "cases": (
        "case_id source channel category service_point executor person recorded_outcome "
        "queue_number outcome"
    ),
    "events": "event_id case_id step actor outcome source",
    "findings": "source rule file record_key column value",
    "former_case_clocks": "case_id clock channel category service_point outcome",
    "former_queue_entries": "entry_id category reason",
    "former_survey_answers": "response_id question service_point",
    "mart_cases": "clock channel category service_point outcome",
    "mart_queue": "category reason",
    "mart_survey": "service_point question",
    "messages": "message_id case_id executor queue_number outcome source",
    "quarantine": "source rule file record_key column value",
    "queue_entries": "entry_id number category reason person source",
    "regulation": "regulation_id",
    "run": "status code_version",
    "survey_responses": "response_id service_point source",
    "case_clocks": "case_id clock channel category service_point outcome",
    "run_source": "source watermark",
    "survey_answers": "response_id question service_point",
}


def upgrade() -> None:
    op.drop_index("ix_events_case_id_occurred_at", table_name="events")
    with op.batch_alter_table("events") as table:
        table.drop_column("row_hash")
    op.create_index("ix_events_case_id", "events", ["case_id"])
    _compare_by("C")


def downgrade() -> None:
    _compare_by("default")
    # Without its hash the older program takes each event for changed, once; nothing else is lost.
    op.add_column(
        "events", sa.Column("row_hash", sa.String(length=32), nullable=False, server_default="")
    )
    op.drop_index("ix_events_case_id", table_name="events")
    op.create_index(
        "ix_events_case_id_occurred_at", "events", ["case_id", "occurred_at", "position"]
    )


def _compare_by(collation: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, words in _WORDS.items():
        changes = (f'ALTER "{word}" TYPE VARCHAR COLLATE "{collation}"' for word in words.split())
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")

"""The tables of the first warehouse."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("service_point", sa.String(), nullable=False),
        sa.Column("executor", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("gives_start", sa.Boolean(), nullable=False),
        sa.Column("gives_stop", sa.Boolean(), nullable=False),
        sa.Column("recorded_start_at", sa.DateTime(), nullable=True),
        sa.Column("recorded_start_on", sa.Date(), nullable=True),
        sa.Column("recorded_stop_at", sa.DateTime(), nullable=True),
        sa.Column("recorded_stop_on", sa.Date(), nullable=True),
        sa.Column("recorded_outcome", sa.String(), nullable=True),
        sa.Column("queue_number", sa.String(), nullable=True),
        sa.Column("stated_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("row_hash", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_table(
        "data_version",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_data_version")),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
    )
    op.create_index(
        "ix_events_case_id_occurred_at",
        "events",
        ["case_id", "occurred_at", "position"],
        unique=False,
    )
    op.create_table(
        "findings",
        sa.Column("remark_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("closed_run_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("record_key", sa.String(), nullable=True),
        sa.Column("column", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("record_hash", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("remark_id", name=op.f("pk_findings")),
    )
    op.create_index(
        "ix_findings_source_rule", "findings", ["source", "rule", "record_hash"], unique=False
    )
    op.create_table(
        "mart_cases",
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("service_point", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_mart_cases_received_on", "mart_cases", ["received_on", "clock"], unique=False
    )
    op.create_table(
        "mart_queue",
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_index("ix_mart_queue_registered_on", "mart_queue", ["registered_on"], unique=False)
    op.create_table(
        "mart_survey",
        sa.Column("service_point", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
    )
    op.create_index("ix_mart_survey_answered_on", "mart_survey", ["answered_on"], unique=False)
    op.create_table(
        "quarantine",
        sa.Column("remark_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("closed_run_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("record_key", sa.String(), nullable=True),
        sa.Column("column", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("record_hash", sa.String(length=32), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("remark_id", name=op.f("pk_quarantine")),
    )
    op.create_index(
        "ix_quarantine_source_rule", "quarantine", ["source", "rule", "record_hash"], unique=False
    )
    op.create_table(
        "messages",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("executor", sa.String(), nullable=True),
        sa.Column("queue_number", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id"], unique=False)
    op.create_table(
        "queue_entries",
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_queue_entries")),
    )
    op.create_index(
        "ix_queue_entries_registered_on", "queue_entries", ["registered_on"], unique=False
    )
    op.create_table(
        "regulation",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("regulation_id", sa.String(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_regulation")),
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("as_of_pinned", sa.Boolean(), nullable=False),
        sa.Column("regulation_sha256", sa.String(length=64), nullable=True),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_table(
        "survey_responses",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("service_point", sa.String(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("row_hash", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_survey_responses")),
    )
    op.create_index(
        "ix_survey_responses_answered_on",
        "survey_responses",
        ["answered_on", "service_point"],
        unique=False,
    )
    op.create_table(
        "case_clocks",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_case_clocks_case_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "clock", name=op.f("pk_case_clocks")),
    )
    op.create_index(
        "ix_case_clocks_clock_due_on",
        "case_clocks",
        ["clock", "due_on", "stopped_on"],
        unique=False,
    )
    op.create_index(
        "ix_case_clocks_received_on", "case_clocks", ["received_on", "clock"], unique=False
    )
    op.create_table(
        "run_source",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("inserted", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("newest_event", sa.DateTime(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_run_source_run_id")),
        sa.PrimaryKeyConstraint("run_id", "source", name=op.f("pk_run_source")),
    )
    op.create_table(
        "survey_answers",
        sa.Column("response_id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["survey_responses.response_id"],
            name=op.f("fk_survey_answers_response_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "question", name=op.f("pk_survey_answers")),
    )


def downgrade() -> None:
    op.drop_table("survey_answers")
    op.drop_table("run_source")
    op.drop_index("ix_case_clocks_received_on", table_name="case_clocks")
    op.drop_index("ix_case_clocks_clock_due_on", table_name="case_clocks")
    op.drop_table("case_clocks")
    op.drop_index("ix_survey_responses_answered_on", table_name="survey_responses")
    op.drop_table("survey_responses")
    op.drop_table("run")
    op.drop_table("regulation")
    op.drop_index("ix_queue_entries_registered_on", table_name="queue_entries")
    op.drop_table("queue_entries")
    op.drop_index("ix_quarantine_source_rule", table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_index("ix_messages_case_id", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_mart_survey_answered_on", table_name="mart_survey")
    op.drop_table("mart_survey")
    op.drop_index("ix_mart_queue_registered_on", table_name="mart_queue")
    op.drop_table("mart_queue")
    op.drop_index("ix_mart_cases_received_on", table_name="mart_cases")
    op.drop_table("mart_cases")
    op.drop_index("ix_findings_source_rule", table_name="findings")
    op.drop_table("findings")
    op.drop_index("ix_events_case_id_occurred_at", table_name="events")
    op.drop_table("events")
    op.drop_table("data_version")
    op.drop_table("cases")

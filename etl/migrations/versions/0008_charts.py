"""Limits of control charts may begin anew, for a reason that is kept; a run tells what the records
of each of its sources are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NAMED_IN = {"cases": "cases", "queue": "queue_entries", "surveys": "survey_responses"}


def upgrade() -> None:
    op.create_table(
        "chart_rebase",
        sa.Column("rebase_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("measure", _WORD, nullable=False),
        sa.Column("from_month", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_by", _WORD, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("undone_by", _WORD, nullable=True),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("rebase_id", name="pk_chart_rebase"),
    )
    op.add_column("run_source", sa.Column("entity", _WORD, nullable=True))
    for entity, table in _NAMED_IN.items():
        named = f"SELECT source FROM {table}"  # noqa: S608 (our own names)
        op.execute(f"UPDATE run_source SET entity = '{entity}' WHERE source IN ({named})")  # noqa: S608
    # Events do not say which source they came from: what gave nothing else gave these.
    op.execute("UPDATE run_source SET entity = 'events' WHERE entity IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("run_source") as table:
        table.drop_column("entity")
    op.drop_table("chart_rebase")

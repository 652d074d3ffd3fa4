"""Heads of departments write a note and an expected date to a case; what was written stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "case_remark",
        sa.Column("remark_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", _WORD, nullable=False),
        sa.Column("written_by", _WORD, nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("withdraws", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("remark_id", name="pk_case_remark"),
    )
    op.create_index("ix_case_remark_case_id", "case_remark", ["case_id", "remark_id"])
    op.create_index("ix_case_remark_token", "case_remark", ["token"], unique=True)


def downgrade() -> None:
    op.drop_table("case_remark")

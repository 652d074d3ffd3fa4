"""How far a table was read, so that the next run asks for what changed since; what vanished."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run_source", sa.Column("watermark", sa.String(), nullable=True))
    op.add_column("run_source", sa.Column("vanished", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("run_source") as table:
        table.drop_column("vanished")
        table.drop_column("watermark")

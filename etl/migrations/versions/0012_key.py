"""A run tells under which key its pseudonyms were made, by a number that does not tell the key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("key_fingerprint", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("run", "key_fingerprint")  # not in a batch: that makes the table anew, which
    # rows of other tables point at

"""First passwords run out; whom the administrator lets in anew waits for no former refusal."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("given_at", sa.DateTime(), nullable=True))
    op.add_column("account", sa.Column("forgiven_at", sa.DateTime(), nullable=True))
    # Nobody remembers when those that are there were given: their time begins now.
    account = sa.table(
        "account", sa.column("given_at", sa.DateTime()), sa.column("must_change", sa.Boolean())
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    op.execute(sa.update(account).where(account.c.must_change).values(given_at=now))


def downgrade() -> None:
    for name in ("forgiven_at", "given_at"):
        op.drop_column("account", name)  # not in a batch: sessions point at the table

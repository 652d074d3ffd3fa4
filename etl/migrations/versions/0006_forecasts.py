"""Forecasts are kept as they were made, with what came of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "forecast",
        sa.Column("forecast_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("clock", _WORD, nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("known_to", sa.Date(), nullable=False),
        sa.Column("method", _WORD, nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("naive", sa.Integer(), nullable=False),
        sa.Column("realised", sa.Integer(), nullable=True),
        sa.Column("scored_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("forecast_id", name="pk_forecast"),
    )
    key = ["as_of", "clock", "horizon", "channel"]
    op.create_index("ix_forecast_as_of", "forecast", key, unique=True)


def downgrade() -> None:
    op.drop_table("forecast")

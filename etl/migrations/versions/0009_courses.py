"""The course of each case, which step it took when, and the marts of steps and of conformance.

The tables come empty: what is in them follows from the regulation, so the run that brings a
warehouse up to date fills them, and works all cases out anew for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = (
    "case_courses",
    "former_case_courses",
    "mart_courses",
    "mart_steps",
    "mart_step_times",
)
_WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "case_courses",
        _word("case_id"),
        *_counted(),
        *_course(),
        sa.Column("since", sa.Integer(), nullable=False),
    )
    op.create_index("ix_case_courses_case_id", "case_courses", ["case_id"], unique=True)
    op.create_table(
        "former_case_courses",
        _word("case_id"),
        sa.Column("since", sa.Integer(), autoincrement=False, nullable=False),
        *_counted(),
        *_course(),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "since", name="pk_former_case_courses"),
    )
    op.create_table("mart_courses", *_counted(), sa.Column("n", sa.Integer(), nullable=False))
    op.create_index("ix_mart_courses_stopped_on", "mart_courses", ["stopped_on"])
    op.create_table(
        "mart_steps",
        _word("span"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        *_dimensions(),
        sa.Column("cell", sa.Integer(), nullable=False),
        _word("steps"),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("sums", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_mart_steps_starts_on", "mart_steps", ["span", "starts_on"])
    op.create_table(
        "mart_step_times",
        sa.Column("month", sa.Date(), nullable=False),
        _word("channel"),
        _word("bin"),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_mart_step_times_bin", "mart_step_times", ["bin", "month"])
    op.create_index("ix_mart_step_times_month", "mart_step_times", ["month", "channel"])


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)


def _word(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _WORD, nullable=nullable)


def _dimensions() -> list[sa.Column[str]]:
    return [_word(name) for name in ("channel", "category", "service_point")]


def _counted() -> list[sa.Column]:
    return [
        *_dimensions(),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        _word("verdict", nullable=True),
    ]


def _course() -> list[sa.Column]:
    return [_word("steps"), sa.Column("times", sa.LargeBinary(), nullable=False)]

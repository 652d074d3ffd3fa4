"""PostgreSQL keeps the bytes of the marts of steps as they are: to unpack them took longer than to
read them, and packed a warehouse was a fiftieth smaller (docs/decisions/0010-courses.md)."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BYTES = {"mart_steps": "counts", "mart_step_times": "times"}


def upgrade() -> None:
    _keep("EXTERNAL")


def downgrade() -> None:
    _keep("EXTENDED")


def _keep(how: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return  # SQLite packs nothing
    for table, column in _BYTES.items():
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE {how}")
        op.execute(f"UPDATE {table} SET {column} = {column} || ''::bytea")  # noqa: S608 (our names)

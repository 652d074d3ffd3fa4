"""On SQLite, which has no rights of its own, the audit refuses to be altered or shortened."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_DEEDS = ("update", "delete")


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL: by what was granted (docs/postgresql.md)
    for deed in _DEEDS:
        op.execute(
            f"CREATE TRIGGER audit_entry_no_{deed} BEFORE {deed} ON audit_entry "
            "BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for deed in _DEEDS:
        op.execute(f"DROP TRIGGER audit_entry_no_{deed}")

"""Events and clocks are known by a unique index instead of a primary key, for an index can be made
behind the rows of a first load; clocks, which a run derives from cases, do not refer to them."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEYS = {"events": ["event_id"], "case_clocks": ["case_id", "clock"]}

_OTHERS = {
    "ix_events_case_id": ("events", ["case_id"]),
    "ix_case_clocks_clock_due_on": ("case_clocks", ["clock", "due_on", "stopped_on"]),
    "ix_case_clocks_received_on": ("case_clocks", ["received_on", "clock"]),
}


def upgrade() -> None:
    for name, key in _KEYS.items():
        with op.batch_alter_table(name) as table:
            if name == "case_clocks":
                table.drop_constraint("fk_case_clocks_case_id", type_="foreignkey")
            table.drop_constraint(f"pk_{name}", type_="primary")
        op.create_index(f"ix_{name}_{'_'.join(key)}", name, key, unique=True)


def downgrade() -> None:
    """A first load that was killed may have left empty tables without any index."""
    for index, (name, columns) in _OTHERS.items():
        op.create_index(index, name, columns, if_not_exists=True)
    for name, key in _KEYS.items():
        op.drop_index(f"ix_{name}_{'_'.join(key)}", table_name=name, if_exists=True)
        with op.batch_alter_table(name) as table:
            table.create_primary_key(f"pk_{name}", key)
            if name == "case_clocks":
                table.create_foreign_key(
                    "fk_case_clocks_case_id", "cases", ["case_id"], ["case_id"]
                )

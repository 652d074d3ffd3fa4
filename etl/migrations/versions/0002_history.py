"""What was counted before a change is kept: versions, and the rows that held in former ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CASE_DIMENSIONS = ("channel", "category", "service_point")


def upgrade() -> None:
    _make_versions()
    _widen_case_clocks()
    _widen_survey_answers()
    _add_filled("queue_entries", {"since": sa.Integer()}, required=("since",), fill=_SINCE)
    for name, columns in _former():
        op.create_table(name, *columns)
    op.drop_table("data_version")
    for name, kind in _READING.items():
        op.add_column("run_source", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    op.create_table(
        "data_version",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_data_version")),
    )
    op.execute("INSERT INTO data_version SELECT MAX(version) FROM version HAVING COUNT(*) > 0")
    for name, _ in _former():
        op.drop_table(name)
    op.drop_index("ix_survey_answers_answered_on", table_name="survey_answers")
    _drop("survey_answers", ("service_point", "answered_on", "since"))
    _drop("queue_entries", ("since",))
    _drop("case_clocks", (*_CASE_DIMENSIONS, "outcome", "outcome_on", "since"))
    op.drop_table("version")
    _drop("run_source", tuple(_READING))


_READING = {"basis": sa.String(64), "rejects": sa.JSON(), "findings": sa.JSON()}

# What is there when this comes is known since the last version; of earlier ones nothing was kept.
_SINCE = "since = COALESCE((SELECT MAX(version) FROM version), 1)"


def _make_versions() -> None:
    op.create_table(
        "version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_version")),
    )
    last = "SELECT run_id, finished_at FROM run WHERE status = 'succeeded' ORDER BY run_id DESC"
    run_id, made_at = op.get_bind().exec_driver_sql(f"{last} LIMIT 1").first() or (None, None)
    op.get_bind().execute(
        sa.text(
            "INSERT INTO version SELECT version, :made_at, :run_id FROM data_version"
        ).bindparams(
            sa.bindparam("made_at", _time(made_at), sa.DateTime()),
            sa.bindparam("run_id", run_id, sa.Integer()),
        )
    )


def _time(said: str | datetime | None) -> datetime:
    """SQLite gives its texts where no column's type is known."""
    if said is None:
        return datetime.now(UTC).replace(tzinfo=None)
    return datetime.fromisoformat(said) if isinstance(said, str) else said


def _widen_case_clocks() -> None:
    told = (*_CASE_DIMENSIONS, "outcome", "outcome_on")
    columns: dict[str, sa.types.TypeEngine] = dict.fromkeys(told, sa.String())
    columns |= {"outcome_on": sa.Date(), "since": sa.Integer()}
    of_case = "(SELECT {0} FROM cases WHERE cases.case_id = case_clocks.case_id)"
    fill = ", ".join([*(f"{name} = {of_case.format(name)}" for name in told), _SINCE])
    _add_filled("case_clocks", columns, required=(*_CASE_DIMENSIONS, "since"), fill=fill)


def _widen_survey_answers() -> None:
    columns = {"service_point": sa.String(), "answered_on": sa.Date(), "since": sa.Integer()}
    of_response = (
        "(SELECT {0} FROM survey_responses r WHERE r.response_id = survey_answers.response_id)"
    )
    told = ("service_point", "answered_on")
    fill = ", ".join([*(f"{name} = {of_response.format(name)}" for name in told), _SINCE])
    _add_filled("survey_answers", columns, required=tuple(columns), fill=fill)
    op.create_index(
        "ix_survey_answers_answered_on", "survey_answers", ["answered_on"], unique=False
    )


def _add_filled(
    table: str, columns: dict[str, sa.types.TypeEngine], *, required: tuple[str, ...], fill: str
) -> None:
    for name, kind in columns.items():
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.execute(f"UPDATE {table} SET {fill}")  # noqa: S608 - our own words
    with op.batch_alter_table(table) as batch:
        for name in required:
            batch.alter_column(name, existing_type=columns[name], nullable=False)


def _drop(table: str, columns: tuple[str, ...]) -> None:
    with op.batch_alter_table(table) as batch:
        for name in columns:
            batch.drop_column(name)


def _former() -> Iterator[tuple[str, list[sa.schema.SchemaItem]]]:
    yield (
        "former_case_clocks",
        [
            sa.Column("case_id", sa.String(), nullable=False),
            sa.Column("clock", sa.String(), nullable=False),
            sa.Column("since", sa.Integer(), autoincrement=False, nullable=False),
            *(sa.Column(name, sa.String(), nullable=False) for name in _CASE_DIMENSIONS),
            sa.Column("received_on", sa.Date(), nullable=False),
            sa.Column("due_on", sa.Date(), nullable=False),
            sa.Column("stopped_on", sa.Date(), nullable=True),
            sa.Column("outcome", sa.String(), nullable=True),
            sa.Column("outcome_on", sa.Date(), nullable=True),
            sa.Column("until", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint(
                "case_id", "clock", "since", name=op.f("pk_former_case_clocks")
            ),
        ],
    )
    yield (
        "former_queue_entries",
        [
            sa.Column("entry_id", sa.String(), nullable=False),
            sa.Column("since", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("category", sa.String(), nullable=False),
            sa.Column("registered_on", sa.Date(), nullable=False),
            sa.Column("removed_on", sa.Date(), nullable=True),
            sa.Column("reason", sa.String(), nullable=True),
            sa.Column("until", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("entry_id", "since", name=op.f("pk_former_queue_entries")),
        ],
    )
    yield (
        "former_survey_answers",
        [
            sa.Column("response_id", sa.String(), nullable=False),
            sa.Column("question", sa.String(), nullable=False),
            sa.Column("since", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("service_point", sa.String(), nullable=False),
            sa.Column("answered_on", sa.Date(), nullable=False),
            sa.Column("answer", sa.Integer(), nullable=False),
            sa.Column("until", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint(
                "response_id", "question", "since", name=op.f("pk_former_survey_answers")
            ),
        ],
    )

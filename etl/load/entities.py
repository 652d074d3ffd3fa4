"""What a load knows: the frames of a judged source and the tables that they go to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Table, or_

from etl import warehouse


@dataclass(frozen=True)
class Entity:
    """A frame of `Checked`, the table it goes to, that table's key and the columns it fills."""

    frame: str
    table: Table
    key: str
    columns: tuple[str, ...]

    @property
    def is_hashed(self) -> bool:
        """Whether a hash beside the row stands for what more its record says."""
        return "row_hash" in self.table.c

    @property
    def staged(self) -> tuple[str, ...]:
        """The columns that are staged, the row's hash included where it has one."""
        return (*self.columns, "row_hash") if self.is_hashed else self.columns

    def differs(self, rows: FromClause, source: str) -> ColumnElement[bool]:
        """Whether a staged row of ``source`` says otherwise than the table's row of its key."""
        kept = self.table.c
        if self.is_hashed:
            return kept.row_hash != rows.c.row_hash
        told = [name for name in self.columns if name != self.key]
        each = (kept[name].is_distinct_from(rows.c[name]) for name in told)
        return or_(kept.source != source, *each)


def _entity(frame: str, table: Table, *, without: tuple[str, ...]) -> Entity:
    left_out = {*without, "source", "row_hash", "run_id"}
    told = tuple(c.name for c in table.columns if c.name not in left_out)
    return Entity(frame, table, told[0], told)


CASES = _entity("cases", warehouse.cases, without=("outcome", "outcome_on"))
EVENTS = _entity("events", warehouse.events, without=())
MESSAGES = _entity("messages", warehouse.messages, without=())
QUEUE = _entity("queue", warehouse.queue_entries, without=("since",))
SURVEYS = _entity("surveys", warehouse.survey_responses, without=("entered_at",))
ENTITIES = (CASES, EVENTS, MESSAGES, QUEUE, SURVEYS)
ANSWERS = "answers"  # the frame that hangs on the responses

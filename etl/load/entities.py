"""What a load knows: the frames of a judged source and the tables that they go to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Table

from etl import warehouse


@dataclass(frozen=True)
class Entity:
    """A frame of `Checked`, the table it goes to, that table's key and the columns it fills."""

    frame: str
    table: Table
    key: str
    columns: tuple[str, ...]


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

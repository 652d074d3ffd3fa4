"""The canonical fields of each entity: what a mapping may name, must name, and may say in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from etl.regulation.model import Regulation
from etl.sources.model import Entity


@dataclass(frozen=True)
class Field:
    """``codes``: the part of the regulation whose codes the field holds, if any."""

    name: str
    required: bool = False
    time: bool = False
    codes: str | None = None


_FIELDS: Mapping[Entity, tuple[Field, ...]] = {
    "cases": (
        Field("case_id", required=True),
        Field("channel", required=True, codes="channels"),
        Field("category", required=True, codes="categories"),
        Field("service_point", required=True, codes="service_points"),
        Field("executor"),
        Field("iin"),
        Field("received_at", time=True),
        Field("stopped_at", time=True),
        Field("outcome", codes="outcomes"),
        Field("queue_number"),
    ),
    "events": (
        Field("case_id", required=True),
        Field("step", required=True, codes="steps"),
        Field("occurred_at", required=True, time=True),
        Field("event_id"),
        Field("actor"),
        Field("outcome", codes="outcomes"),
    ),
    "queue": (
        Field("entry_id", required=True),
        Field("number"),
        Field("category", required=True, codes="categories"),
        Field("registered_on", required=True, time=True),
        Field("removed_on", time=True),
        Field("reason", codes="reasons"),
        Field("iin"),
    ),
    "surveys": (
        Field("response_id", required=True),
        Field("service_point", required=True, codes="service_points"),
        Field("answered_on", required=True, time=True),
    ),
}

KEYS: Mapping[Entity, str] = {
    "cases": "case_id",
    "events": "event_id",
    "queue": "entry_id",
    "surveys": "response_id",
}
PREFIXED = frozenset({"case_id", "entry_id", "response_id", "event_id"})


def required_of(entity: Entity) -> frozenset[str]:
    """The fields, questions of a survey apart, without which a record is none."""
    return frozenset(f.name for f in _FIELDS[entity] if f.required)


def fields_of(entity: Entity, regulation: Regulation) -> dict[str, Field]:
    """The entity's fields by name; a survey has one more for each question."""
    found = {f.name: f for f in _FIELDS[entity]}
    if entity == "surveys" and regulation.survey is not None:
        for question in regulation.survey.questions:
            found[question.code] = Field(question.code, required=True, codes="answers")
    return found


def codes_of(field: Field, regulation: Regulation) -> frozenset[str] | None:
    """The words that the regulation allows in the field; None: any word."""
    if field.codes is None:
        return None
    if field.codes == "steps":
        return frozenset(regulation.steps)
    if field.codes == "answers":
        survey = regulation.survey
        return frozenset(str(a.value) for a in survey.answers) if survey else frozenset()
    return frozenset(regulation.codes(field.codes))

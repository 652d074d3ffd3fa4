"""The rules: what makes a record unfit, one row each, in the order in which they are asked.

A record is rejected whole, by the first rule that it breaks. What is suspicious but can be loaded
is in ``findings``. ``unknown_case`` and ``case_rejected`` are asked by the loader, which alone
knows the other sources' cases; ``bad_encoding``, ``ragged_row`` and ``repeated_name`` by the
extractors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from etl.contract.delivery import Delivery
from etl.identity import MASK
from etl.sources.fields import KEYS, PREFIXED, codes_of, fields_of
from etl.sources.model import ENTITIES, Entity

Hits = pd.DataFrame  # record, column (as the source calls it), value (in the source's words)


@dataclass(frozen=True)
class Rule:
    """``find`` gives all the records that break it, and where; ``entities`` are asked."""

    code: str
    entities: tuple[Entity, ...]
    what: str
    find: Callable[[Delivery], Iterator[Hits]]


def _missing_key(d: Delivery) -> Iterator[Hits]:
    key = "case_id" if d.spec.entity == "events" else KEYS[d.spec.entity]
    yield from _hits(d, key, d.fields[key].isna())


def _iin_as_key(d: Delivery) -> Iterator[Hits]:
    """An IIN where a number of the record's own belongs: masked, it tells no two records apart."""
    if d.message_ids is not None:
        words = d.mapped.extract.records["message/messageId"]
        yield from _hits_in("message/messageId", words, _masked(words))
    for name in sorted(PREFIXED & set(d.fields.columns)):
        yield from _hits(d, name, _masked(d.fields[name]))
    nested = d.spec.events
    if nested is not None:
        strange = d.events[_masked(d.events["event_id"])]
        column = f"{nested.path}/{nested.event_id}"
        yield from _event_hits(strange.assign(column=column, value=strange["event_id"]))


def _masked(keys: pd.Series) -> pd.Series:
    return keys.str.contains(MASK, regex=False, na=False)


def _missing_value(d: Delivery) -> Iterator[Hits]:
    for field in fields_of(d.spec.entity, d.regulation).values():
        if field.required and d.spec.gives(field.name):
            blank = d.fields[field.name].isna() & ~_unparsed(d, field.name)
            exempt = d.is_update if field.name == "category" else False
            yield from _hits(d, field.name, blank & ~exempt)
    if d.spec.gives("received_at"):
        blank = d.fields["received_at"].isna() & ~_unparsed(d, "received_at")
        yield from _hits(d, "received_at", blank & ~_never_received(d))
    if d.mapped.events is not None:
        inside = d.events
        yield from _event_hits(inside[inside["step"].isna() | inside["value"].isna()])


def _bad_date(d: Delivery) -> Iterator[Hits]:
    for name in d.mapped.unparsed.columns:
        yield from _hits(d, name, _unparsed(d, name))
    if d.mapped.events is not None:
        inside = d.events
        yield from _event_hits(inside[inside["value"].notna() & inside["occurred_at"].isna()])


def _unknown(name: str) -> Callable[[Delivery], Iterator[Hits]]:
    """Words that are no code of the regulation."""

    def find(d: Delivery) -> Iterator[Hits]:
        field = fields_of(d.spec.entity, d.regulation).get(name)
        if field is not None and d.spec.gives(name):
            codes = codes_of(field, d.regulation)
            words = d.fields[name]
            yield from _hits(d, name, words.notna() & ~words.isin(list(codes or ())))

    return find


def _unknown_step(d: Delivery) -> Iterator[Hits]:
    if d.mapped.events is None:
        yield from _unknown("step")(d)
        return
    inside = d.events
    strange = inside[inside["step"].notna() & ~inside["step"].isin(list(d.regulation.steps))]
    yield from _event_hits(strange.assign(value=strange["step"]))


def _bad_answer(d: Delivery) -> Iterator[Hits]:
    survey = d.regulation.survey
    for question in survey.questions if survey else ():
        yield from _unknown(question.code)(d)


def _missing_outcome(d: Delivery) -> Iterator[Hits]:
    """Finished, but neither the record nor its stopping step says how.

    Another message may say it of a message: there the case is finished and its result pending.
    """
    said = d.fields["outcome"].notna() | d.outcome_of_stop.notna() | d.is_update
    yield from _hits(d, "outcome", d.stops.notna() & ~said)


def _before_window(d: Delivery) -> Iterator[Hits]:
    first = pd.Timestamp(d.regulation.data_from)
    yield from _on_days(d, lambda days: days < first)


def _in_future(d: Delivery) -> Iterator[Hits]:
    last = pd.Timestamp(d.as_of)
    yield from _on_days(d, lambda days: days > last)


def _on_days(d: Delivery, wrong: Callable[[pd.Series], pd.Series]) -> Iterator[Hits]:
    for name in d.days.columns:
        yield from _hits(d, name, wrong(d.days[name]))
    if d.mapped.events is not None:
        yield from _event_hits(d.events[wrong(d.events["occurred_on"])])


def _stop_before_start(d: Delivery) -> Iterator[Hits]:
    if d.spec.entity == "queue":
        if d.spec.gives("removed_on"):
            yield from _hits(d, "removed_on", d.days["removed_on"] < d.days["registered_on"])
        return
    early = _before(d.stops, d.starts, d)
    if d.spec.gives("stopped_at"):
        yield from _hits(d, "stopped_at", early)
    else:
        stops = d.stop_events
        yield from _event_hits(stops[early.to_numpy()[stops["record"]]])


def _before(stop: pd.Series, start: pd.Series, d: Delivery) -> pd.Series:
    """Where ``stop`` lies before ``start``; by the day where either is a bare date (midnight)."""
    days = d.local_days(stop), d.local_days(start)
    bare = d.is_midnight(stop) | d.is_midnight(start)
    return (days[0] < days[1]) | (~bare & (stop < start))


def _unparsed(d: Delivery, field: str) -> pd.Series:
    return d.mapped.unparsed.get(field, d.nowhere)


def _never_received(d: Delivery) -> pd.Series:
    """Records of applications that were turned away before they were received."""
    rejecting = [o.code for o in d.regulation.outcomes if o.kind == "rejected"]
    return d.fields["outcome"].isin(rejecting)


def _hits(d: Delivery, field: str, wrong: pd.Series) -> Iterator[Hits]:
    yield from _hits_in(d.column_of(field), d.mapped.text_of(field), wrong)


def _hits_in(column: str, words: pd.Series, wrong: pd.Series) -> Iterator[Hits]:
    found = np.flatnonzero(wrong)
    if found.size:
        told = words.take(found).reset_index(drop=True)
        yield pd.DataFrame({"record": found, "column": column, "value": told})


def _event_hits(events: pd.DataFrame) -> Iterator[Hits]:
    if len(events):
        yield events[["record", "column", "value"]]


RULES: tuple[Rule, ...] = (
    Rule("missing_key", ENTITIES, "nothing to know the record by", _missing_key),
    Rule("iin_as_key", ENTITIES, "an IIN where the record's own number belongs", _iin_as_key),
    Rule("missing_value", ENTITIES, "a field that must be there is blank", _missing_value),
    Rule("bad_date", ENTITIES, "a text in a time's place is no time", _bad_date),
    Rule("unknown_channel", ("cases",), "no channel of the regulation", _unknown("channel")),
    Rule(
        "unknown_category",
        ("cases", "queue"),
        "no category of the regulation",
        _unknown("category"),
    ),
    Rule(
        "unknown_service_point",
        ("cases", "surveys"),
        "no service point of the regulation",
        _unknown("service_point"),
    ),
    Rule("unknown_step", ("cases", "events"), "no step of the regulation", _unknown_step),
    Rule(
        "unknown_outcome", ("cases", "events"), "no outcome of the regulation", _unknown("outcome")
    ),
    Rule("unknown_reason", ("queue",), "no reason of the regulation", _unknown("reason")),
    Rule("missing_outcome", ("cases",), "finished, but nothing says how", _missing_outcome),
    Rule("before_window", ENTITIES, "a day before anything counts", _before_window),
    Rule("in_future", ENTITIES, "a day after the exports were made", _in_future),
    Rule("stop_before_start", ("cases", "queue"), "it ends before it starts", _stop_before_start),
    Rule("bad_answer", ("surveys",), "no answer of the questionnaire", _bad_answer),
)


def broken(d: Delivery) -> pd.DataFrame:
    """One row for each record that breaks a rule: record, rule, column, value."""
    free = np.ones(d.size, dtype=bool)
    parts = []
    for rule in RULES:
        if d.spec.entity not in rule.entities:
            continue
        for hits in rule.find(d):
            new = hits[free[hits["record"]]].drop_duplicates("record")
            free[new["record"]] = False
            parts.append(new.assign(rule=rule.code))
    columns = ["record", "rule", "column", "value"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

"""The accepted records as the loader wants them: one frame for each kind of thing."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from etl.columns import text_array
from etl.contract.delivery import Delivery, Mask
from etl.hashes import SPREAD, duplicated, rough

TYPES = {
    "cases": {
        "record": "int64",
        "case_id": "str",
        "channel": "str",
        "category": "str",
        "service_point": "str",
        "executor": "str",
        "person": "str",
        "gives_start": "bool",
        "gives_stop": "bool",
        "recorded_start_at": "datetime64[us]",
        "recorded_stop_at": "datetime64[us]",
        "recorded_outcome": "str",
        "queue_number": "str",
        "stated_at": "datetime64[us]",
    },
    "events": {
        "record": "int64",
        "event_id": "str",
        "case_id": "str",
        "step": "str",
        "occurred_at": "datetime64[us]",
        "occurred_on": "datetime64[s]",
        "position": "int64",
        "actor": "str",
        "outcome": "str",
    },
    "messages": {
        "record": "int64",
        "message_id": "str",
        "case_id": "str",
        "sent_at": "datetime64[us]",
        "executor": "str",
        "queue_number": "str",
        "outcome": "str",
    },
    "queue": {
        "record": "int64",
        "entry_id": "str",
        "number": "str",
        "category": "str",
        "registered_on": "datetime64[s]",
        "removed_on": "datetime64[s]",
        "reason": "str",
        "person": "str",
    },
    "surveys": {
        "record": "int64",
        "response_id": "str",
        "service_point": "str",
        "answered_on": "datetime64[s]",
    },
    "answers": {"record": "int64", "response_id": "str", "question": "str", "answer": "int64"},
}


def accepted_frames(
    d: Delivery,
    accepted: Mask,
    *,
    person: pd.Series,
    event_ids: pd.Series,
    hashes: pd.Series,
) -> dict[str, pd.DataFrame]:
    """``cases``, ``events``, ``messages``, ``queue``, ``surveys``, ``answers`` of the accepted
    records."""
    frames: dict[str, pd.DataFrame] = {}
    match d.spec.entity:
        case "cases":
            frames["cases"] = _cases(d, accepted, person)
            frames["events"] = _events(d, accepted, event_ids)
            frames["messages"] = _messages(d, accepted, hashes)
        case "events":
            frames["events"] = _events(d, accepted, event_ids)
        case "queue":
            frames["queue"] = _queue(d, accepted, person)
        case "surveys":
            frames["surveys"], frames["answers"] = _surveys(d, accepted)
    return {name: typed(frames.get(name, pd.DataFrame()), types) for name, types in TYPES.items()}


def typed(frame: pd.DataFrame, types: dict[str, str]) -> pd.DataFrame:
    """The columns of ``types`` and no others, of those types, with a RangeIndex."""
    wanted = {name: _dtype(said) for name, said in types.items()}
    if frame.empty:  # as most are: a source tells of one kind of thing
        return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in wanted.items()})
    whole = frame[list(types)]
    there = zip(wanted.items(), whole.dtypes, strict=True)
    others = {name: dtype for (name, dtype), found in there if found != dtype}
    return (whole.astype(others) if others else whole).reset_index(drop=True)


@cache
def _dtype(said: str) -> ExtensionDtype | np.dtype[Any]:
    """What pandas makes of the word, which takes it longer than to convert a short column."""
    return pd.api.types.pandas_dtype(said)


def _cases(d: Delivery, accepted: Mask, person: pd.Series) -> pd.DataFrame:
    fields = d.fields.assign(
        record=np.arange(d.size),
        person=person,
        gives_start=d.spec.gives("received_at"),
        gives_stop=d.spec.gives("stopped_at"),
        recorded_start_at=d.fields["received_at"],
        recorded_stop_at=d.fields["stopped_at"],
        recorded_outcome=_recorded_outcome(d),
        stated_at=d.sent_at,
    )
    told = fields[accepted & ~d.is_update]
    if d.spec.kind == "gateway":  # files and their order say nothing of what was sent last
        told = told.sort_values("stated_at", kind="stable", na_position="first")
    return told.drop_duplicates("case_id", keep="last")


def _recorded_outcome(d: Delivery) -> pd.Series:
    """What the record says; a constant is said of finished cases only, where the record knows."""
    outcome = d.fields["outcome"]
    knows = d.spec.gives("stopped_at") or d.mapped.events is not None
    return outcome.where(d.stops.notna()) if "outcome" in d.spec.constants and knows else outcome


def _events(d: Delivery, accepted: Mask, ids: pd.Series) -> pd.DataFrame:
    """One row an event: of copies the last, but rather one that says how the case ended."""
    told = d.events[["record", "case_id", "step", "occurred_at", "occurred_on", "actor"]]
    keep = accepted[told["record"]]
    events = told[keep].assign(event_id=ids[keep])
    events["outcome"] = _outcomes(d, events)
    event_ids = events["event_id"]
    again = duplicated(event_ids, rough(text_array(event_ids)), keep=False)
    if again.any():
        says = events["outcome"].notna()
        preferred = pd.concat([events[again & ~says], events[again & says]])
        superfluous = preferred.index[preferred["event_id"].duplicated(keep="last")]
        events = events.drop(superfluous)
    return events.assign(position=_position(events))


def _messages(d: Delivery, accepted: Mask, hashes: pd.Series) -> pd.DataFrame:
    """What updates say of their case beside its events, those that say nothing left out."""
    if d.message_ids is None:
        return pd.DataFrame()
    told = d.fields[["executor", "queue_number", "outcome"]]
    says = accepted & d.is_update & told.notna().any(axis="columns").to_numpy()
    sent = told.assign(
        record=np.arange(d.size),
        case_id=d.fields["case_id"],
        message_id=d.message_ids.fillna(hashes),
        sent_at=d.sent_at,
    )
    return sent[says]


def _outcomes(d: Delivery, events: pd.DataFrame) -> pd.Series:
    """The outcome that came with an event: its own row's, or that of the message it is last in."""
    said = d.fields["outcome"].where(d.is_update | (d.spec.entity == "events"))
    outcomes = pd.Series(None, index=events.index, dtype="str")
    if said.notna().any():
        with_outcome = events[said.notna().to_numpy()[events["record"]]]
        in_order = with_outcome.sort_values(["record", "occurred_at"], kind="stable")
        last = in_order.drop_duplicates("record", keep="last")
        outcomes[last.index] = said.take(last["record"].to_numpy()).to_numpy()
    return outcomes


def _position(events: pd.DataFrame) -> pd.Series:
    """The order, from 0, of a case's events of one moment; nothing but ties needs it."""
    at = events["occurred_at"].astype("int64").to_numpy()
    cases = events["case_id"]
    position = pd.Series(0, index=events.index)
    mixed = rough(text_array(cases)) * SPREAD + at.view("uint64")
    maybe = np.flatnonzero(pd.Series(mixed).duplicated(keep=False))
    if maybe.size:
        moment = cases.iloc[maybe].to_frame("case").assign(at=at[maybe])
        position[moment.index] = moment.groupby(["case", "at"]).cumcount()
    return position


def _queue(d: Delivery, accepted: Mask, person: pd.Series) -> pd.DataFrame:
    fields = d.fields.assign(
        record=np.arange(d.size),
        number=d.fields["number"].fillna(d.fields["entry_id"]),
        registered_on=d.days["registered_on"],
        removed_on=d.days.get("removed_on", d.fields["removed_on"]),
        person=person,
    )
    return fields[accepted]


def _surveys(d: Delivery, accepted: Mask) -> tuple[pd.DataFrame, pd.DataFrame]:
    fields = d.fields.assign(record=np.arange(d.size), answered_on=d.days["answered_on"])
    survey = d.regulation.survey
    questions = [question.code for question in survey.questions] if survey else []
    surveys = fields[accepted]
    answers = surveys.melt(
        ["record", "response_id"], questions, var_name="question", value_name="answer"
    )
    return surveys, answers

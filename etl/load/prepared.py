"""A judged part of a source as rows for the database; by whichever process has judged it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from etl import warehouse
from etl.columns import text_array
from etl.contract.keys import Marks
from etl.contract.model import Checked
from etl.deadlines import local_dates
from etl.hashes import SPREAD, duplicated, hash_rows, rough
from etl.load.batch import Batch, newest_event
from etl.load.entities import ANSWERS, CASES, ENTITIES, EVENTS, SURVEYS, Entity
from etl.load.remarks import described
from etl.load.rows import as_arrow


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The rows of one part, typed like the tables that will stage them; ``record`` counts from 0.

    - ``records``: file, row, key, record_hash, status, mark, a row a record, in their order
    - ``rejects``, ``findings``: as the contract gives them, with file, row, record_key, record_hash
    - ``rows``: by frame, record and what is staged of the entity; one row a key, the last
    - ``keys``: by frame, a number for the key of each row; ``moments``: for each event one for its
      case and time
    - ``newest_event``: naive UTC
    """

    records: pa.Table
    rejects: pd.DataFrame
    findings: pd.DataFrame
    rows: Mapping[str, pa.Table]
    keys: Mapping[str, Marks]
    moments: Marks
    newest_event: datetime | None


def prepared(batch: Batch, *, zone: ZoneInfo) -> Prepared:
    """The part that ``batch`` is; ``zone``: in which a time has its date."""
    checked = batch.checked
    once = {e: _once(frame, e.key) for e, frame in _frames(checked, zone).items()}
    rows = {e.frame: _rows(e, frame, batch) for e, (frame, _) in once.items() if len(frame)}
    keys = {e.frame: numbers for e, (_, numbers) in once.items() if len(numbers)}
    if len(checked.answers):
        rows[ANSWERS] = _answers(checked)
    return Prepared(
        records=pa.Table.from_pandas(checked.records.drop(columns="record"), preserve_index=False),
        rejects=described(checked.rejects, checked.records),
        findings=described(checked.findings, checked.records),
        rows=rows,
        keys=keys,
        moments=_moments(once[EVENTS][0]),
        newest_event=newest_event(checked, zone),
    )


def _frames(checked: Checked, zone: ZoneInfo) -> dict[Entity, pd.DataFrame]:
    cases = checked.cases.assign(
        recorded_start_on=local_dates(checked.cases["recorded_start_at"], zone),
        recorded_stop_on=local_dates(checked.cases["recorded_stop_at"], zone),
    )
    return {e: cases if e is CASES else getattr(checked, e.frame) for e in ENTITIES}


def _once(frame: pd.DataFrame, key: str) -> tuple[pd.DataFrame, Marks]:
    """Of several rows with one key the last; and a number for the key of each."""
    numbers = _number(frame[key])
    again = duplicated(frame[key], numbers, keep="last")
    if not again.any():
        return frame, numbers
    return frame[~again].reset_index(drop=True), numbers[~again]


def _rows(entity: Entity, frame: pd.DataFrame, batch: Batch) -> pa.Table:
    more: dict[str, pd.Series] = {}
    if entity is SURVEYS:  # a response is another one when its answers are
        more["answers"] = frame["response_id"].map(_in_one_word(batch.checked.answers))
    if entity is CASES and batch.whole_events:  # and a case when any event of its record is
        of_records = batch.checked.records["record_hash"]
        more["record"] = of_records.take(frame["record"].to_numpy()).reset_index(drop=True)
    if entity.is_hashed:
        frame = frame.assign(row_hash=_row_hashes(entity, frame, batch.source, **more))
    return as_arrow(frame, {name: entity.table.c[name].type for name in entity.staged})


def _row_hashes(entity: Entity, frame: pd.DataFrame, source: str, **more: pd.Series) -> pd.Series:
    """What tells a row from another of the same key: all that ``source`` says in it, and ``more``
    that hangs on it."""
    told = frame[list(entity.columns)].assign(source=source, **more)
    return hash_rows(told).set_axis(frame.index)


def _in_one_word(answers: pd.DataFrame) -> pd.Series:
    ordered = answers.sort_values(["response_id", "question"])
    words = ordered["question"] + "=" + ordered["answer"].astype("str")
    return words.groupby(ordered["response_id"]).agg(" ".join)


def _answers(checked: Checked) -> pa.Table:
    """The answers, each with the place and the day of its response."""
    responses = checked.surveys.drop_duplicates("response_id", keep="last")
    answers = checked.answers.drop(columns="record").merge(responses, on="response_id")
    columns = warehouse.survey_answers.columns
    return as_arrow(answers, {c.name: c.type for c in columns if c.name != "since"})


def _moments(events: pd.DataFrame) -> Marks:
    times = events["occurred_at"].astype("int64").to_numpy().view("uint64")
    found: Marks = _number(events["case_id"]) * SPREAD + times
    return found


def _number(texts: pd.Series) -> Marks:
    return rough(text_array(texts))

"""What the contract hands to the loader."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Checked:
    """One source, judged: what goes in, what stays out and why. Frames have a RangeIndex.

    ``record`` is the int64 position of the source record. Times are ``datetime64[us]`` naive UTC,
    dates ``datetime64[s]`` naive local midnight, codes and ids ``str``, flags ``bool``.

    - ``records``: record, file, row, key, record_hash, status (ok, rejected, duplicate), mark
      (uint64: two records of one status and one mark say the same thing); every source record has
      one row here, so ``len(records)`` is what was read
    - ``cases``: record, case_id, channel, category, service_point, executor, person, gives_start,
      gives_stop, recorded_start_at, recorded_stop_at, recorded_outcome, queue_number, stated_at
      (when a gateway message said so); one row a case_id
    - ``events``: record, event_id, case_id, step, occurred_at, occurred_on, position, actor,
      outcome; one row an event_id; whether the case exists is not asked yet
    - ``messages``: record, message_id, case_id, sent_at, executor, queue_number, outcome; what an
      update of the gateway says of its case beside events, one row a message_id
    - ``queue``: record, entry_id, number, category, registered_on, removed_on, reason, person
    - ``surveys``: record, response_id, service_point, answered_on
    - ``answers``: record, response_id, question, answer (int64)
    - ``rejects``: record, rule, column, value, raw (JSON text); one row a rejected record
    - ``findings``: record, rule, column, value; of accepted records only

    Frames that the source's entity does not have are empty, with their columns.
    """

    records: pd.DataFrame
    cases: pd.DataFrame
    events: pd.DataFrame
    messages: pd.DataFrame
    queue: pd.DataFrame
    surveys: pd.DataFrame
    answers: pd.DataFrame
    rejects: pd.DataFrame
    findings: pd.DataFrame

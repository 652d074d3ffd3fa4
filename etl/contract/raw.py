"""What quarantine keeps of a record: the mapped columns as they came, personal data masked."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.contract.delivery import Delivery
from etl.identity import masked


def raw_records(d: Delivery, records: npt.NDArray[np.int64]) -> pd.Series:
    """The JSON text of each of ``records``: source column -> text, and the events inside."""
    if not records.size:
        return pd.Series([], dtype="str")
    extract = d.mapped.extract
    columns = list(d.spec.source_columns)
    if d.spec.kind == "gateway":
        columns = list(dict.fromkeys(["message/messageId", "message/messageType", *columns]))
    plain = extract.records[columns].take(records)
    iin = d.spec.columns.get("iin")
    if iin is not None:
        plain[iin] = plain[iin].map(masked, na_action="ignore")
    rows = plain.astype(object).where(plain.notna(), None).to_dict("records")
    events = _nested_events(d, records)
    texts = [
        json.dumps({**row, **events.get(record, {})}, ensure_ascii=False)
        for record, row in zip(records.tolist(), rows, strict=True)
    ]
    return pd.Series(texts, dtype="str")


def _nested_events(
    d: Delivery, records: npt.NDArray[np.int64]
) -> dict[int, dict[str, list[list[str | None]]]]:
    """For each record that has some: the path of its nested events -> step and time of each."""
    nested, spec = d.mapped.extract.nested, d.spec.events
    if nested is None or spec is None:
        return {}
    wanted = nested[nested["record"].isin(records)][["record", "step", "at"]]
    plain = wanted.astype(object).where(wanted.notna(), None)
    found: dict[int, dict[str, list[list[str | None]]]] = {}
    for record, step, at in plain.itertuples(index=False, name=None):
        found.setdefault(record, {}).setdefault(spec.path, []).append([step, at])
    return found

"""The contract: what a record must be; what is not goes to quarantine with a reason."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.contract import keys
from etl.contract.delivery import Delivery, Mask
from etl.contract.findings import FINDINGS, findings
from etl.contract.frames import accepted_frames, typed
from etl.contract.model import Checked
from etl.contract.raw import raw_records
from etl.contract.rules import RULES, broken
from etl.hashes import hash_rows
from etl.identity import pseudonym
from etl.mapping import Mapped
from etl.regulation.model import Regulation

__all__ = ["FINDINGS", "RULES", "Checked", "check"]

_VALUE_AT_MOST = 300  # characters of a value that a remark repeats
_RECORDS = {
    "record": "int64",
    "file": "str",
    "row": "int64",
    "key": "str",
    "record_hash": "str",
    "status": "str",
    "mark": "uint64",
}
_REMARKS = {"record": "int64", "rule": "str", "column": "str", "value": "str"}


def check(
    mapped: Mapped, *, regulation: Regulation, as_of: date, pseudonym_key: str | None
) -> Checked:
    """Judge every record of ``mapped``.

    ``as_of``: the day the exports were made, the last that a time may lie on. Without
    ``pseudonym_key`` nothing is kept of a person.
    """
    d = Delivery(mapped, regulation, as_of)
    hits = typed(broken(d), _REMARKS)
    rejected = np.zeros(d.size, dtype=bool)
    rejected[hits["record"]] = True
    person = _person(d, pseudonym_key)
    event_hashes = keys.event_hashes(d)
    event_ids = keys.event_ids(d, event_hashes)
    record_keys = keys.record_keys(d, event_ids)
    hashes = keys.record_hashes(d, person, event_hashes)
    marks = keys.marks(d, record_keys, hashes, rejected)
    superfluous = keys.repeated(d, record_keys, hashes, rejected, marks)
    accepted = ~rejected & ~superfluous
    return Checked(
        records=pd.concat(
            [
                _records(d, record_keys, hashes, marks, _status(rejected, superfluous)),
                _unreadable(d, pseudonym_key),
            ],
            ignore_index=True,
        ),
        **accepted_frames(d, accepted, person=person, event_ids=event_ids, hashes=hashes),
        rejects=_rejects(d, hits[~superfluous[hits["record"]]]),
        findings=_short(typed(findings(d, accepted), _REMARKS)),
    )


def _person(d: Delivery, key: str | None) -> pd.Series:
    numbers = d.fields["iin"] if "iin" in d.fields else pd.Series(None, d.fields.index, dtype="str")
    return pseudonym(numbers, key)


def _status(rejected: Mask, superfluous: Mask) -> npt.NDArray[np.str_]:
    return np.select([superfluous, rejected], ["duplicate", "rejected"], default="ok")


def _records(
    d: Delivery,
    record_keys: pd.Series,
    hashes: pd.Series,
    marks: keys.Marks,
    status: npt.NDArray[np.str_],
) -> pd.DataFrame:
    judged = d.mapped.extract.place.assign(
        record=np.arange(d.size), key=record_keys, record_hash=hashes, status=status, mark=marks
    )
    return typed(judged, _RECORDS)


def _unreadable(d: Delivery, pseudonym_key: str | None) -> pd.DataFrame:
    """Nobody knows which part of such a record is an IIN, so its hash is a keyed one: whoever knows
    the rest could else try all numbers. Without a key the record is known by its place."""
    keyed = pseudonym(d.unreadable["digest"], pseudonym_key)
    placed = hash_rows(d.unreadable[["file", "row"]]).set_axis(keyed.index)
    marks = keys.hashed(d.unreadable["digest"])
    told = d.unreadable.assign(key=None, record_hash=keyed.fillna(placed), mark=marks)
    return typed(told, _RECORDS)


def _rejects(d: Delivery, hits: pd.DataFrame) -> pd.DataFrame:
    raw = raw_records(d, hits["record"].to_numpy())
    judged = hits.reset_index(drop=True).assign(raw=raw)
    lost = d.unreadable[d.unreadable["status"] == "rejected"].assign(column=None, raw="{}")
    types = {**_REMARKS, "raw": "str"}
    whole = pd.concat([typed(judged, types), typed(lost, types)], ignore_index=True)
    return _short(whole.sort_values("record", ignore_index=True))


def _short(remarks: pd.DataFrame) -> pd.DataFrame:
    return remarks.assign(value=remarks["value"].str.slice(0, _VALUE_AT_MOST))

"""What each record is known by, what its content amounts to, and which records say it again."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from etl.columns import text_array
from etl.contract.delivery import Delivery, Mask
from etl.hashes import Halves, duplicated, halves, hex_of, joined
from etl.sources.fields import KEYS

Marks = npt.NDArray[np.uint64]


def event_hashes(d: Delivery) -> Halves:
    """Case, step and time of every event, hashed; a text that is no time counts as written."""
    events = d.events
    times = _told(events["occurred_at"], events["value"], events["occurred_at"].isna())
    return halves(joined([events["case_id"], events["step"], times]))


def event_ids(d: Delivery, hashes: Halves) -> pd.Series:
    """The id of each event: the source's, else one made of case, step and time, so that the same
    event has it again in every delivery. Where one of the three is missing it means nothing."""
    given = d.events["event_id"]
    if given.notna().all():
        return given
    made = hex_of(hashes).set_axis(given.index)
    return made if given.isna().all() else given.fillna(made)


def record_keys(d: Delivery, ids: pd.Series) -> pd.Series:
    """The key of each record: of its case, event, queue entry or survey response.

    ``ids``: those of the events, which are the records' own in a source of events alone.
    """
    if d.spec.entity != "events":
        return d.fields[KEYS[d.spec.entity]]
    return ids if d.mapped.events is None else d.fields["case_id"]


def record_hashes(d: Delivery, person: pd.Series, of_events: Halves) -> pd.Series:
    """32 hex digits of what each record says once mapped, the events inside it included.

    ``person`` stands for the IIN, which must not be guessable from a hash that is kept. A text
    that is no time counts as it was written.
    """
    columns = [person if n == "iin" else _as_said(d, n) for n in d.fields.columns]
    if d.mapped.events is not None:
        sums = _inside(d, of_events).view("int64")
        columns += [pd.Series(sums[:, 0]), pd.Series(sums[:, 1])]
    return hex_of(halves(joined(columns)))


def _as_said(d: Delivery, name: str) -> pd.Series:
    if name not in d.mapped.unparsed:
        return d.fields[name]
    return _told(d.fields[name], d.mapped.text_of(name), d.mapped.unparsed[name])


def _told(times: pd.Series, texts: pd.Series, unparsed: pd.Series) -> pd.Series:
    """The times as numbers of microseconds, in words; where there is none, the text."""
    numbers = times.astype("int64").astype("str")
    return numbers.mask(times.isna(), texts.where(unparsed))


def _inside(d: Delivery, of_events: Halves) -> Halves:
    """For each record the sum of its events' hashes: their order apart, no two sets of events
    give the same."""
    events, each = d.events, of_events.copy()
    told = np.flatnonzero(events["event_id"].notna() | events["actor"].notna())
    if told.size:
        each[told] += halves(joined([events[c].take(told) for c in ("event_id", "actor")]))
    sums = np.zeros((d.size, 2), dtype="uint64")
    records = events["record"].to_numpy()
    if records.size:
        first = np.flatnonzero(np.r_[True, records[1:] != records[:-1]])
        sums[records[first]] = np.add.reduceat(each, first, axis=0)
    return sums


def repeated(d: Delivery, keys: pd.Series, hashes: pd.Series, rejected: Mask, marks: Marks) -> Mask:
    """The records that another one of the delivery makes superfluous; ``marks``: as below.

    A gateway message is known by its messageId, and its first copy stays; of other records with
    one key the last stays, whatever they say. Among the rejected, those that say the same.
    """
    identity = _identity(d, keys, hashes)
    superfluous = np.zeros(d.size, dtype=bool)
    keep: Literal["first", "last"] = "last" if d.message_ids is None else "first"
    superfluous[~rejected] = duplicated(identity[~rejected], marks[~rejected], keep=keep)
    said = _said(d, identity, hashes)
    superfluous[rejected] = said[rejected].duplicated()
    return superfluous


def marks(d: Delivery, keys: pd.Series, hashes: pd.Series, rejected: Mask) -> Marks:
    """For each record a number by which `repeated` would know it in another part of the delivery:
    of its identity, and for the rejected of all that they say."""
    identity = _identity(d, keys, hashes)
    found = hashed(identity)
    if rejected.any():
        said = _said(d, identity, hashes)[rejected]
        found[rejected] = hashed(joined([said[name] for name in said.columns]))
    return found


def _identity(d: Delivery, keys: pd.Series, hashes: pd.Series) -> pd.Series:
    message = d.message_ids
    return (keys if message is None else message.fillna(keys)).fillna(hashes)


def _said(d: Delivery, identity: pd.Series, hashes: pd.Series) -> pd.DataFrame:
    said = pd.DataFrame({"identity": identity})
    if d.message_ids is None:
        said = said.assign(hash=hashes)
        if "iin" in d.fields:
            said = said.assign(person=d.fields["iin"])  # no hash tells of the person
    return said


def hashed(texts: pd.Series | pa.Array) -> Marks:
    """A number for each text, the same everywhere."""
    array = texts if isinstance(texts, pa.Array) else text_array(texts)
    values = array.to_numpy(zero_copy_only=False)
    return pd.util.hash_array(values, categorize=False)

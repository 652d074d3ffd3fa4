"""One source's records laid out for judgement: every canonical field, every event, local days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl import times
from etl.columns import text_array
from etl.deadlines import local_dates
from etl.mapping import Mapped
from etl.regulation.model import Clock, Regulation
from etl.sources import SourceSpec
from etl.sources.fields import fields_of

Mask = npt.NDArray[np.bool_]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Delivery:
    """What the rules look at. All frames are aligned with the records of the mapping."""

    mapped: Mapped
    regulation: Regulation
    as_of: date

    @property
    def spec(self) -> SourceSpec:
        return self.mapped.spec

    @property
    def size(self) -> int:
        """How many records could be taken apart."""
        return len(self.mapped.fields)

    @cached_property
    def unreadable(self) -> pd.DataFrame:
        """Records that could not be taken apart, numbered after the others: as the extractor gave
        them, with record and status (rejected; duplicate for the second of the same bytes)."""
        unreadable = self.mapped.extract.unreadable
        again = unreadable["digest"].duplicated()
        return unreadable.assign(
            record=np.arange(self.size, self.size + len(unreadable)),
            status=np.where(again, "duplicate", "rejected"),
        )

    @cached_property
    def fields(self) -> pd.DataFrame:
        """Every canonical field of the entity; those that the mapping does not give are null."""
        given = self.mapped.fields
        fields = fields_of(self.spec.entity, self.regulation).values()
        types = {f.name: "datetime64[us]" if f.time else "str" for f in fields}
        return pd.DataFrame(
            {
                name: given[name] if name in given else pd.Series(None, given.index, dtype=kind)
                for name, kind in types.items()
            }
        )

    @cached_property
    def is_update(self) -> Mask:
        """Gateway messages that tell of a case already known: not requests, and no category."""
        if self.spec.entity != "cases" or self.spec.kind != "gateway":
            return np.zeros(self.size, dtype=bool)
        later = self.mapped.extract.records["message/messageType"] != "REQUEST"
        return (later & self.fields["category"].isna()).to_numpy(dtype=bool)

    @cached_property
    def message_ids(self) -> pd.Series | None:
        """The id of each gateway message, and the number of its part; null where it has none."""
        if self.spec.kind != "gateway":
            return None
        records = self.mapped.extract.records
        return records["message/messageId"] + "#" + records["message/part"]

    @cached_property
    def sent_at(self) -> pd.Series:
        """When each gateway message was sent, naive UTC; NaT where it says nothing readable, and
        for records of other kinds."""
        if self.spec.kind != "gateway":
            return pd.Series(pd.NaT, index=self.fields.index, dtype="datetime64[us]")
        dates = self.mapped.extract.records["message/messageDate"]
        return times.parse(dates, ["iso"], zone=self.spec.timezone)

    @cached_property
    def events(self) -> pd.DataFrame:
        """All events: record, event_id, case_id, step, occurred_at, occurred_on, actor, column,
        value. Those inside records in the source's order; for a source of events, one a record."""
        inside = self.mapped.events
        events = self._one_a_record() if inside is None else self._with_cases(inside)
        events["occurred_on"] = self.local_days(events["occurred_at"])
        return events

    def _with_cases(self, inside: pd.DataFrame) -> pd.DataFrame:
        cases = self.fields["case_id"].take(inside["record"].to_numpy())
        return inside.assign(case_id=cases.to_numpy())

    def _one_a_record(self) -> pd.DataFrame:
        size = self.size if self.spec.entity == "events" else 0
        types = dict.fromkeys(["event_id", "case_id", "step", "actor"], "str")
        types["occurred_at"] = "datetime64[us]"
        events = self.fields.reindex(columns=list(types)).head(size).astype(types)
        events["record"] = np.arange(size)
        events["column"] = pd.Series(self.column_of("occurred_at"), events.index, dtype="str")
        events["value"] = self.mapped.text_of("occurred_at").head(size)
        return events

    def column_of(self, field: str) -> str:
        """What the source calls a canonical field."""
        return self.spec.columns.get(field, field)

    def local_days(self, moments: pd.Series) -> pd.Series:
        """The local date of naive UTC times, ``datetime64[s]``."""
        return local_dates(moments, self.regulation.zone)

    @cached_property
    def steps(self) -> Int64s:
        """For each event the number of its step in the order of the regulation; -1: unknown."""
        codes = pa.array(list(self.regulation.steps), pa.large_string())
        found = pc.index_in(text_array(self.events["step"]), value_set=codes)
        numbers: Int64s = found.fill_null(-1).to_numpy().astype("int64")
        return numbers

    def is_one_of(self, codes: Collection[str]) -> Mask:
        """Which events are of one of these steps."""
        listed = np.array([*(code in codes for code in self.regulation.steps), False])
        return listed[self.steps]

    @cached_property
    def case_numbers(self) -> Int64s:
        """For each record a number that the records of one case share."""
        return pd.factorize(self.fields["case_id"])[0]

    @cached_property
    def days(self) -> pd.DataFrame:
        """The local date of every time field that the mapping gives."""
        times = [f.name for f in fields_of(self.spec.entity, self.regulation).values() if f.time]
        given = [name for name in times if self.spec.gives(name)]
        days = {name: self.local_days(self.fields[name]) for name in given}
        return pd.DataFrame(days, index=self.fields.index)

    @property
    def nowhere(self) -> pd.Series:
        """``False`` for every record."""
        return pd.Series(False, index=self.fields.index)

    def is_midnight(self, moments: pd.Series) -> pd.Series:
        """Which naive UTC times are a local midnight to the microsecond: dates without a time."""
        local = moments.dt.tz_localize("UTC").dt.tz_convert(self.regulation.zone)
        midnight: pd.Series = local == local.dt.normalize()
        return midnight

    # --- the ends of a case

    @cached_property
    def clock(self) -> Clock:
        """The clock whose ends a case's own dates are."""
        return next(c for c in self.regulation.clocks if c.records)

    @cached_property
    def starts(self) -> pd.Series:
        """The start of each record's case: as recorded, else its first event of a start step."""
        if self.spec.gives("received_at"):
            return self.fields["received_at"]
        return self._time_of(self._first_events(self.clock.starts))

    @cached_property
    def stops(self) -> pd.Series:
        """The stop of each record's case: as recorded, else its first event of a stop step."""
        if self.spec.gives("stopped_at"):
            return self.fields["stopped_at"]
        return self._time_of(self.stop_events)

    @cached_property
    def stop_events(self) -> pd.DataFrame:
        """The first event of a stop step inside each record that has one; index: in ``events``."""
        return self._first_events(self.clock.stops)

    @cached_property
    def outcome_of_stop(self) -> pd.Series:
        """For each record, the outcome of its stopping step where that can have but one."""
        steps = self.regulation.steps.values()
        single = {s.code: s.outcomes[0] for s in steps if len(s.outcomes) == 1}
        stops = self.stop_events
        outcomes = stops["step"].map(single).set_axis(stops["record"])
        return outcomes.reindex(range(self.size)).astype("str").reset_index(drop=True)

    def _first_events(self, steps: frozenset[str]) -> pd.DataFrame:
        events = self.events[self.is_one_of(steps) & self.events["occurred_at"].notna()]
        ordered = events.sort_values(["record", "occurred_at"], kind="stable")
        return ordered.drop_duplicates("record")

    def _time_of(self, events: pd.DataFrame) -> pd.Series:
        times = events.set_index("record")["occurred_at"].reindex(range(self.size))
        return times.astype("datetime64[us]").reset_index(drop=True)

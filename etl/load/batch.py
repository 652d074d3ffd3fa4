"""What goes into a load and what is counted of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from etl.contract.model import Checked


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One source, judged, on its way into the warehouse.

    ``whole_events``: a record lists every event of its case, so that an event which the record no
    longer lists is gone. ``full``: everything that the source holds was read, so that a complaint
    which was not repeated is settled.
    """

    source: str
    checked: Checked
    whole_events: bool = False
    full: bool = True


def newest_event(checked: Checked, zone: ZoneInfo) -> datetime | None:
    """The latest time that an accepted record tells of, naive UTC; a date counts from midnight."""
    times = [
        checked.events["occurred_at"],
        checked.cases["recorded_start_at"],
        checked.cases["recorded_stop_at"],
    ]
    days = [
        checked.queue["registered_on"],
        checked.queue["removed_on"],
        checked.surveys["answered_on"],
    ]
    utc = [series.max() for series in times]
    for day in (series.max() for series in days):
        midnight = day.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
        utc.append(midnight.tz_convert("UTC").tz_localize(None))
    known = [time for time in utc if pd.notna(time)]
    return max(known).to_pydatetime() if known else None


@dataclass(kw_only=True)
class Tally:
    """What became of the records of one source; ``rejects`` and ``findings`` count by rule.

    ``rejects`` and ``findings`` are those of this delivery, whether new or known from before;
    ``rejected`` counts only what is new in quarantine. ``vanished``: entries that a register which
    lists all lists no longer; they were not read, so no part of what adds up.
    """

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicate: int = 0
    rejected: int = 0
    vanished: int = 0
    rejects: Mapping[str, int] = field(default_factory=Counter)
    findings: Mapping[str, int] = field(default_factory=Counter)

    @property
    def adds_up(self) -> bool:
        """Every record that was read became exactly one of the five."""
        parts = (self.inserted, self.updated, self.unchanged, self.duplicate, self.rejected)
        return min(parts) >= 0 and self.read == sum(parts)

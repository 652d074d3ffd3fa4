"""The span of a case under every clock: when it started, when it stopped, when it is due.

A clock starts with the first event of a starting step and stops with the first event of a stopping
step on that day or later, unless the case's own record gives that end and the clock is the one that
records speak of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from etl.load.spool import Int64s
from etl.load.taken import Events, Mask, Moments
from etl.regulation.model import Clock

_NOTHING = np.datetime64("NaT")


@dataclass(frozen=True)
class Spans:
    """The spans of some cases under one clock, an entry a case; ``is_begun``: whether it has one.

    Times are datetime64[us], days datetime64[D], NaT where there is none. ``stop``: the place of
    the event that stops the clock if no record does, -1 for none.
    """

    is_begun: Mask
    started_at: Moments
    received_on: Moments
    stopped_at: Moments
    stopped_on: Moments
    stop: Int64s


def spans_of(events: Events, records: pd.DataFrame, clock: Clock) -> Spans:
    """The spans under ``clock`` by the ``events`` of the cases and by their ``records``, a row a
    case: is_known, gives_start, gives_stop (bool); recorded_start_at, recorded_start_on,
    recorded_stop_at, recorded_stop_on."""
    started_at, received_on = events.times(events.first(events.of(clock.starts)))
    if clock.records:
        given = records["gives_start"].to_numpy()
        started_at = np.where(given, _times(records["recorded_start_at"]), started_at)
        received_on = np.where(given, _days(records["recorded_start_on"]), received_on)
    stops = events.of(clock.stops) & (events.on >= received_on[events.case])
    stop = events.first(stops)
    stopped_at, stopped_on = events.times(stop)
    if clock.records:
        given = records["gives_stop"].to_numpy()
        told_at, told_on = (
            _times(records["recorded_stop_at"]),
            _days(records["recorded_stop_on"]),
        )
        is_told = given & (told_on >= received_on)
        told_at = np.where(is_told, told_at, _NOTHING)
        told_on = np.where(is_told, told_on, _NOTHING)
        stopped_at = np.where(given, told_at, stopped_at)
        stopped_on = np.where(given, told_on, stopped_on)
    is_begun = records["is_known"].to_numpy() & ~np.isnat(started_at)
    return Spans(is_begun, started_at, received_on, stopped_at, stopped_on, stop)


def due_days(received_on: Moments, due: Callable[[date], date]) -> Moments:
    """The due date of each first day, asked for once a distinct day."""
    days, place = np.unique(received_on, return_inverse=True)
    found: Moments = np.array([due(day) for day in days.tolist()], dtype="datetime64[D]")[place]
    return found


def _times(column: pd.Series) -> Moments:
    times: Moments = column.to_numpy().astype("datetime64[us]")
    return times


def _days(column: pd.Series) -> Moments:
    days: Moments = column.to_numpy().astype("datetime64[D]")
    return days

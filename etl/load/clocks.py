"""The clocks and outcomes of some cases, worked out by whichever process is free."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache, partial

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.deadlines import WorkCalendar, due_on
from etl.frames import Texts
from etl.load.event_rows import Span
from etl.load.outcomes import Outcomes, outcomes_of
from etl.load.spans import Spans, due_days, spans_of
from etl.load.taken import Events, Share
from etl.regulation.model import Regulation

COLUMNS = ("clock", "started_at", "received_on", "stopped_at", "stopped_on", "due_on")

Due = Callable[[date], date]


@dataclass(frozen=True)
class Given:
    """The events of some cases; what their ``records`` and the messages about them say, a row a
    case that is known: number, gives_start and gives_stop (1, 0), the recorded times, days and
    outcome, outcome and outcome_on as they are kept, ``told`` and ``rejection``; and the
    regulation, pickled."""

    share: Share
    records: Texts
    rules: bytes = field(repr=False)


@dataclass(frozen=True)
class WorkedOut:
    """By the numbers of cases: ``clocks`` of those that were not rejected (number, `COLUMNS`), and
    the ``outcomes`` that are others than the warehouse holds (number, outcome, outcome_on)."""

    clocks: pa.Table
    outcomes: pa.Table


def worked_out(given: Given) -> WorkedOut | Span:
    """What follows for the cases; their span, where the order of their events must be asked for."""
    span, events = given.share.span, given.share.by_id()
    return span if events is None else of_events(span, events, given.records, given.rules)


def of_events(span: Span, events: Events, told: Texts, rules: bytes) -> WorkedOut:
    """What follows for the cases of a span; ``told`` and ``rules`` as `Given` has them."""
    regulation, due = _rules(rules)
    records = _each(told.typed(), span)
    begun = {clock.code: spans_of(events, records, clock) for clock in regulation.clocks}
    ended = outcomes_of(events, records, begun[regulation.headline_clock], regulation)
    return WorkedOut(
        clocks=_span_rows(span, begun, ended, due),
        outcomes=_changed_outcomes(span, records, ended),
    )


@lru_cache(maxsize=1)  # of one run; a day's deadline is then asked for once
def _rules(pickled: bytes) -> tuple[Regulation, Mapping[str, Due]]:
    """The regulation, and of each clock when what was received on a day is due."""
    regulation: Regulation = pickle.loads(pickled)  # noqa: S301 (what the run itself handed out)
    calendar = WorkCalendar(regulation.calendar)
    return regulation, {
        clock.code: cache(partial(due_on, clock=clock, calendar=calendar))
        for clock in regulation.clocks
    }


def _each(found: pd.DataFrame, span: Span) -> pd.DataFrame:
    """What was found, a row for each number of the span."""
    by_number = found.set_index("number")
    each = by_number.reindex(range(span.first, span.end))
    known = each.index.isin(by_number.index)
    gives = {name: each[name].eq(1) for name in ("gives_start", "gives_stop")}
    return each.assign(is_known=known, **gives)


def _span_rows(
    span: Span, begun: Mapping[str, Spans], ended: Outcomes, due: Mapping[str, Due]
) -> pa.Table:
    parts = []
    for clock, some in begun.items():
        chosen = np.flatnonzero(some.is_begun & ~ended.is_rejected)
        received_on = some.received_on[chosen]
        parts.append(
            pa.table(
                {
                    "number": pa.array(chosen + span.first),
                    "clock": pa.array([clock] * len(chosen), pa.large_string()),
                    "started_at": pa.array(some.started_at[chosen], pa.timestamp("us")),
                    "received_on": pa.array(received_on, pa.date32()),
                    "stopped_at": pa.array(some.stopped_at[chosen], pa.timestamp("us")),
                    "stopped_on": pa.array(some.stopped_on[chosen], pa.date32()),
                    "due_on": pa.array(due_days(received_on, due[clock]), pa.date32()),
                }
            )
        )
    return pa.concat_tables(parts)


def _changed_outcomes(span: Span, records: pd.DataFrame, ended: Outcomes) -> pa.Table:
    kept, kept_on = records["outcome"].astype(object), records["outcome_on"]
    outcome = pd.Series(ended.outcome, dtype=object)
    is_same = kept.fillna("").to_numpy() == outcome.fillna("").to_numpy()
    is_same &= kept_on.to_numpy("datetime64[D]").view("int64") == ended.counts_from.view("int64")
    chosen = np.flatnonzero(records["is_known"].to_numpy() & ~is_same)
    return pa.table(
        {
            "number": pa.array(chosen + span.first),
            "outcome": pa.array(ended.outcome[chosen], pa.large_string()),
            "outcome_on": pa.array(ended.counts_from[chosen], pa.date32()),
        }
    )

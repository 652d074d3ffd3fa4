"""How cases ended, by their records, their messages and their events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.load.spans import Spans
from etl.load.taken import Events, Mask, Moments
from etl.regulation.model import Regulation

Words = npt.NDArray[np.object_]  # str, None for nothing

_NONE: Words = np.array([None], dtype=object)


@dataclass(frozen=True)
class Outcomes:
    """An entry a case: its outcome, None while it is open; the day from which that counts, NaT for
    none; and whether the case was rejected."""

    outcome: Words
    counts_from: Moments
    is_rejected: Mask


def outcomes_of(
    events: Events, records: pd.DataFrame, spans: Spans, regulation: Regulation
) -> Outcomes:
    """The outcome of every case; ``spans``: those of the headline clock.

    What the record says, else the latest message that says it, else what came with the event that
    stopped the headline clock, else the only outcome that its step can have. A rejection needs no
    clock: it is believed of any record, and of any event or message of a case never received.

    ``records``, a row a case: recorded_outcome; ``told``, by the latest message, and ``rejection``,
    the first by code point that a message tells of.
    """
    rejecting = rejecting_outcomes(regulation)
    recorded = _words(records["recorded_outcome"])
    by_event = _of_events(events, only_outcomes(regulation))
    of_stop = np.append(by_event, _NONE)[spans.stop]
    said = _first_known(recorded, _words(records["told"]), of_stop)
    rejection = _least(_words(records["rejection"]), _rejections(events, by_event, rejecting))
    is_stopped = spans.is_begun & ~np.isnat(spans.stopped_on)
    outcome = np.where(is_stopped, said, np.where(spans.is_begun, _NONE, rejection))
    outcome = np.where(_among(recorded, rejecting), recorded, outcome)
    outcome = np.where(records["is_known"].to_numpy(), outcome, _NONE)
    is_rejected = _among(outcome, rejecting)
    counts = is_stopped & (outcome != None) & ~is_rejected  # noqa: E711 (each of the words)
    counts_from = np.where(counts, spans.stopped_on, np.datetime64("NaT"))
    return Outcomes(outcome, counts_from, is_rejected)


def only_outcomes(regulation: Regulation) -> Mapping[str, str]:
    """The steps where only one outcome is possible, and which."""
    return {s.code: s.outcomes[0] for s in regulation.steps.values() if len(s.outcomes) == 1}


def rejecting_outcomes(regulation: Regulation) -> list[str]:
    """The outcomes with which a case was never received."""
    return [outcome.code for outcome in regulation.outcomes if outcome.kind == "rejected"]


def _of_events(events: Events, only: Mapping[str, str]) -> Words:
    """What each event says of the outcome, or the only one that its step can have."""
    told = np.array([*events.outcomes, None], dtype=object)[events.outcome]
    by_step = np.array([*(only.get(step) for step in events.steps), None], dtype=object)
    return _first_known(told, by_step[events.step])


def _rejections(events: Events, said: Words, rejecting: list[str]) -> Words:
    """For each case the first rejection, by code point, that an event of it tells of."""
    found: Words = np.full(events.size, None, dtype=object)
    for word in sorted(rejecting, reverse=True):
        found[events.case[said == word]] = word
    return found


def _least(one: Words, other: Words) -> Words:
    both = (one != None) & (other != None)  # noqa: E711 (each of the words)
    found = _first_known(one, other)
    found[both] = np.minimum(one[both], other[both])
    return found


def _first_known(first: Words, *others: Words) -> Words:
    found = first
    for other in others:
        found = np.where(found == None, other, found)  # noqa: E711 (each of the words)
    return found


def _among(words: Words, wanted: list[str]) -> Mask:
    found: Mask = pd.Series(words).isin(wanted).to_numpy()
    return found


def _words(column: pd.Series) -> Words:
    words: Any = column.astype(object)
    found: Words = words.where(column.notna(), None).to_numpy(dtype=object)
    return found

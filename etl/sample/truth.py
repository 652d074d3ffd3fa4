"""What is true of the city as of the day, from what was planted: the measures, rows and defects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from etl.sample.batches import Batch
from etl.sample.days import NEVER, Ints, last_full_month, number
from etl.sample.defects import Tally
from etl.sample.departures import Entries
from etl.sample.parameters import CATEGORIES, HOUSED, REASONS, REFUSED, REGISTERED, RETURNED
from etl.sample.statistics import Number, middle, rank, share, wilson, within
from etl.sample.surveys import NOT, PARTLY, SATISFIED

AT_RISK_DAYS: Final = 7
WITHIN_DAYS: Final = 30
FEWEST_ANSWERS: Final = 5  # a figure over fewer is not said
QUESTIONS: Final = ("q1", "q2")

Measures = dict[str, Any]


@dataclass
class Cases:
    """Accepted cases that were received, compact: days, NEVER for who still waits."""

    _received: list[Ints] = field(default_factory=list)
    _due: list[Ints] = field(default_factory=list)
    _stopped: list[Ints] = field(default_factory=list)
    _outcome: list[NDArray[np.int8]] = field(default_factory=list)

    def add(
        self, batch: Batch, due: Ints, *, accepted: NDArray[np.bool_], lost: NDArray[np.bool_]
    ) -> None:
        """Remember a batch. ``lost``: the result was sent, but in words that nobody accepts."""
        kept = accepted & (batch.received < NEVER)
        self._received.append(batch.received[kept])
        self._due.append(due[kept])
        self._stopped.append(np.where(lost, NEVER, batch.stopped)[kept])
        self._outcome.append(batch.outcome[kept].astype(np.int8))

    def measures(self, as_of: int, first: int, last: int) -> Measures:
        """The measures of cases, under the names that the screens use."""
        received, due = np.concatenate(self._received), np.concatenate(self._due)
        stopped, outcome = np.concatenate(self._stopped), np.concatenate(self._outcome)
        still = stopped == NEVER
        ended = (first <= stopped) & (stopped <= last)
        decided = ended & ((outcome == REGISTERED) | (outcome == REFUSED))
        new = (first <= received) & (received <= last)
        overdue = still & (due < as_of)
        was_due = (first <= due) & (due <= last) & (due < as_of)
        late = as_of - due[overdue]
        took = (stopped - received)[decided]
        return {
            "received": int(new.sum()),
            "decided": int(decided.sum()),
            "returned": int((ended & (outcome == RETURNED)).sum()),
            "open": int(still.sum()),
            "overdue": int(overdue.sum()),
            "days_late": {"median": middle(late), "max": int(late.max()) if len(late) else None},
            "at_risk": int((still & (as_of <= due) & (due <= as_of + AT_RISK_DAYS)).sum()),
            **_share("within_limit", was_due & (stopped <= due), was_due),
            **_share("decided_on_time", decided & (stopped <= due), decided),
            **_share("open_within_limit", still & (due >= as_of), still),
            "days_p50": rank(took, 0.5),
            "days_p80": rank(took, 0.8),
            "days_p90": rank(took, 0.9),
            "days_mean": float(took.mean()) if len(took) else None,
            "days_max": int(took.max()) if len(took) else None,
            "p_within": within(
                (stopped - received)[new & ~still], (as_of - received)[new & still], WITHIN_DAYS
            ),
        }


def truth(cases: Cases, queue: Entries, forms: Ints, tally: Tally, as_of: date) -> dict[str, Any]:
    """The whole of ``truth.json`` for the last full month before ``as_of``."""
    first, last = last_full_month(as_of)
    period = number(first), number(last)
    return {
        "as_of": as_of.isoformat(),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "measures": {
            **cases.measures(number(as_of), *period),
            **_queue(queue, as_of, *period),
            "satisfied": _satisfied(forms, *period),
        },
        **tally.as_json(),
    }


def _queue(queue: Entries, as_of: date, first: int, last: int) -> Measures:
    still = queue.removed == NEVER
    joined = int(((first <= queue.registered) & (queue.registered <= last)).sum())
    left = (first <= queue.removed) & (queue.removed <= last)
    lately = (queue.removed > _year_before(as_of)) & ~still
    housed = lately & (queue.reason == HOUSED)
    return {
        "queue": _split(queue.category, still, CATEGORIES),
        "queue_in": joined,
        "queue_out": _split(queue.reason, left, REASONS),
        "queue_net": joined - int(left.sum()),
        "queue_wait": middle((queue.removed - queue.registered)[housed]),
        "queue_clearance": int(still.sum()) / int(lately.sum()) if lately.any() else None,
    }


def _year_before(as_of: date) -> int:
    """The same day a year earlier; of a leap day, the 28th."""
    leap_day = (as_of.month, as_of.day) == (2, 29)
    return number(as_of.replace(year=as_of.year - 1, day=28 if leap_day else as_of.day))


def _satisfied(forms: Ints, first: int, last: int) -> Measures:
    now = forms[(first <= forms[:, 0]) & (forms[:, 0] <= last)]
    return {q: _answers(now[:, column]) for column, q in enumerate(QUESTIONS, start=1)}


def _answers(given: Ints) -> dict[str, Number]:
    n, fully = len(given), int((given == SATISFIED).sum())
    low, high = wilson(fully, n)
    said: dict[str, Number] = {
        "n": n,
        "not": int((given == NOT).sum()),
        "partly": int((given == PARTLY).sum()),
        "fully": fully,
        "value": fully / n if n else None,
        "low": low,
        "high": high,
    }
    return dict.fromkeys(said) if 0 < n < FEWEST_ANSWERS else said


def _share(name: str, hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> dict[str, Number]:
    return share(name, int(hits.sum()), int(among.sum()))


def _split(codes: Ints, counted: NDArray[np.bool_], names: tuple[str, ...]) -> dict[str, int]:
    counts = np.bincount(codes[counted], minlength=len(names)).tolist()
    return {"total": int(counted.sum()), **dict(zip(names, counts, strict=True))}

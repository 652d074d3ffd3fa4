"""Days from reception to decision, as a histogram: lossless, since days are whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from dashboard.kpi import percentiles
from dashboard.kpi.state import Cases, Days, Whole, during


@dataclass(frozen=True)
class Histogram:
    """How many (``n``) cases took how many ``days``, by rising days; no row is empty."""

    days: Whole
    n: Whole

    def percentile(self, percent: int) -> int | None:
        """The nearest-rank percentile, in days."""
        return percentiles.nearest_rank(self.days, self.n, percent)

    @property
    def mean(self) -> float | None:
        return percentiles.mean(self.days, self.n)

    @property
    def longest(self) -> int | None:
        return int(self.days[-1]) if len(self.days) else None


def histogram(cases: Cases, first: date, last: date) -> Histogram:
    """The cases decided in the period by their days."""
    chosen = during(cases.stopped, first, last) & cases.decided
    return counted(cases.stopped[chosen] - cases.received[chosen], cases.n[chosen])


def counted(days: Days, n: Whole) -> Histogram:
    """Rows by their days, none of which is below nought, each counting ``n`` times."""
    counts = np.bincount(days, weights=n).astype("int64")
    taken = np.flatnonzero(counts)
    return Histogram(days=taken, n=counts[taken])

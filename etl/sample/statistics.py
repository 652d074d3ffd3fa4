"""Statistics of the truth, reckoned plainly from days: no other code of this house is used."""

from __future__ import annotations

from math import ceil, exp, log, sqrt
from typing import Final

import numpy as np

from etl.sample.days import Ints

Number = float | int | None
Z95: Final = 1.959963984540054


def middle(values: Ints) -> float | None:
    """The median; None of nothing."""
    return float(np.median(values)) if len(values) else None


def rank(values: Ints, p: float) -> int | None:
    """The ⌈p · n⌉-th smallest; None of nothing."""
    return int(np.sort(values)[ceil(round(p * len(values), 9)) - 1]) if len(values) else None


def wilson(hits: int, n: int) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of a share."""
    if n == 0:
        return None, None
    share, z2 = hits / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def share(name: str, hits: int, n: int) -> dict[str, Number]:
    """A share with its denominator and interval, as siblings."""
    low, high = wilson(hits, n)
    return {
        name: hits / n if n else None,
        f"{name}_n": n,
        f"{name}_low": low,
        f"{name}_high": high,
    }


def within(lasted: Ints, waiting: Ints, t: int) -> dict[str, Number] | None:
    """Kaplan-Meier: the chance of being finished within ``t`` days.

    ``lasted``: days of the finished, ``waiting``: days so far of the open. The interval is that of
    log(-log S); it has no width where nothing or everything has happened.
    """
    if not len(lasted) + len(waiting):
        return None
    survival, spread = 1.0, 0.0
    for day in sorted({d for d in lasted.tolist() if d <= t}):
        ended = int((lasted == day).sum())
        at_risk = int((lasted >= day).sum() + (waiting >= day).sum())
        survival *= 1 - ended / at_risk
        spread += ended / (at_risk * (at_risk - ended)) if at_risk > ended else 0.0
    low = high = survival
    if 0 < survival < 1:
        width = Z95 * sqrt(spread) / log(survival)
        low, high = survival ** exp(-width), survival ** exp(width)
    return {
        "t": t,
        "value": 1 - survival,
        "low": 1 - high,
        "high": 1 - low,
        "naive": float((lasted <= t).mean()) if len(lasted) else None,
    }

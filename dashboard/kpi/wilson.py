"""Shares with Wilson's interval (E. B. Wilson, JASA 22, 1927)."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z95 = 1.959963984540054  # the normal distribution's 97.5 % point


class Share(NamedTuple):
    """A fraction of ``n``, with its 95 % interval; a share of nothing is None throughout."""

    value: float | None
    n: int
    low: float | None
    high: float | None

    @property
    def part(self) -> int:
        """The numerator."""
        return round((self.value or 0.0) * self.n)


def share(part: float, n: int) -> Share:
    """``part`` of ``n``."""
    if not n:
        return Share(None, 0, None, None)
    p = part / n
    scale = 1 + Z95**2 / n
    centre = (p + Z95**2 / (2 * n)) / scale
    half = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2)) / scale
    # At the ends the bound is the end itself; arithmetic would miss it by a rounding error.
    low = 0.0 if part == 0 else max(centre - half, 0.0)
    high = 1.0 if part == n else min(centre + half, 1.0)
    return Share(p, n, low, high)

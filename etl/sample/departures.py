"""Who leaves the queue, when and why; and who is in it in truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from etl.sample.days import NEVER, Days, Ints, add
from etl.sample.parameters import (
    HOUSED,
    HOUSED_AFTER_YEARS,
    OTHER_REASONS_MIX,
    OTHER_REASONS_YEARLY,
)

STAYS: Final = -1
_YEAR: Final = 365.25
_SOONEST: Final = 7  # days
_FIRST_COME: Final = 3.0  # Weibull's shape: the longer the wait, the nearer the home


@dataclass(frozen=True)
class Entries:
    """Entries of the register: days, NEVER and STAYS for those who are still in the queue."""

    category: Ints
    registered: Ints
    removed: Ints
    reason: Ints  # index of REASONS

    def __len__(self) -> int:
        return len(self.category)


@dataclass
class Queue:
    """Accepted entries, 18 bytes each."""

    _parts: list[tuple[NDArray[np.int8], Ints, Ints, NDArray[np.int8]]] = field(
        default_factory=list
    )

    def add(self, entries: Entries, keep: NDArray[np.bool_]) -> None:
        """Remember the entries that a right contract lets in."""
        self._parts.append(
            (
                entries.category[keep].astype(np.int8),
                entries.registered[keep],
                entries.removed[keep],
                entries.reason[keep].astype(np.int8),
            )
        )

    def entries(self) -> Entries:
        """All of them."""
        columns = zip(*self._parts, strict=True)
        category, registered, removed, reason = (np.concatenate(c) for c in columns)
        return Entries(category, registered, removed, reason)


def departures(
    rng: np.random.Generator,
    days: Days,
    category: Ints,
    registered: Ints,
    *,
    must: NDArray[np.bool_],
) -> Entries:
    """When each leaves: housed in the order of waiting, or for another reason at any time.

    Those marked ``must`` have left, within two months, if not otherwise.
    """
    n = len(category)
    housed = np.array(HOUSED_AFTER_YEARS)[category] * rng.weibull(_FIRST_COME, n)
    others = rng.exponential(1 / OTHER_REASONS_YEARLY, n)
    why = rng.choice(len(OTHER_REASONS_MIX), n, p=OTHER_REASONS_MIX) + 1
    wait = (np.minimum(housed, others) * _YEAR).astype(np.int64)
    removed = add(days.offices, registered + np.maximum(wait, _SOONEST), 0)
    removed = np.where(must & (removed > days.as_of), add(days.offices, registered, 40), removed)
    left = removed <= days.as_of
    return Entries(
        category=category,
        registered=registered,
        removed=np.where(left, removed, NEVER),
        reason=np.where(left, np.where(housed < others, HOUSED, why), STAYS),
    )

"""The applications of one place within a stretch of days, as the world sees them as of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from etl.sample import process
from etl.sample.arrivals import Arrivals
from etl.sample.days import DAY, NEVER, Days, Ints
from etl.sample.defects import Plan
from etl.sample.parameters import (
    AUTHORITY,
    CATEGORIES,
    CATEGORY_MIX,
    PLACES,
    PORTAL,
    SLOW_CENTRE,
    STEPS,
)


@dataclass(frozen=True)
class Columns:
    """Which columns of ``steps`` mean what in a channel."""

    received: int
    drafted: int  # the notice: a registration has its date and number from here on
    decided: int
    returned: int


COLUMNS: Final = {
    "direct": Columns(received=0, drafted=6, decided=8, returned=11),
    "psc": Columns(received=0, drafted=7, decided=10, returned=14),
    "portal": Columns(received=5, drafted=9, decided=9, returned=6),
}


def way_of(place: int) -> process.Way:
    """The channel of a place."""
    return "direct" if place == AUTHORITY else "portal" if place == PORTAL else "psc"


@dataclass(frozen=True)
class Batch:
    """``n`` applications in the order of arrival.

    ``steps``: minutes (n, steps of the channel), NEVER for what has not happened by the as-of date.
    ``outcome``: index of OUTCOMES, also of cases that are still open. ``kinds``: what ails each.
    """

    place: int
    way: process.Way
    first: int  # ordinal of the first application within its place
    category: NDArray[np.int64]
    outcome: NDArray[np.int64]
    steps: Ints
    kinds: list[str]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def columns(self) -> Columns:
        return COLUMNS[self.way]

    @property
    def received(self) -> Ints:
        """The day of receipt; NEVER for who failed the portal's authentication."""
        return _day(self.steps[:, self.columns.received])

    @property
    def drafted(self) -> Ints:
        """The day on which the notice was drafted, or NEVER."""
        return _day(self.steps[:, self.columns.drafted])

    @property
    def stopped(self) -> Ints:
        """The day on which the result was handed over, or NEVER."""
        ends = self.steps[:, [self.columns.decided, self.columns.returned]]
        return _day(ends.min(axis=1))


def batch(
    rng: np.random.Generator,
    days: Days,
    arrivals: Arrivals,
    plan: Plan,
    *,
    place: int,
    stretch: tuple[int, int],
    first: int,
) -> Batch:
    """What happens to those who apply to ``place`` within ``stretch``."""
    arriving = arrivals.days_of(stretch, place)
    n, way = len(arriving), way_of(place)
    fate = process.fates(rng, n, way, soon=plan.needs_a_result(first, n))
    clerks = process.Clerks(rng, days)
    if way == "direct":
        steps = process.direct(clerks, arriving, fate)
    elif way == "psc":
        steps = process.centre(clerks, arriving, fate, slow=PLACES[place] == SLOW_CENTRE)
    else:
        steps = process.portal(clerks, arriving, fate)
    return Batch(
        place=place,
        way=way,
        first=first,
        category=rng.choice(len(CATEGORIES), n, p=CATEGORY_MIX),
        outcome=fate.outcome,
        steps=np.where(steps < days.end, steps, NEVER),
        kinds=plan.of(first, n),
    )


def steps_of(place: int) -> tuple[str, ...]:
    """The codes of the columns of ``steps``."""
    return STEPS[way_of(place)]


def _day(minutes: Ints) -> Ints:
    return np.where(minutes < NEVER, minutes // DAY, NEVER)

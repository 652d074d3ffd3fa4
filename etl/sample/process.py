"""How an application goes through the offices: the minute of every step, if the world went on.

What lies after the as-of date is cut off later: an open case is one whose end nobody has seen yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from etl.sample.days import DAY, NEVER, Days, Ints, add
from etl.sample.parameters import (
    AGENDA_CLOSES_DAYS,
    POSTPONED,
    REFUSED,
    REFUSED_SHARE,
    REGISTERED,
    REJECTED,
    REJECTED_SHARE,
    RETURNED,
    RETURNED_SHARE,
    STUCK,
)

OFFICE_HOURS: Final = (9 * 60 + 5, 17 * 60)
CENTRE_HOURS: Final = (9 * 60 + 2, 19 * 60 + 30)
PORTAL_HOURS: Final = (7 * 60, 22 * 60)  # the earlier steps of a session begin an hour before
SITTING_HOURS: Final = (15 * 60, 17 * 60)
STEPS_WITHIN_A_DAY: Final = (4, 20)  # minutes between two steps of one day

Way = Literal["direct", "psc", "portal"]


@dataclass(frozen=True)
class Fate:
    """What becomes of each application: its outcome, and working days lost on the way."""

    outcome: NDArray[np.int64]
    stuck: Ints
    postponed: Ints  # sittings


def fates(rng: np.random.Generator, n: int, way: Way, *, soon: NDArray[np.bool_]) -> Fate:
    """Draw ``n`` fates; those marked ``soon`` are registered without delay."""
    drawn = rng.random(n)
    outcome = np.where(rng.random(n) < REFUSED_SHARE, REFUSED, REGISTERED)
    outcome = np.where(drawn < RETURNED_SHARE[way], RETURNED, outcome)
    if way == "portal":
        outcome = np.where(drawn > 1 - REJECTED_SHARE, REJECTED, outcome)
    stuck = np.where(rng.random(n) < STUCK, rng.integers(15, 75, n), 0)
    postponed = (rng.random(n) < POSTPONED).astype(np.int64)
    return Fate(
        outcome=np.where(soon, REGISTERED, outcome),
        stuck=np.where(soon, 0, stuck),
        postponed=np.where(soon, 0, postponed),
    )


class Clerks:
    """The pace of the offices: each method gives the minutes at which the next step is done."""

    def __init__(self, rng: np.random.Generator, days: Days) -> None:
        self._rng = rng
        self._days = days

    def arrive(self, day: Ints, hours: tuple[int, int]) -> Ints:
        """Minutes on each day, in order within it; ``day`` is sorted."""
        return np.sort(day * DAY + self._rng.integers(*hours, len(day)))

    def within(self, since: Ints, shortest: int, longest: int) -> Ints:
        """So many minutes later."""
        return since + self._rng.integers(shortest, longest + 1, len(since))

    def before(self, until: Ints, shortest: int, longest: int) -> Ints:
        """So many minutes earlier."""
        earlier: Ints = until - self._rng.integers(shortest, longest + 1, len(until))
        return earlier

    def office(self, since: Ints, shortest: int, longest: int, extra: Ints | int = 0) -> Ints:
        """So many working days of the authority later."""
        count = self._rng.integers(shortest, longest + 1, len(since)) + extra
        return self._later(since, count, self._days.offices, OFFICE_HOURS)

    def centre(self, since: Ints, shortest: int, longest: int) -> Ints:
        """So many days of a centre later: it is open six days a week."""
        count = self._rng.integers(shortest, longest + 1, len(since))
        return self._later(since, count, self._days.centres, CENTRE_HOURS)

    def review(self, since: Ints, stuck: Ints) -> Ints:
        """The set of documents is read; in the late spell half the readers are away."""
        n = len(since)
        count = 1 + self._rng.poisson(1.3, n) + stuck
        day = since // DAY
        in_spell = (day >= self._days.spell[0]) & (day < self._days.spell[1])
        return self.office(since, 0, 0, count + np.where(in_spell, self._rng.integers(1, 6, n), 0))

    def commission(self, ready: Ints, postponed: Ints) -> Ints:
        """The next sitting whose agenda is still open, or the one after it."""
        sittings = self._days.sittings
        open_at = ready // DAY + AGENDA_CLOSES_DAYS
        place = np.searchsorted(sittings, open_at, side="left") + postponed
        day = sittings[np.minimum(place, len(sittings) - 1)]
        minutes: Ints = day * DAY + self._rng.integers(*SITTING_HOURS, len(day))
        return minutes

    def _later(self, since: Ints, count: Ints, open_days: Ints, hours: tuple[int, int]) -> Ints:
        day = add(open_days, since // DAY, count)
        same_day = since + self._rng.integers(*STEPS_WITHIN_A_DAY, len(since))
        other_day = day * DAY + self._rng.integers(*hours, len(since))
        return np.where(day == since // DAY, same_day, other_day)


def direct(clerks: Clerks, day: Ints, fate: Fate) -> Ints:
    """Item 6: minutes of D-P1…D-P12, a column each; NEVER where the way does not lead."""
    received = clerks.arrive(day, (OFFICE_HOURS[0], 16 * 60))
    return np.column_stack([received, *_at_the_authority(clerks, received, fate)])


def centre(clerks: Clerks, day: Ints, fate: Fate, *, slow: bool) -> Ints:
    """Item 7: minutes of X-P1…X-P15. A slow centre sends and hands over late."""
    received = clerks.arrive(day, CENTRE_HOURS)
    booked = clerks.office(received, *((1, 3) if slow else (1, 1)))
    at_authority = _at_the_authority(clerks, booked, fate)
    notice, letter = at_authority[7], at_authority[10]
    handing = (2, 5) if slow else (0, 2)
    given = _only(notice < NEVER, clerks.centre(notice, *handing))
    returned = _only(letter < NEVER, clerks.centre(letter, *handing))
    return np.column_stack(
        [received, booked, *at_authority[:8], given, *at_authority[8:], returned]
    )


def portal(clerks: Clerks, day: Ints, fate: Fate) -> Ints:
    """Item 8: minutes of E-P0…E-P9. E-P5, when the authority's system has it, is the receipt."""
    sent = clerks.arrive(day, PORTAL_HOURS)
    signed = clerks.before(sent, 1, 3)
    filled = clerks.before(signed, 1, 3)
    checked = clerks.before(filled, 4, 25)
    entered = clerks.before(checked, 1, 3)
    refused_entry = fate.outcome == REJECTED
    incomplete = fate.outcome == RETURNED
    certificate = clerks.office(clerks.review(sent, fate.stuck), 2, 4)
    considered = clerks.commission(certificate, fate.postponed)
    complete = ~refused_entry & ~incomplete
    way = (
        entered,
        checked,
        _only(refused_entry, clerks.within(checked, 1, 2)),
        _only(~refused_entry, filled),
        _only(~refused_entry, signed),
        _only(~refused_entry, sent),
        _only(incomplete, clerks.office(sent, 1, 5)),
        _only(complete, certificate),
        _only(complete, considered),
        _only(complete, clerks.office(considered, 1, 4)),
    )
    return np.column_stack(way)


def _at_the_authority(clerks: Clerks, booked: Ints, fate: Fate) -> list[Ints]:
    """From the head's desk to the notice (8 columns), or to the return letter (3 columns)."""
    named = clerks.office(booked, 0, 1)
    handed = clerks.office(named, 0, 1)
    reviewed = clerks.review(handed, fate.stuck)
    returned = fate.outcome == RETURNED
    drafted = clerks.office(reviewed, 1, 2)
    signed = clerks.office(drafted, 0, 1)
    letter = [drafted, signed, clerks.office(signed, 0, 2)]
    certificate = clerks.office(reviewed, 1, 2)
    considered = clerks.commission(certificate, fate.postponed)
    notice = clerks.office(considered, 1, 2)
    approved = clerks.office(notice, 0, 1)
    decision = [certificate, considered, notice, approved, clerks.office(approved, 0, 2)]
    return [
        named,
        handed,
        reviewed,
        *(_only(~returned, step) for step in decision),
        *(_only(returned, step) for step in letter),
    ]


def _only(where: NDArray[np.bool_], minutes: Ints) -> Ints:
    return np.where(where, minutes, NEVER)

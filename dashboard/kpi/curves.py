"""The curves of Kaplan and Meier (``survival``) of every channel on several days, all at once.

What a curve of one day rests on is nearly what it rests on a fortnight before: each case is looked
at once for all days, which lie equally far apart. Everything lies on a grid of day, channel and
age, the last place among the channels for all of them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.kpi.state import Cases, Codes, Mask, Whole, number

YEAR = 365  # days of receiving that like cases come from, the as-of date the last of them
MIN_EVENTS = 30  # stops that a curve must rest on
MIN_AT_RISK = 10  # like cases that must have reached an age for it to say anything

_Floats = npt.NDArray[np.float64]
_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Curves:
    """On each day, of each channel and of all, up to each age in days (``(days, channels + 1, YEAR
    + 1)``; at 0 before the first age): the logarithm of the chance to be still open (``logs``,
    float64) and how many ages nobody outlives (``ends``, int64), which that leaves out.

    ``variance``: what each age adds to the variance of that logarithm (Greenwood; float64, ``(days,
    channels + 1, YEAR)``). ``of``: the place of the curve that a channel's cases go by, its own
    where enough of them have stopped, else that of all (int64, ``(days, channels)``). ``told``:
    whether these were enough (bool, ``(days,)``).
    """

    logs: _Floats
    ends: Whole
    variance: _Floats
    of: Codes
    told: Mask

    @classmethod
    def over(cls, ended: Whole, still: Whole) -> Curves:
        """From ``lives``.

        An age that fewer than MIN_AT_RISK have reached says nothing: nobody stops there, so that a
        case which grows older than all like ones counts as passing its due date rather than
        vanishes.
        """
        ended, still = (
            np.concatenate([one, one.sum(1, keepdims=True)], 1) for one in (ended, still)
        )
        leaving = ended + still
        at_risk = leaving[..., ::-1].cumsum(axis=2)[..., ::-1]
        ended_known = np.where(at_risk >= MIN_AT_RISK, ended, 0)
        sure = (ended_known == at_risk) & (at_risk > 0)
        reached = np.maximum(at_risk, 1)
        # Where all stop, every chance across it is nought and the variance has nothing to weigh.
        staying = np.maximum(at_risk - ended_known, 1)
        enough = ended.sum(axis=2) >= MIN_EVENTS
        everyone = ended.shape[1] - 1
        return cls(
            logs=_running(np.log1p(-np.where(sure, 0, ended_known / reached))),
            ends=_running(sure.astype("int64")),
            variance=ended_known / (reached * staying),
            of=np.where(enough, np.arange(everyone + 1), everyone)[:, :everyone],
            told=enough[:, everyone],
        )

    def place(self, day: Codes, channel: Codes) -> Codes:
        """Of cases by their days and channels: the curves they go by, among those of all days."""
        place: Codes = day * self.logs.shape[1] + self.of[day, channel]
        return place

    def age(self, days: Codes) -> Codes:
        """The places of ages in days on a curve: who is older than all like cases stands at its
        end."""
        return np.minimum(days + 1, YEAR).astype("int64")

    def chance(self, curve: Codes, now: Codes, end: Codes) -> _Floats:
        """Of cases by their curves: that who is open at one age is so at another (float64)."""
        now, end = curve * (YEAR + 1) + now, curve * (YEAR + 1) + end
        logs, ends = self.logs.ravel(), self.ends.ravel()
        return np.where(ends[end] > ends[now], 0.0, np.exp(logs[end] - logs[now]))


def lives(
    cases: Cases, channel: Codes, as_of: date, *, many: int, apart: int
) -> tuple[Whole, Whole]:
    """How many of the cases received in the YEAR to a day had stopped at each age by its end, and
    how many stood open at it (int64, ``(days, channels, YEAR)``).

    ``many`` days, the first ``as_of``, each ``apart`` days before the last. ``channel``: a code a
    case, from 0 on; ``cases`` as they stood at ``as_of`` or later.
    """
    day, oldest = number(as_of), (many - 1) * apart + YEAR - 1
    chosen = cases.received_in(as_of - oldest * _ONE, as_of)
    n, received, stopped = cases.n[chosen], cases.received[chosen], cases.stopped[chosen]
    channels = int(channel.max(initial=0)) + 1
    own = channel[chosen].astype("int64")
    # On its days, the first to the last, a case had stopped and was not yet too old a one.
    last = np.clip((day - stopped) // apart, -1, many - 1).astype("int64")
    first = np.maximum(-((received + (YEAR - 1) - day) // apart), 0)
    counted = np.flatnonzero(first <= last)
    size = channels * YEAR
    cell = own[counted] * YEAR + (stopped[counted] - received[counted])
    places = [first[counted] * size + cell, (last[counted] + 1) * size + cell]
    begin, end = (np.bincount(p, n[counted], (many + 1) * size) for p in places)
    ended = (begin - end).reshape(many + 1, channels, YEAR)[:-1].cumsum(axis=0)
    # Who is open at an age was received as many days before: all of that day but who had stopped.
    span = oldest + 1
    came = own * span + (received - (day - oldest))
    by_then = np.bincount((last + 1) * channels * span + came, n, (many + 1) * channels * span)
    gone_last = by_then.reshape(many + 1, channels, span)  # 0: of those who had not on any
    gone = gone_last[::-1].cumsum(axis=0)[::-1]
    open_ = gone[0] - gone[1:]
    back = np.arange(many)[:, np.newaxis] * apart + np.arange(YEAR)
    still = np.take_along_axis(open_, (oldest - back)[:, np.newaxis, :], axis=2)
    return ended.astype("int64"), still.astype("int64")


def _running(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Along the ages the sum of the first 0, 1, 2… values."""
    return np.concatenate(
        [np.zeros((*values.shape[:-1], 1), values.dtype), values.cumsum(axis=-1)], axis=-1
    )

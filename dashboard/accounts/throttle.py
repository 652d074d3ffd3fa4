"""Backoff of those who are refused: per account and per address, in the database, for all workers.

An attempt counts before its password is looked at, so that many at once are not many for free.
What is kept is a keyed hash: neither what was typed as a login, which may be a password, nor where.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from etl.people import refusal

FORGOTTEN = timedelta(hours=24)  # after the last refusal


@dataclass(frozen=True)
class Backoff:
    """``free`` refusals cost nothing; each further one doubles the wait, up to ``longest``."""

    free: int
    longest: timedelta
    first: timedelta = timedelta(seconds=2)

    def wait(self, times: int) -> timedelta:
        """How long after the refusal number ``times`` nothing is tried."""
        if times < self.free:
            return timedelta(0)
        doubled: int = 2 ** min(times - self.free, 32)
        return min(self.longest, self.first * doubled)


BACKOFFS: Mapping[str, Backoff] = {
    "account": Backoff(free=5, longest=timedelta(minutes=15)),
    # Many people may stand behind one address: the wait is short, but nobody tries thousands.
    "address": Backoff(free=30, longest=timedelta(minutes=1)),
}


@dataclass(frozen=True)
class Attempt:
    """Somebody who signs in, by keys that tell nothing without the secret."""

    keys: Mapping[str, str]  # of BACKOFFS -> 64 hex digits

    @classmethod
    def of(cls, secret: str, *, login: str, address: str) -> Attempt:
        told = {"account": login, "address": address}
        return cls({kind: _keyed(secret, f"{kind} {told[kind]}") for kind in BACKOFFS})


def begin(
    connection: Connection, attempt: Attempt, *, now: datetime, forgiven_at: datetime | None
) -> timedelta:
    """Count an attempt, and return 0; or, where it comes too soon, how long to wait, uncounted.

    The transaction must be one that writers wait for. ``now``: naive UTC. ``forgiven_at``: until
    when refusals of the account count no more.
    """
    connection.execute(delete(refusal).where(refusal.c.last_at < now - FORGOTTEN))
    if forgiven_at is not None:
        of_account = refusal.c.key == attempt.keys["account"]
        connection.execute(delete(refusal).where(of_account, refusal.c.last_at <= forgiven_at))
    counted = _counted(connection, attempt.keys.values())
    wait = timedelta(0)
    for kind, key in attempt.keys.items():
        times, last_at = counted.get(key, (0, now))
        wait = max(wait, last_at + BACKOFFS[kind].wait(times) - now)
    if wait > timedelta(0):
        return wait
    for key in attempt.keys.values():
        _count(connection, key, counted.get(key, (0, now))[0] + 1, now)
    return timedelta(0)


def succeeded(connection: Connection, attempt: Attempt) -> None:
    """It was no refusal: the account begins anew, the address has one less."""
    c = refusal.c
    connection.execute(delete(refusal).where(c.key == attempt.keys["account"]))
    address = update(refusal).where(c.key == attempt.keys["address"], c.times > 0)
    connection.execute(address.values(times=c.times - 1))


def _counted(connection: Connection, keys: Iterable[str]) -> dict[str, tuple[int, datetime]]:
    query = select(refusal).where(refusal.c.key.in_(list(keys)))
    return {row.key: (row.times, row.last_at) for row in connection.execute(query)}


def _count(connection: Connection, key: str, times: int, now: datetime) -> None:
    if times == 1:
        # None is there, or one that a success brought back to zero.
        connection.execute(delete(refusal).where(refusal.c.key == key))
        connection.execute(insert(refusal).values(key=key, times=times, last_at=now))
    else:
        row = update(refusal).where(refusal.c.key == key)
        connection.execute(row.values(times=times, last_at=now))


def _keyed(secret: str, said: str) -> str:
    return hmac.new(secret.encode(), said.encode(errors="replace"), hashlib.sha256).hexdigest()

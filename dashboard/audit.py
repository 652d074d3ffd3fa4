"""Who did what: only ever added to, each entry vouching by SHA-256 for the one before it.

The chain shows every row that was altered, removed or put between others. Whoever may write the
table and takes rows off its end, or reckons all hashes anew, is found by comparing a head that was
kept elsewhere: `kezek audit verify` prints it and, given it, looks whether it is still there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, desc, insert, select
from sqlalchemy.exc import DBAPIError

from etl.connect import begin, reason, take_turn, where
from etl.errors import KezekError
from etl.identity import without_iin
from etl.people import PEOPLE, audit_entry

_FIRST = "0" * 64  # what the first entry follows
_AT_ONCE = 1_000  # rows in memory


class UnnotedError(KezekError):
    """The audit cannot be written, and what it was to tell of is not done."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """``who`` did ``what`` at ``at`` (naive UTC); ``about`` is plain JSON."""

    number: int
    at: datetime
    who: str
    what: str
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """The last entry of a chain: its number (0: there is none) and its hash."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(frozen=True)
class Chain:
    """What was found in the audit: its head, and what is wrong, a sentence each."""

    head: Head
    faults: Sequence[str]


def note(engine: Engine, what: str, *, who: str, about: Mapping[str, Any], now: datetime) -> None:
    """Add an entry in a transaction of its own. ``now``: UTC, with or without an offset.

    An IIN in ``about`` is masked; what JSON does not know is written as text. Raises UnnotedError
    where it cannot be written: what cannot be noted must not be done.
    """
    try:
        with begin(engine, writers=PEOPLE) as connection:
            add(connection, what, who=who, about=about, now=now)
    except UnnotedError:
        raise
    except KezekError as error:
        raise UnnotedError(str(error)) from error


def add(
    connection: Connection, what: str, *, who: str, about: Mapping[str, Any], now: datetime
) -> None:
    """The same beside the change that it tells of, in the transaction of whoever writes; from here
    to its end others who note wait, so it comes last. Raises UnnotedError, which undoes both.
    """
    said = {
        "at": now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now,
        "who": who,
        "what": what,
        "about": _canonical(json.loads(json.dumps(about, default=str), object_hook=_masked)),
    }
    try:
        take_turn(connection, PEOPLE)
        head = _head(connection)
        row = {"number": head.number + 1, "previous": head.hash, **said}
        connection.execute(insert(audit_entry).values(**row, hash=_hash(row)))
    except DBAPIError as error:
        raise UnnotedError(
            f"The audit of the warehouse {where(connection.engine)} cannot be written "
            f"({reason(error)}); nothing was done, look at its disk, its rights and its log."
        ) from None


def verify(engine: Engine, *, expected: Head | None = None) -> Chain:
    """Read the whole chain. ``expected``: a head of before, which must be in it still."""
    faults: list[str] = []
    last, found = Head(0, _FIRST), expected is None or expected.number == 0
    for row in _rows(engine):
        faults += _faults(row, last)
        last = Head(row.number, row.hash)
        found = found or last == expected
    if not found:
        faults.append(f"Entry {expected} is not there: the end was cut off, or all was rewritten.")
    return Chain(last, faults)


def entries(
    engine: Engine,
    *,
    since: datetime | None = None,
    who: str | None = None,
    what: str | None = None,
) -> Iterator[Entry]:
    """What was noted, the oldest first. ``since``: naive UTC."""
    c = audit_entry.c
    chosen = [c.at >= since] if since else []
    chosen += [c.who == who] if who else []
    chosen += [c.what == what] if what else []
    for row in _rows(engine, *chosen):
        about = json.loads(row.about)
        yield Entry(number=row.number, at=row.at, who=row.who, what=row.what, about=about)


def _head(connection: Connection) -> Head:
    c = audit_entry.c
    newest = select(c.number, c.hash).order_by(desc(c.number)).limit(1)
    row = connection.execute(newest).one_or_none()
    return Head(row.number, row.hash) if row else Head(0, _FIRST)


def _rows(engine: Engine, *chosen: Any) -> Iterator[Row[Any]]:
    query = select(audit_entry).where(*chosen).order_by(audit_entry.c.number)
    with begin(engine, write=False) as connection:
        yield from connection.execution_options(yield_per=_AT_ONCE).execute(query)


def _faults(row: Row[Any], last: Head) -> Iterator[str]:
    if row.number != last.number + 1:
        gone = (last.number + 1, row.number - 1)
        named = f"Entry {gone[0]} is" if gone[0] == gone[1] else f"Entries {gone[0]}–{gone[1]} are"
        yield f"{named} missing."
    elif row.previous != last.hash:
        yield f"Entry {row.number} does not follow entry {last.number}: one of them was replaced."
    if row.hash != _hash(row._asdict()):
        yield f"Entry {row.number} was altered."


def _hash(row: Mapping[str, Any]) -> str:
    told = [row["previous"], row["number"], f"{row['at']:%Y-%m-%dT%H:%M:%S.%f}"]
    told += [row["who"], row["what"], row["about"]]
    return hashlib.sha256(_canonical(told).encode()).hexdigest()


def _canonical(value: object) -> str:
    """The one way to write it; in ASCII, so that every database keeps every text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _masked(found: dict[str, Any]) -> dict[str, Any]:
    return {key: _without_iins(value) for key, value in found.items()}


def _without_iins(value: Any) -> Any:
    if isinstance(value, str):
        return without_iin(value.encode(errors="replace").decode())  # half of a pair is no text
    return [_without_iins(one) for one in value] if isinstance(value, list) else value

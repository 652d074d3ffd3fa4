"""What a head of department writes to a case: an expected date, a note. Rows are only ever added.

No load touches them: they outlive the case that they were written to, and a row that is taken back
stays, with who took it back and when. The text of a note goes after a time (etl/retention.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select

from etl.connect import Witness, begin
from etl.errors import ContractError, KezekError, Violation
from etl.warehouse import case_remark

LONGEST_NOTE = 500  # characters
FARTHEST = timedelta(days=5 * 366)  # from the first day that may be expected
EXPECTED, NOTE = "expected_on", "note"

# Numbers as people space them: "701 234-56-78", "(727) 2 34 56 78", "500101 100 000".
_GAP = r"[\s()\-\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff]*"  # seen or not
_IIN = rf"(?<!\d)\d(?:{_GAP}\d){{11}}(?!\d)"
_ABROAD = rf"\+{_GAP}\d(?:{_GAP}\d){{9,13}}"
_AT_HOME = rf"[78]?{_GAP}7(?:{_GAP}\d){{9}}"  # every code of the country begins with 7
_PERSONAL = (
    ("phone_in_note", re.compile(rf"(?<!\d)(?<!\w[-/])(?:{_ABROAD}|{_AT_HOME})(?!\d)")),
    ("iin_in_note", re.compile(_IIN)),
    ("email_in_note", re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\W\d_]{2,}")),
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # not kept everywhere
_DAYS = re.compile(
    r"(?<!\d)(?:[0-3]?\d[./][01]?\d[./](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|[0-2]?\d:\d{2})(?!\d)"
)


def write(
    engine: Engine,
    case_id: str,
    *,
    token: str,
    by: str,
    at: datetime,
    expected_on: date | None,
    note: str | None,
    earliest: date,
    witness: Witness | None = None,
) -> int:
    """Keep what was written to a case, and return its number; the same ``token`` again keeps once.

    ``by``: a login. ``at``: naive UTC. ``earliest``: the first day that may be expected. Whether
    there is such a case, and whether it is the writer's, is the caller's to say. ``witness``: tells
    of what was written. Raises ContractError naming what is wrong, and KezekError where the
    warehouse cannot be written.
    """
    said = _NO_TEXT.sub("", note or "").strip() or None
    if wrong := list(_violations(expected_on, said, earliest)):
        raise ContractError(wrong)
    with begin(engine) as connection:
        there = _written(connection, token)
        if there is not None:
            return there
        row = {"case_id": case_id, "written_by": by, "written_at": at, "token": token}
        made = connection.execute(
            insert(case_remark).values(**row, expected_on=expected_on, note=said)
        )
        if witness:
            witness(connection)
        return int(made.inserted_primary_key[0])  # type: ignore[index]  # one row has one


def withdraw(
    engine: Engine,
    case_id: str,
    remark_id: int,
    *,
    by: str,
    at: datetime,
    witness: Witness | None = None,
) -> None:
    """Let a remark hold no more, by a row of its own; one that holds no more already stays so.

    ``witness``: tells that it was taken back. Raises KezekError where the case has no such remark,
    or where it cannot be written.
    """
    c, token = case_remark.c, f"withdraws-{remark_id}"
    with begin(engine) as connection:
        asked = (c.remark_id == remark_id, c.case_id == case_id, c.withdraws.is_(None))
        if connection.execute(select(c.remark_id).where(*asked)).scalar() is None:
            raise KezekError(f"Case {case_id} has no remark of number {remark_id}; look again.")
        if _written(connection, token) is None:
            row = {"case_id": case_id, "written_by": by, "written_at": at, "token": token}
            connection.execute(insert(case_remark).values(**row, withdraws=remark_id))
            if witness:
                witness(connection)


def _written(connection: Connection, token: str) -> int | None:
    """The number of what was written under ``token``; the one writer at a time sees it."""
    c = case_remark.c
    return connection.execute(select(c.remark_id).where(c.token == token)).scalar()


def _violations(expected_on: date | None, note: str | None, earliest: date) -> Iterator[Violation]:
    if expected_on is None and note is None:
        yield Violation(NOTE, "missing_value")
    if expected_on is not None and expected_on < earliest:
        yield Violation(EXPECTED, "in_past")
    if expected_on is not None and expected_on > earliest + FARTHEST:
        yield Violation(EXPECTED, "too_far")
    if note is not None and (rule := _wrong_with(note)):
        yield Violation(NOTE, rule)


def _wrong_with(note: str) -> str | None:
    """The rule that a note breaks, None for none: it is short and holds nothing personal.

    What looks like an IIN, a telephone number or an e-mail address counts as one, however it is
    spaced. A name cannot be told from a word; the form asks for none.
    """
    if len(note) > LONGEST_NOTE:
        return "too_long"
    left = _DAYS.sub("day", note)  # the digits of two dates make no number
    return next((rule for rule, pattern in _PERSONAL if pattern.search(left)), None)

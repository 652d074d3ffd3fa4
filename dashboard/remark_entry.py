"""What a head writes to a case, from what the browser sent to the warehouse."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from dashboard import days, noted, queries
from dashboard.access import Permission
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.queries import Place
from etl import case_remarks
from etl.errors import ContractError

EXPECTED, NOTE, LONGEST_NOTE = case_remarks.EXPECTED, case_remarks.NOTE, case_remarks.LONGEST_NOTE
FIELDS = (EXPECTED, NOTE)

_TOKEN = re.compile(r"remark-[0-9a-f]{32}", re.ASCII)
_LARGEST = 2**31 - 1  # of the numbers of remarks, as the warehouse keeps them
_BAD_DATE = N_("This is not a date.")
_WRONG: Mapping[str, str] = {
    "missing_value": N_("Say a date or write a note."),
    "in_past": N_("This day has passed already."),
    "too_far": N_("This day is too far away."),
    "iin_in_note": N_(
        "This looks like an IIN (12 digits). Notes hold no personal data: take it out, "
        "the number of the case is enough."
    ),
    "phone_in_note": N_(
        "This looks like a telephone number. Notes hold no personal data: please take it out."
    ),
    "email_in_note": N_(
        "This looks like an e-mail address. Notes hold no personal data: please take it out."
    ),
}
_TOO_LONG = N_("A note has at most {n} characters; this one has {found}.")
_OTHERWISE = N_("This cannot be saved.")


@dataclass(frozen=True)
class Refused:
    """What is wrong: field -> a sentence for the reader. Empty: the case is none of theirs."""

    errors: Mapping[str, str]


def new_token() -> str:
    """The id of a remark that nobody has written yet."""
    return f"remark-{uuid.uuid4().hex}"


def may_read(here: Context, place: Place | None) -> bool:
    """Whether the reader may see a case of this place."""
    return place is not None and here.scope.holds(
        channel=place.channel, service_point=place.service_point
    )


def may_write(here: Context, place: Place | None) -> bool:
    """Whether the reader may write to a case of this place."""
    return here.may(Permission.REMARK) and may_read(here, place)


def earliest_day(here: Context) -> date:
    """The first day that may be expected: today, but where the data ended long ago, their last."""
    return min(here.today, here.default_as_of)


def save(
    here: Context, *, token: Any, case_id: Any, expected: Any, note: Any, now: datetime
) -> Refused | None:
    """Keep what was written; the same form twice is kept once. None: it lies in the warehouse.

    Anything may have been sent. ``now``: an aware time. Raises KezekError where the warehouse
    cannot be written, UnnotedError where the audit cannot; then nothing is kept.
    """
    reader = here.reader
    if reader is None or not _is_theirs(here, case_id):
        return Refused({})
    day, text = days.read(expected), note if isinstance(note, str) else None
    if day is None and expected:
        return Refused({EXPECTED: here.t(_BAD_DATE)})
    ours = isinstance(token, str) and _TOKEN.fullmatch(token)
    try:
        case_remarks.write(
            here.engine,
            case_id,
            token=token if ours else new_token(),
            by=reader.login,
            at=_stored(now),
            expected_on=day,
            note=text,
            earliest=earliest_day(here),
            witness=noted.remark_written(here, case_id),
        )
    except ContractError as error:
        return Refused({field: _why(here, rule, text or "") for field, rule in error.violations})
    return None


def withdraw(here: Context, *, case_id: Any, remark_id: Any, now: datetime) -> Refused | None:
    """Take a remark back, whoever of the office wrote it. Raises KezekError where the case has none
    of that number, or where the warehouse cannot be written, UnnotedError where the audit cannot.
    """
    reader = here.reader
    is_number = isinstance(remark_id, int) and not isinstance(remark_id, bool)
    asked = is_number and 0 < remark_id <= _LARGEST
    if reader is None or not asked or not _is_theirs(here, case_id):
        return Refused({})
    case_remarks.withdraw(
        here.engine,
        case_id,
        remark_id,
        by=reader.login,
        at=_stored(now),
        witness=noted.remark_withdrawn(here, case_id, remark_id),
    )
    return None


def _is_theirs(here: Context, case_id: Any) -> bool:
    """Whether a case is there and theirs to write to; one that is another's is noted."""
    place = queries.case_place(here.engine, case_id) if isinstance(case_id, str) else None
    theirs = may_write(here, place)
    if place is not None and not theirs:
        noted.remark_refused(here, case_id)
    return theirs


def _stored(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(tzinfo=None)


def _why(here: Context, rule: str, note: str) -> str:
    if rule == "too_long":
        t = here.t
        found = len(note.strip())
        return t(_TOO_LONG, n=t.number(LONGEST_NOTE), found=t.number(found))
    return here.t(_WRONG.get(rule, _OTHERWISE))

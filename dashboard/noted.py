"""What readers see and take of single cases, and what they enter, noted in the audit.

It is noted before it is handed out, and in the transaction that changes something: what cannot be
noted stays where and as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from dashboard import audit, case_view, filters
from dashboard.access import Reader
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.measures.words import DEVIATIONS
from etl.connect import Witness

UNNOTED = N_(
    "This cannot be noted in the audit now, so nothing is handed out or changed. Try again later."
)
_NAMED = 1_000  # case numbers of one block that are noted one by one; of more, the ends
_AGAIN = timedelta(minutes=1)


class RefusedDoors:
    """Notes whom a door was not opened to; of one reader and door once a minute, in each process,
    so that nobody fills the audit."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """``clock``: naive UTC."""
        self._clock = clock
        self._noted: dict[tuple[str, str], datetime] = {}  # as many as accounts and doors at most

    def note(self, engine: Engine, reader: Reader, door: str) -> None:
        """``door``: one of ours by name, never what somebody wrote. Raises UnnotedError."""
        now, key = self._clock(), (reader.login, door)
        if key in self._noted and now - self._noted[key] < _AGAIN:
            return
        audit.note(engine, "door.refused", who=reader.login, about={"door": door}, now=now)
        self._noted[key] = now


def cases_seen(here: Context, which: str, case_ids: Sequence[str]) -> None:
    """A reader is about to see these cases in a list. Raises UnnotedError."""
    if len(case_ids):
        about = {"list": which, **_filter(here), **_chosen(here), **_numbers(case_ids)}
        _note(here, "cases.seen", about)


def file_taken(here: Context, path: str, rows: int) -> None:
    """A reader is about to get a file with so many rows. Raises UnnotedError."""
    _note(here, "file.taken", {"file": path, **_filter(here), **_chosen(here), "rows": rows})


def form_saved(here: Context, token: str, service_point: str, answered_on: str) -> Witness:
    """Tells that a survey form is entered or corrected; its answers are not noted."""
    about = {"form": token, "service_point": service_point, "answered_on": answered_on}
    return _witness(here, "survey.saved", about)


def remark_written(here: Context, case_id: str) -> Witness:
    """Tells that something is written to a case; what, its history says."""
    return _witness(here, "remark.written", {"case": case_id})


def remark_withdrawn(here: Context, case_id: str, remark_id: int) -> Witness:
    """Tells that a remark is taken back."""
    return _witness(here, "remark.withdrawn", {"case": case_id, "remark": remark_id})


def form_refused(here: Context, token: str) -> None:
    """A reader sent a form that is not of their own place, which no page of ours offers to them.
    What was sent is not noted. Raises UnnotedError."""
    _note(here, "survey.refused", {"form": token})


def remark_refused(here: Context, case_id: str) -> None:
    """The same of a case that is there, but not theirs to write to. Raises UnnotedError."""
    _note(here, "remark.refused", {"case": case_id})


def _note(here: Context, what: str, about: Mapping[str, Any]) -> None:
    audit.note(here.engine, what, who=_who(here), about=about, now=datetime.now(UTC))


def _witness(here: Context, what: str, about: Mapping[str, Any]) -> Witness:
    def tell(connection: Connection) -> None:
        audit.add(connection, what, who=_who(here), about=about, now=datetime.now(UTC))

    return tell


def _who(here: Context) -> str:
    return here.reader.login if here.reader else ""


def _filter(here: Context) -> dict[str, str]:
    """The filter as it was understood, not as it was written: nobody's text gets in."""
    said = filters.to_query(
        here.filter, regulation=here.regulation, default_as_of=here.default_as_of
    )
    return {"as_of": here.filter.as_of.isoformat(), "filter": said}


def _chosen(here: Context) -> dict[str, str]:
    """Which cases the list was asked for, where it is not all that are late; as understood."""
    asked = {"show": case_view.SHOWN, "remark": case_view.REMARKS}
    said = {key: here.query[key] for key, known in asked.items() if here.query.get(key) in known}
    kind, *rest = here.query.get("deviation", "").split(".")  # as components.deviations writes it
    known = {*here.regulation.codes("channels"), *here.regulation.steps}
    if kind in DEVIATIONS and known.issuperset(rest):
        said["deviation"] = here.query["deviation"]
    return said


def _numbers(case_ids: Sequence[str]) -> dict[str, Any]:
    if len(case_ids) > _NAMED:
        return {"rows": len(case_ids), "first": case_ids[0], "last": case_ids[-1]}
    return {"rows": len(case_ids), "cases": list(case_ids)}

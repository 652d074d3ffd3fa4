"""What readers see and take of single cases, and what they enter, noted in the audit.

It is noted before it is handed out: what cannot be noted stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from werkzeug.exceptions import ServiceUnavailable

from dashboard import audit, case_view, filters
from dashboard.context import Context
from etl.errors import KezekError

_NAMED = 1_000  # case numbers of one block that are noted one by one; of more, the ends


class UnnotedError(ServiceUnavailable):
    """The audit cannot be written, so nothing is handed out."""


def cases_seen(here: Context, which: str, case_ids: Sequence[str]) -> None:
    """A reader is about to see these cases in a list. Raises UnnotedError."""
    if len(case_ids):
        about = {"list": which, **_filter(here), **_chosen(here), **_numbers(case_ids)}
        _note(here, "cases.seen", about)


def file_taken(here: Context, path: str, rows: int) -> None:
    """A reader is about to get a file with so many rows. Raises UnnotedError."""
    _note(here, "file.taken", {"file": path, **_filter(here), **_chosen(here), "rows": rows})


def form_saved(here: Context, token: str, service_point: str, answered_on: str) -> None:
    """A survey form was entered or corrected; its answers are not noted. Raises UnnotedError."""
    about = {"form": token, "service_point": service_point, "answered_on": answered_on}
    _note(here, "survey.saved", about)


def remark_written(here: Context, case_id: str) -> None:
    """Something was written to a case; what, its history says. Raises UnnotedError."""
    _note(here, "remark.written", {"case": case_id})


def remark_withdrawn(here: Context, case_id: str, remark_id: int) -> None:
    """A remark was taken back. Raises UnnotedError."""
    _note(here, "remark.withdrawn", {"case": case_id, "remark": remark_id})


def _note(here: Context, what: str, about: Mapping[str, Any]) -> None:
    who = here.reader.login if here.reader else ""
    try:
        audit.note(here.engine, what, who=who, about=about, now=datetime.now(UTC))
    except KezekError as error:
        raise UnnotedError from error


def _filter(here: Context) -> dict[str, str]:
    """The filter as it was understood, not as it was written: nobody's text gets in."""
    said = filters.to_query(
        here.filter, regulation=here.regulation, default_as_of=here.default_as_of
    )
    return {"as_of": here.filter.as_of.isoformat(), "filter": said}


def _chosen(here: Context) -> dict[str, str]:
    """Which cases the list was asked for, where it is not all that are late; as understood."""
    asked = {"show": case_view.SHOWN, "remark": case_view.REMARKS}
    return {key: here.query[key] for key, known in asked.items() if here.query.get(key) in known}


def _numbers(case_ids: Sequence[str]) -> dict[str, Any]:
    if len(case_ids) > _NAMED:
        return {"rows": len(case_ids), "first": case_ids[0], "last": case_ids[-1]}
    return {"rows": len(case_ids), "cases": list(case_ids)}

"""How the list of cases is looked at, as its address says: rows, their order, columns.

Nothing here raises: what an address says wrongly is named as a Problem and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.filters import Problem
from dashboard.i18n import N_
from dashboard.queries import RemarkState
from dashboard.queries.late import Only
from dashboard.queries.overdue import Direction

SHOWN: Mapping[str, Only] = {"overdue": "overdue", "soon": "at_risk", "both": "both"}
"""The address's ``show`` -> which cases; the first one where it says nothing."""

REMARKS: Mapping[str, RemarkState] = {"none": "none", "passed": "passed"}
"""The address's ``remark`` -> which of them; all where it says nothing."""

COLUMNS: Mapping[str, str] = {
    "case_id": N_("Case number"),
    "lateness": N_("Late by"),
    "expected": N_("Expected"),
    "note": N_("Note"),
    "step": N_("Current step"),
    "in_step": N_("Time in it"),
    "next": N_("What comes next by the regulation"),
    "executor": N_("Case officer"),
    "service_point": N_("Service point"),
    "channel": N_("Channel"),
    "category": N_("Category"),
    "received_on": N_("Received on"),
    "due_on": N_("Due on"),
}
"""Field of a record -> its heading, in the order of reading."""

ALWAYS = "case_id"
"""The column that no choice takes away: it names the row."""

SORTABLE: Mapping[str, str] = {
    "lateness": "days_late",
    "expected": "expected_on",
    "due_on": "due_on",
    "received_on": "received_on",
}
"""Field of a record -> the column of ``queries.overdue_page`` that the server sorts by."""

USUAL_SORT: tuple[str, Direction] = ("lateness", "desc")
OWN_KEYS = ("sort", "columns", "case")
"""Keys of the address that change neither which rows there are nor what they say."""

_LONGEST_CASE_ID = 200


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """``columns``: those that show, in the order of reading; ``chosen``: whether the address says
    so. ``case``: the one that is opened, "" for none. ``problems``: what made no sense.
    """

    only: Only = "overdue"
    remark: RemarkState | None = None
    sort: tuple[str, Direction] = USUAL_SORT
    columns: tuple[str, ...] = tuple(COLUMNS)
    chosen: bool = False
    case: str = ""
    problems: tuple[Problem, ...] = field(default=())


def shown(query: Mapping[str, str]) -> Only:
    """Which cases an address asks for; the overdue ones where it says nothing or nonsense."""
    return SHOWN.get(query.get("show", ""), "overdue")


def remark(query: Mapping[str, str]) -> RemarkState | None:
    """Which of them by what was written; None for all, also where it says nonsense."""
    return REMARKS.get(query.get("remark", ""))


def parse(query: Mapping[str, str]) -> CaseView:
    """What an address asks for."""
    asked = [c.strip() for c in query.get("columns", "").split(",") if c.strip()]
    known = [c for c in asked if c in COLUMNS]
    return CaseView(
        only=shown(query),
        remark=remark(query),
        sort=_sort(query) or USUAL_SORT,
        columns=tuple(c for c in COLUMNS if not known or c in known or c == ALWAYS),
        chosen=bool(known),
        case=query.get("case", "").strip()[:_LONGEST_CASE_ID],
        problems=tuple(_problems(query, asked)),
    )


def _sort(query: Mapping[str, str]) -> tuple[str, Direction] | None:
    said = query.get("sort", "").strip()
    column = said.removeprefix("-")
    return (column, "desc" if said != column else "asc") if column in SORTABLE else None


def _problems(query: Mapping[str, str], asked: list[str]) -> Iterator[Problem]:
    for key, known in ("show", SHOWN), ("remark", REMARKS):
        said = query.get(key, "").strip()
        if said and said not in known:
            yield Problem(key, said)
    if query.get("sort", "").strip() and _sort(query) is None:
        yield Problem("sort", query["sort"])
    for column in dict.fromkeys(asked):
        if column not in COLUMNS:
            yield Problem("columns", column)

"""The list of late and soon due cases, as a grid or a file asks for it and as a reader reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from dashboard import queries
from dashboard.context import Context
from dashboard.i18n import N_, NOTHING, is_missing
from dashboard.queries import OverduePage
from etl.regulation.model import Lang, Regulation, Step

Only = Literal["overdue", "at_risk", "both"]
Direction = Literal["asc", "desc"]

SHOWN: Mapping[str, Only] = {"overdue": "overdue", "soon": "at_risk", "both": "both"}
"""The address's ``show`` -> which cases; the first one where it says nothing."""

COLUMNS: Mapping[str, str] = {
    "case_id": N_("Case number"),
    "lateness": N_("Late by"),
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

SORTABLE: Mapping[str, str] = {
    "lateness": "days_late",
    "due_on": "due_on",
    "received_on": "received_on",
}
"""Field of a record -> the column of ``queries.overdue_page`` that the server sorts by."""

BLOCK = 100  # rows that a grid asks for at a time
_LARGEST_BLOCK = 1_000
_LAST_ROW = 10**9
_LATEST_FIRST: tuple[tuple[str, Direction], ...] = (("days_late", "desc"),)


@dataclass(frozen=True)
class Window:
    """Which rows, half open, in which order."""

    start: int = 0
    end: int = BLOCK
    sort: tuple[tuple[str, Direction], ...] = _LATEST_FIRST


def shown(query: Mapping[str, str]) -> Only:
    """Which cases an address asks for; the overdue ones where it says nothing or nonsense."""
    return SHOWN.get(query.get("show", ""), "overdue")


def window(request: object) -> Window:
    """What a grid's ``getRowsRequest`` means. Never raises: a forged part counts as not said."""
    said = request if isinstance(request, Mapping) else {}
    start = _whole(said.get("startRow"), otherwise=0)
    end = _whole(said.get("endRow"), otherwise=start + BLOCK)
    if not start < end <= start + _LARGEST_BLOCK:
        end = start + BLOCK
    return Window(start, end, tuple(_sort(said.get("sortModel"))) or _LATEST_FIRST)


def search(request: object) -> str:
    """The address's query that a grid was drawn for, "" where its request does not say."""
    context = request.get("context") if isinstance(request, Mapping) else None
    said = context.get("search") if isinstance(context, Mapping) else None
    return said if isinstance(said, str) else ""


def page(context: Context, window: Window) -> OverduePage:
    """The rows of ``window`` that the address and the filter let through, and how many in all."""
    return queries.overdue_page(
        context.engine,
        context.filter,
        scope=context.scope,
        regulation=context.regulation,
        at_risk_days=context.settings.at_risk_days,
        start=window.start,
        end=window.end,
        sort=window.sort,
        only=shown(context.query),
    )


def counts(context: Context) -> dict[Only, int]:
    """How many cases of each kind the list holds for this reader."""
    return queries.overdue_counts(
        context.engine,
        context.filter,
        scope=context.scope,
        regulation=context.regulation,
        at_risk_days=context.settings.at_risk_days,
    )


def records(context: Context, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row in the reader's words: COLUMNS, and ``late`` (bool) and ``next_by`` beside them."""
    return [_record(context, row) for row in rows.to_dict("records")]


def following(regulation: Regulation, code: str, lang: Lang) -> str:
    """What may come after a step: processes, each behind the conditions that lead to it."""
    step = regulation.steps.get(code)
    if step is None:
        return NOTHING
    return "; ".join(_ways(regulation, step, lang, frozenset())) or NOTHING


def _record(context: Context, row: Mapping[Any, Any]) -> dict[str, Any]:
    t = context.t
    days = row["days_in_step"]
    step = "" if is_missing(row["step"]) else row["step"]
    return {
        "case_id": row["case_id"],
        "lateness": lateness(context, row["days_late"]),
        "late": row["days_late"] > 0,
        "due_on": t.date(row["due_on"]),
        "step": context.name("steps", step),
        "in_step": t.days(days),
        "next": following(context.regulation, step, context.lang),
        "service_point": context.name("service_points", row["service_point"]),
        "channel": context.name("channels", row["channel"]),
        "category": context.name("categories", row["category"]),
        "executor": NOTHING if is_missing(row["executor"]) else row["executor"],
        "received_on": t.date(row["received_on"]),
    }


def lateness(context: Context, days: int) -> str:
    """How late a case is, or how much time it still has."""
    if days > 0:
        return context.t.days(days)
    if days == 0:
        return context.t("due today")
    return context.t("{span} left", span=context.t.days(-days))


def _ways(regulation: Regulation, step: Step, lang: Lang, seen: frozenset[str]) -> Iterator[str]:
    """``seen``: conditions passed on the way here, so that a circle of them comes to an end."""
    for code in step.next:
        after = regulation.steps[code]
        name = after.name[lang]
        if after.kind == "condition" and code not in seen:
            then = " / ".join(_ways(regulation, after, lang, seen | {code}))
            yield f"{name} → {then}" if then else name
        else:
            yield name


def _whole(value: object, *, otherwise: int) -> int:
    """``value`` where it is a row number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_ROW:
        return value
    return otherwise


def _sort(model: object) -> Iterator[tuple[str, Direction]]:
    """The known columns of a grid's ``sortModel``, each once."""
    seen = set()
    for entry in model if isinstance(model, list) else []:
        column = entry.get("colId") if isinstance(entry, Mapping) else None
        if not isinstance(column, str) or column not in SORTABLE or column in seen:
            continue
        seen.add(column)
        yield SORTABLE[column], "asc" if entry.get("sort") == "asc" else "desc"

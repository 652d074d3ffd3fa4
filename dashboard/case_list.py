"""The list of late and soon due cases, as a grid or a file asks for it and as a reader reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from dashboard import case_view, queries
from dashboard.access import Permission, Scope
from dashboard.case_view import SORTABLE, USUAL_SORT
from dashboard.context import Context
from dashboard.i18n import NOTHING, is_missing
from dashboard.queries import OverduePage, RemarkState
from dashboard.queries.late import Only
from dashboard.queries.overdue import Direction
from etl.regulation.model import Lang, Regulation, Step

BLOCK = 100  # rows that a grid asks for at a time
_LARGEST_BLOCK = 1_000
_LAST_ROW = 10**9
_LATEST_FIRST: tuple[tuple[str, Direction], ...] = ((SORTABLE[USUAL_SORT[0]], USUAL_SORT[1]),)


@dataclass(frozen=True)
class Window:
    """Which rows, half open, in which order."""

    start: int = 0
    end: int = BLOCK
    sort: tuple[tuple[str, Direction], ...] = _LATEST_FIRST


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
        only=case_view.shown(context.query),
        remark=remark_state(context),
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


def remark_counts(context: Context) -> dict[RemarkState | None, int]:
    """How many of the chosen cases are in each state of their remarks; under None in all."""
    return queries.remark_counts(
        context.engine,
        context.filter,
        scope=context.scope,
        regulation=context.regulation,
        at_risk_days=context.settings.at_risk_days,
        only=case_view.shown(context.query),
    )


def records(context: Context, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row in the reader's words: COLUMNS, and ``late`` (bool) beside them.

    What was written to a case shows where it is within the reader's scope.
    """
    scope = context.scope
    return [_record(context, row, scope) for row in rows.to_dict("records")]


def remarked(row: Mapping[Any, Any], scope: Scope) -> dict[str, Any]:
    """What was written to the case of a row, where the scope holds it: expected_on, note,
    written_by, written_at (UTC); None for what there is not."""
    held = scope.holds(channel=row["channel"], service_point=row["service_point"])
    names = ("expected_on", "note", "written_by", "written_at")
    return {name: row[name] if held and not is_missing(row[name]) else None for name in names}


def expected(context: Context, day: date | datetime | None) -> str:
    """An expected date, and whether it lies before the as-of date: in words, not by colour."""
    if day is None:
        return NOTHING
    said = context.t.date(day)
    on = day.date() if isinstance(day, datetime) else day
    return context.t("{date}, passed", date=said) if on < context.filter.as_of else said


def remark_state(context: Context) -> RemarkState | None:
    """Which cases by what was written to them; all for who may not see that."""
    return case_view.remark(context.query) if context.may(Permission.CASES) else None


def order(context: Context) -> tuple[tuple[str, Direction], ...]:
    """The order that the address asks for, as the queries take it."""
    field, way = case_view.parse(context.query).sort
    return ((SORTABLE[field], way),)


def following(regulation: Regulation, code: str, lang: Lang) -> str:
    """What may come after a step: processes, each behind the conditions that lead to it."""
    step = regulation.steps.get(code)
    if step is None:
        return NOTHING
    return "; ".join(_ways(regulation, step, lang, frozenset())) or NOTHING


def _record(context: Context, row: Mapping[Any, Any], scope: Scope) -> dict[str, Any]:
    t = context.t
    written = remarked(row, scope)
    days = row["days_in_step"]
    step = "" if is_missing(row["step"]) else row["step"]
    return {
        "case_id": row["case_id"],
        "lateness": lateness(context, row["days_late"]),
        "late": row["days_late"] > 0,
        "due_on": t.date(row["due_on"]),
        "expected": expected(context, written["expected_on"]),
        "note": written["note"] or NOTHING,
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

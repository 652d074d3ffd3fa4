"""Registered applications against the register of the queue: whether each side has the other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from dashboard import html, noted, queries
from dashboard.access import Permission
from dashboard.audit import UnnotedError
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet, table
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.i18n import N_, NOTHING, is_missing
from dashboard.queries import GAPS, Gap, Reconciled
from dashboard.sheet import Column, Sheet

_LISTED = 100  # rows of a kind that a page shows, those waiting longest first
_NAMES: Mapping[Gap, str] = {
    "not_listed": N_("Registered, but not in the register"),
    "other_category": N_("In the register under another category"),
    "no_number": N_("Registered without a number in the queue"),
    "no_application": N_("In the register without an application"),
}


KEY = "register"


class _Record(NamedTuple):
    """A row of ``Reconciled.rows``."""

    gap: Gap
    case_id: Any
    number: Any
    category: str
    service_point: Any
    on_day: Any


def panel(here: Context, *, lists: bool) -> html.Section:
    """Both sides side by side, adding up. ``lists``: with the single cases and entries."""
    t, found = here.t, _found(here)
    numbers = sheet(here)
    if found.since is None:
        why = nothing_here(t("No application has been registered yet."))
        return _panel(numbers.title, "", why)
    if not found.tells_numbers:
        said = t("The sources do not say which number in the queue an application received.")
        return _panel(numbers.title, "", nothing_here(said))
    listed = _lists(here, found) if lists and here.may(Permission.CASES) else []
    return of_sheet(here, numbers, *listed, folded=False)


def _lists(here: Context, found: Reconciled) -> list[Any]:
    """The single records of each kind that are the reader's own."""
    columns = [found.rows[name].tolist() for name in found.rows]
    records = [_Record(*record) for record in zip(*columns, strict=True)]
    try:
        numbers = [one.case_id for one in records if not is_missing(one.case_id)]
        noted.cases_seen(here, KEY, numbers)
    except UnnotedError:
        why = here.t("The lists are not shown, because that cannot be noted in the audit now.")
        return [nothing_here(why)]
    shown = {gap: [one for one in records if one.gap == gap] for gap in GAPS}
    return [_list(here, gap, found, shown[gap]) for gap in GAPS if found.gaps[gap]]


def sheet(here: Context) -> Sheet:
    """How many of each kind; zeros where the two cannot be matched."""
    t, found = here.t, _found(here)
    gaps, matched = found.gaps, found.matched
    of_cases = matched + sum(gaps[gap] for gap in GAPS if gap != "no_application")
    return Sheet(
        key=KEY,
        title=_title(here, found),
        subtitle=t(
            "by the number in the queue, on {date}; entries older than {since} were made before "
            "the applications that are known here",
            date=t.date(here.filter.as_of),
            since=t.date(found.since),
        ),
        columns=[Column(t("what")), Column(t("how many"), "number")],
        rows=[
            [t("Registered applications"), of_cases],
            [t("in the register under the same category"), matched],
            *([t(_NAMES[gap]), gaps[gap]] for gap in GAPS),
        ],
    )


def _found(here: Context) -> Reconciled:
    found = queries.reconciled(
        here.engine,
        scope=here.scope,
        as_of=here.filter.as_of,
        categories=here.filter.categories,
        most=_LISTED,
    )
    gaps = {gap: here.count(n) for gap, n in found.gaps.items()}
    return replace(found, matched=here.count(found.matched), gaps=gaps)


def _title(here: Context, found: Reconciled) -> str:
    t, apart = here.t, sum(found.gaps.values())
    if found.since is None or not found.tells_numbers:
        return t("Applications against the register")
    if not apart:
        return t("Every registered application stands in the register, and the reverse")
    return t.plural(
        "{n} record stands on one side alone: applications against the register",
        "{n} records stand on one side alone: applications against the register",
        apart,
    )


def _list(here: Context, gap: Gap, found: Reconciled, rows: list[_Record]) -> html.Details:
    t, name = here.t, here.t(_NAMES[gap])
    said = _left_out(here, gap, found, len(rows))
    more = [html.P(text, className="kz-subtitle") for text in said]
    if not rows:
        return html.Details([html.Summary(name), *more], className="kz-folded")
    head = [
        t("case"),
        t("number in the queue"),
        t("category"),
        t("service point"),
        t("registered on"),
    ]
    cells = [_cells(here, one) for one in rows]
    return html.Details(
        [html.Summary(name), *more, table(name, head, cells, text_columns=len(head))],
        className="kz-folded",
    )


def _left_out(here: Context, gap: Gap, found: Reconciled, shown: int) -> Iterator[str]:
    """What a list does not hold: records of others, and those after the longest standing."""
    t = here.t
    if not here.scope.every:
        yield t(
            "Yours: {own} of {all}.",
            own=t.number(found.own[gap]),
            all=t.number(found.gaps[gap]),
        )
    if shown < found.own[gap]:
        yield t(
            "The {shown} that have stood so longest, of {all}.",
            shown=t.number(shown),
            all=t.number(found.own[gap]),
        )


def _cells(here: Context, one: _Record) -> list[str]:
    return [
        _text(one.case_id),
        _text(one.number),
        here.name("categories", one.category),
        NOTHING
        if is_missing(one.service_point)
        else here.name("service_points", one.service_point),
        here.t.date(one.on_day),
    ]


def _text(value: Any) -> str:
    return NOTHING if is_missing(value) else str(value)

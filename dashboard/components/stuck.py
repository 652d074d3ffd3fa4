"""At which step the overdue cases stand, and what the regulation wants next."""

from __future__ import annotations

from typing import Any

from dashboard import html, queries
from dashboard.components.attributes import aria
from dashboard.components.panel import of_sheet
from dashboard.context import Context
from dashboard.i18n import NOTHING, is_missing
from dashboard.kpi.small_numbers import Few
from dashboard.sheet import Column, Sheet

KEY = "stuck"
_SHOWN = 5  # steps told one by one; the rest together

Stand = tuple[Any, int, float | None]  # a step, how many stand at it, their mean days there


def panel(here: Context) -> html.Details:
    """The steps with the most overdue cases as bars, folded so that the list stays in sight."""
    t = here.t
    found = _found(here)
    bars = html.Ul(_rows(here, found), className="kz-bars kz-stuck")
    return html.Details(
        [
            html.Summary(t("Where the overdue cases stand")),
            of_sheet(here, _sheet(here, found), bars, chart=True),
        ],
        className="kz-folded",
    )


def sheet(here: Context) -> Sheet:
    """A row a step, the one with the most overdue cases first."""
    return _sheet(here, _found(here))


def _sheet(here: Context, found: list[Stand]) -> Sheet:
    t = here.t
    return Sheet(
        key=KEY,
        title=_title(here, found),
        subtitle=t(
            "by the latest step of each case, overdue on {date}; n = {n}",
            date=t.date(here.filter.as_of),
            n=t.number(here.compute("overdue")["overdue"]),
        ),
        columns=[
            Column(t("step")),
            Column(t("item")),
            Column(t("overdue cases"), "number"),
            Column(t("days since it, on average"), "number"),
        ],
        rows=[[_name(here, step), _item(here, step), n, days] for step, n, days in found],
    )


def _title(here: Context, found: list[Stand]) -> str:
    """At which step the most stand, where that is one."""
    t = here.t
    if not found:
        return t("No case is overdue")
    step, n, _ = found[0]
    if is_missing(step) or (len(found) > 1 and found[1][1] == n):
        return t.plural(
            "The overdue cases stand at {n} step",
            "The overdue cases stand at {n} steps",
            len(found),
        )
    return t.plural(
        "Of {n} overdue case {own} stands at: {step}",
        "Of {n} overdue cases {own} stand at: {step}",
        here.compute("overdue")["overdue"],
        own=t.number(n),
        step=_name(here, step),
    )


def _rows(here: Context, found: list[Stand]) -> list[html.Li]:
    others = [n for _, n, _ in found[_SHOWN:]]
    rest = others[0] if len(others) == 1 else sum(others)
    most = max(*(n for _, n, _ in found), rest)
    rows = [_row(here, _name(here, step), n, days, most) for step, n, days in found[:_SHOWN]]
    if others:
        named = here.t.plural("{n} more step", "{n} more steps", len(others))
        rows.append(_row(here, named, rest, None, most))
    return rows


def most_stuck(here: Context) -> tuple[int, str] | None:
    """How many of the overdue stand at the step that most of them stand at, and its name."""
    found = _found(here)
    if not found or is_missing(found[0][0]):
        return None
    return found[0][1], _name(here, found[0][0])


def _found(here: Context) -> list[Stand]:
    """Each step, how many stand at it, and their mean days there, of which few are not told."""
    found = queries.stuck(here.engine, here.filter, regulation=here.regulation)
    counts = [here.count(int(n)) for n in found["n"]]
    return [
        (step, n, None if isinstance(n, Few) else days)
        for step, n, days in zip(found["step"], counts, found["days"], strict=True)
    ]


def _name(here: Context, step: Any) -> str:
    return here.t("no step is known") if is_missing(step) else here.name("steps", step)


def _item(here: Context, step: Any) -> str:
    known = None if is_missing(step) else here.regulation.steps.get(step)
    return known.item if known else NOTHING


def _row(here: Context, name: str, n: int, days: float | None, most: int) -> html.Li:
    t = here.t
    waited = ""
    if days is not None and not is_missing(days):
        waited = t("{days} on average", days=t.days(round(days)))
    return html.Li(
        [
            html.Span(name),
            html.Span(t.number(n), className="kz-bar-value"),
            html.Span(
                html.Span(className="kz-bar", style={"width": f"{100 * n / most:.2f}%"}),
                className="kz-bar-room",
                **aria(hidden="true"),
            ),
            html.Span(waited, className="kz-bar-change"),
        ]
    )

"""At which step the overdue cases stand, and what the regulation wants next."""

from __future__ import annotations

from typing import Any

from dashboard import html, queries
from dashboard.components.attributes import aria
from dashboard.context import Context
from dashboard.i18n import is_missing
from dashboard.kpi.small_numbers import Few

_SHOWN = 5  # steps told one by one; the rest together


def panel(here: Context) -> html.Details:
    """The steps with the most overdue cases as bars, folded so that the list stays in sight."""
    t = here.t
    found = _found(here)
    rest = sum(n for _, n, _ in found[_SHOWN:])
    most = max(*(n for _, n, _ in found), rest)
    rows = [_row(here, _name(here, step), n, days, most) for step, n, days in found[:_SHOWN]]
    if others := len(found[_SHOWN:]):
        named = t.plural("{n} more step", "{n} more steps", others)
        rows.append(_row(here, named, rest, None, most))
    return html.Details(
        [
            html.Summary(t("Where the overdue cases stand")),
            html.Ul(rows, className="kz-bars kz-stuck"),
        ],
        className="kz-folded",
    )


def most_stuck(here: Context) -> tuple[int, str] | None:
    """How many of the overdue stand at the step that most of them stand at, and its name."""
    found = _found(here)
    if not found or is_missing(found[0][0]):
        return None
    return found[0][1], _name(here, found[0][0])


def _found(here: Context) -> list[tuple[Any, int, float | None]]:
    """Each step, how many stand at it, and their mean days there, of which few are not told."""
    found = queries.stuck(here.engine, here.filter, regulation=here.regulation)
    counts = [here.count(int(n)) for n in found["n"]]
    return [
        (step, n, None if isinstance(n, Few) else days)
        for step, n, days in zip(found["step"], counts, found["days"], strict=True)
    ]


def _name(here: Context, step: Any) -> str:
    return here.t("no step is known") if is_missing(step) else here.name("steps", step)


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

"""The satisfied of a question by service point, compared by their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard import html
from dashboard.components.actions import alternative
from dashboard.components.comparison import TOGETHER, Office, finding, side
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet
from dashboard.context import Context
from dashboard.figures import intervals
from dashboard.filters import escaped
from dashboard.sheet import Column, Sheet
from etl.regulation.model import Question

_PATH = "/satisfaction"


def key(question: Question) -> str:
    """What the sheet of a question is called in addresses."""
    return f"places-{question.code}"


def panel(here: Context, question: Question) -> html.Section:
    """Each place's share of the satisfied with its 95 % interval, against the whole's share."""
    t, whole = here.t, _whole(here, question)
    rows = _places(here, question, whole)
    numbers = _sheet(here, question, rows, whole)
    told = [one for one in rows if one.value is not None]
    if not told:
        why = nothing_here(t("Too few answers in this period."))
        return of_sheet(here, numbers, why, meaning=meaning(here, "satisfied"))
    said = "" if whole is None else t("all: {share}", share=t.percent(whole, 0))
    return of_sheet(
        here,
        numbers,
        graph(
            intervals.intervals(t, told, whole=whole, whole_name=said),
            name=f"satisfaction-{key(question)}",
            alt=alternative(numbers, said),
            lang=here.lang,
            height=intervals.height(len(told)),
            leads=True,
        ),
        chart=True,
        meaning=meaning(here, "satisfied"),
    )


def sheet(here: Context, question: Question) -> Sheet:
    """A row a place in order of value, which leads to its answers."""
    whole = _whole(here, question)
    return _sheet(here, question, _places(here, question, whole), whole)


def _whole(here: Context, question: Question) -> float | None:
    share: float | None = here.compute("satisfied")["satisfied"][question.code]["value"]
    return share


def _places(here: Context, question: Question, whole: float | None) -> list[Office]:
    found = []
    for row in here.compute_by("service_point", "satisfied"):
        said, code = row["satisfied"][question.code], row["service_point"]
        low, high = said["low"], said["high"]
        name = here.name("service_points", code)
        office = Office(code, name, said["value"], low, high, said["n"], side(low, high, whole))
        found.append(office)
    return sorted(found, key=lambda one: (one.value is None, one.value or 0))


def _sheet(here: Context, question: Question, rows: Sequence[Office], whole: float | None) -> Sheet:
    t = here.t
    return Sheet(
        key=key(question),
        title=f"{question.short[here.lang]}. {_finding(here, rows, whole)}",
        subtitle=t(
            "Share of the satisfied, 95 % intervals; in order of value, no ranking. "
            "Fewer than {n} answers are not shown",
            n=t.number(here.settings.min_answers),
        ),
        columns=[
            Column(t("Service point")),
            Column(t("satisfied"), "share"),
            Column(t("95 % interval"), "interval"),
            Column(t("answers"), "number"),
        ],
        rows=[[one.name, *cells(here, one.value, one.low, one.high, one.n)] for one in rows],
        links=[here.href(_PATH, service_point=escaped(one.code)) for one in rows],
    )


def cells(
    here: Context, value: float | None, low: float | None, high: float | None, n: int | None
) -> list[Any]:
    """A share of the satisfied, its interval and the answers; in words where too few answered."""
    if n == 0:
        return [None, None, 0]
    if value is None:
        return [here.t("too few answers"), None, None]
    return [value, (low, high), n]


def _finding(here: Context, rows: Sequence[Office], whole: float | None) -> str:
    """Who is behind the whole, beyond chance, or who alone is told of."""
    told = [one for one in rows if one.value is not None]
    asked = [one for one in rows if one.n != 0]
    if len(told) == 1 == len(asked) < len(rows):
        return here.t("All answers are of {name}", name=told[0].name)
    if len(told) < TOGETHER or whole is None:
        return here.t("Service points side by side")
    return finding(here, [one.name for one in told if one.side == "below"])

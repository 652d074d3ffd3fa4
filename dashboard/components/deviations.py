"""At which steps of the diagrams the finished cases deviate, and the way to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from dashboard import html, queries
from dashboard.access import Permission
from dashboard.briefing import when
from dashboard.components.actions import actions
from dashboard.components.data_table import data_table
from dashboard.context import Context
from dashboard.i18n import NOTHING
from dashboard.kpi.small_numbers import Few
from dashboard.measures.words import DEVIATIONS
from dashboard.sheet import Column, Sheet
from etl.courses import packed

KEY = "deviations"
CASES_PATH = "/deviations"
_SHOWN = 8  # rows that stand open


@dataclass(frozen=True)
class Deviation:
    """One way to deviate in one channel; ``steps`` are codes, and ``n`` cases as they are told."""

    kind: str
    channel: str
    steps: tuple[str, ...]
    n: int

    @property
    def key(self) -> str:
        """What it is called in an address."""
        return key_of(self.kind, self.channel, packed.joined(self.steps))


def key_of(kind: str, channel: str, steps: str) -> str:
    """The same of its parts, with the steps as ``queries.deviating`` has them."""
    return ".".join((kind, channel, *packed.parted(steps)))


def panel(here: Context) -> list[Any]:
    """The commonest, the others folded away; nothing where every case kept to its diagram."""
    numbers = sheet(here)
    if not numbers.rows:
        return []
    first = replace(numbers, rows=numbers.rows[:_SHOWN], links=numbers.links[:_SHOWN])
    return [
        html.H3(numbers.title, className="kz-within"),
        html.P(numbers.subtitle, className="kz-subtitle"),
        data_table(here.t, first),
        actions(here, numbers, chart=False, folded=len(numbers.rows) > _SHOWN),
    ]


def sheet(here: Context) -> Sheet:
    """A row a way to deviate, the commonest first, which leads to its cases whoever may see any."""
    t, found = here.t, deviations(here)
    leads = here.may(Permission.CASES)
    return Sheet(
        key=KEY,
        title=_title(here, found),
        subtitle=t(
            "finished {when}; a case may deviate in several ways; items of the regulation",
            when=when(t, here.filter.period_from, here.filter.period_to),
        ),
        columns=[
            Column(t("step")),
            Column(t("deviation")),
            Column(t("channel")),
            Column(t("item")),
            Column(t("cases"), "number"),
        ],
        rows=[
            [
                steps_in_words(here, one.steps),
                t(DEVIATIONS[one.kind]),
                here.name("channels", one.channel),
                items(here, one.steps),
                one.n,
            ]
            for one in found
        ],
        links=[here.href(CASES_PATH, deviation=one.key) for one in found] if leads else [],
    )


def deviations(here: Context) -> list[Deviation]:
    """What deviates, the commonest first; among equals in the order of the diagrams.

    The mart is asked first: where it knows of none, no course is read.
    """
    if not here.compute("deviations")["deviations"]["total"]:
        return []
    rows = queries.deviating(here.engine, here.filter, regulation=here.regulation)
    counts = Counter(zip(rows["kind"], rows["channel"], rows["steps"], strict=True))
    found = [
        Deviation(kind, channel, packed.parted(steps), here.count(n))
        for (kind, channel, steps), n in counts.items()
    ]
    order = {code: place for place, code in enumerate(here.regulation.steps)}
    kinds = list(DEVIATIONS)

    def rank(one: Deviation) -> tuple[Any, ...]:
        places = [order.get(step, len(order)) for step in one.steps]
        return isinstance(one.n, Few) - one.n, places, one.channel, kinds.index(one.kind)

    return sorted(found, key=rank)


def steps_in_words(here: Context, steps: tuple[str, ...]) -> str:
    """The names of steps; a step that the regulation does not know stands as its source has it."""
    known = here.regulation.steps
    return " / ".join(here.name("steps", code) if code in known else code for code in steps)


def items(here: Context, steps: tuple[str, ...]) -> str:
    """The items of the regulation that have these steps; "–" for none."""
    known = here.regulation.steps
    return ", ".join(dict.fromkeys(known[code].item for code in steps if code in known)) or NOTHING


def _title(here: Context, found: list[Deviation]) -> str:
    """The commonest one, where one is the commonest."""
    t = here.t
    if not found:
        return t("No case deviates from its diagram")
    most = found[0]
    if len(found) > 1 and found[1].n == most.n:
        return t.plural(
            "{n} way to deviate, none of them the commonest",
            "{n} ways to deviate, none of them the commonest",
            len(found),
        )
    return t.plural(
        "Most often: {kind}, {n} case – {step}",
        "Most often: {kind}, {n} cases – {step}",
        most.n,
        kind=t(DEVIATIONS[most.kind]),
        step=steps_in_words(here, most.steps),
    )

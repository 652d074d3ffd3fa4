"""Whether the finished cases kept to the diagram, and in which way the others did not."""

from __future__ import annotations

from typing import Any

from dashboard.components import deviations
from dashboard.components.actions import actions
from dashboard.components.data_table import data_table
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.measures.words import DEVIATIONS
from dashboard.sheet import Column, Sheet

KEY = "conformance"
_TITLE = N_("Keeping to the diagram")


def panel(here: Context) -> Any:
    """A row for what kept to it and each kind of deviation."""
    found = _sheet(here)
    if not found.rows:
        return _panel(found.title, "", nothing_here(found.subtitle))
    said = meaning(here, "conformance", "deviations")
    below = actions(here, found, chart=False, folded=False, meaning=said)
    parts = [data_table(here.t, found), below, *deviations.panel(here)]
    return _panel(found.title, found.subtitle, *parts)


def sheet(here: Context) -> Sheet:
    """The same rows; none where no case was finished in the period."""
    return _sheet(here)


def _sheet(here: Context) -> Sheet:
    t = here.t
    found = here.compute("conformance", "deviations")
    share, n, of = found["conformance"], found["conformance_n"], found["deviations"]
    columns = [Column(t("course of the case")), Column(t("cases"), "number")]
    columns.append(Column(t("share of the finished"), "share", 1))
    if not n:
        nothing = t("No application was finished in the period.")
        return Sheet(key=KEY, title=t(_TITLE), subtitle=nothing, columns=columns, rows=[])
    interval = t.interval(found["conformance_low"], found["conformance_high"], 1)
    return Sheet(
        key=KEY,
        title=t(_TITLE)
        if share is None
        else t("{share} of the finished cases keep to the diagram", share=t.percent(share, 1)),
        subtitle=t.plural(
            "{n} case finished in the period; 95 % interval {interval}; a case may deviate in "
            "several ways",
            "{n} cases finished in the period; 95 % interval {interval}; a case may deviate in "
            "several ways",
            n,
            interval=interval,
        ),
        columns=columns,
        rows=[
            [t("as the diagram has it"), n - of["total"], share],
            *([t(words), of[kind], here.share(of[kind], n)] for kind, words in DEVIATIONS.items()),
        ],
    )

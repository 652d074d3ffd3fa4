"""Who answers the survey, against who applied: whether the answers can speak for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import html
from dashboard.briefing import when
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.sheet import Column, Sheet

Row = Mapping[str, Any]


KEY = "who"


def panel(here: Context) -> html.Section:
    """Each place's part of the applications beside its part of the answered forms."""
    numbers = sheet(here)
    if not numbers.rows:
        why = nothing_here(here.t("Nobody applied in this period."))
        return _panel(numbers.title, "", why, wide=True)
    return of_sheet(here, numbers, folded=False, meaning=meaning(here, "response_rate"), wide=True)


def sheet(here: Context) -> Sheet:
    """A row a service point; no rows where nobody applied."""
    # A form says only where it was given: under a filter of channels nothing could be set beside.
    here = here.without("channel", "category")
    t = here.t
    rows = here.compute_by("service_point", "received", "response_rate")
    applied = sum(row["received"] for row in rows)
    period = when(t, here.filter.period_from, here.filter.period_to)
    return Sheet(
        key=KEY,
        title=_title(here, rows, applied) if applied else t("Who answers, against who applied"),
        subtitle=t("applications received and forms answered {when}", when=period),
        columns=[
            Column(t("Service point")),
            Column(t("applied"), "number"),
            Column(t("of all"), "share"),
            Column(t("forms"), "number"),
            Column(t("of all"), "share"),
            Column(t("forms for each finished application"), "number", 2),
        ],
        rows=[_cells(here, row, applied, _forms(rows)) for row in rows if applied],
    )


def _title(here: Context, rows: Sequence[Row], applied: int) -> str:
    asking = {place.code for place in here.regulation.service_points if place.surveys}
    unasked = sum(row["received"] for row in rows if row["service_point"] not in asking)
    if not unasked:
        return here.t("Every place that takes applications hands out the survey")
    share = here.share(unasked, applied)
    if share is None:
        return here.t("Who answers, against who applied")
    return here.t(
        "{share} of applicants applied where nobody asks them", share=here.t.percent(share)
    )


def _forms(rows: Sequence[Row]) -> int | None:
    """All forms of the rows; None where one of them is not told, so that none can be reckoned."""
    total = 0
    for row in rows:
        given = (row["response_rate"] or {}).get("responses")
        if given is None:
            return None
        total += given
    return total


def _cells(here: Context, row: Row, applied: int, forms: int | None) -> list[Any]:
    t, rate = here.t, row["response_rate"]
    place = here.name("service_points", row["service_point"])
    first = [place, row["received"], here.share(row["received"], applied)]
    if rate is None or rate["responses"] is None:
        return [*first, t("too few answers"), None, None]
    share = rate["responses"] / forms if forms else None
    return [*first, rate["responses"], share, rate["value"]]

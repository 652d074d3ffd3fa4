"""What changed in the period, adding up to the last case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dash import html

from dashboard.components.meaning import meaning
from dashboard.components.panel import panel as _panel
from dashboard.context import Context

_FLOW = ("received", "decided", "returned", "outcome_pending")


def panel(here: Context) -> Any:
    """Open before, received, decided, returned, results not known yet, open after."""
    t, f = here.t, here.filter
    before_on, after_on = f.period_from - timedelta(days=1), min(f.period_to, f.as_of)
    flow = here.compute(*_FLOW)
    before = here.compute("open", as_of=min(before_on, f.as_of))["open"]
    after = here.compute("open", as_of=after_on)["open"]
    pending = []
    if flow["outcome_pending"]:
        unknown = t.signed(-flow["outcome_pending"])
        pending.append(_row(t("finished, result not known yet"), unknown))
    return _panel(
        _title(here, after - before),
        t("Applications in progress; the lines add up"),
        html.Table(
            [
                html.Caption(t("What changed in the period"), className="visually-hidden"),
                html.Tbody(
                    [
                        _row(t("In progress on {date}", date=t.date(before_on)), t.number(before)),
                        _row(t("received"), t.signed(flow["received"])),
                        _row(t("decided"), t.signed(-flow["decided"])),
                        _row(t("returned as incomplete"), t.signed(-flow["returned"])),
                        *pending,
                        _row(
                            t("In progress on {date}", date=t.date(after_on)),
                            t.number(after),
                            total=True,
                        ),
                    ]
                ),
            ],
            className="kz-table",
        ),
        meaning=meaning(here, "open", *_FLOW),
    )


def _title(here: Context, change: int) -> str:
    t = here.t
    if change > 0:
        return t.plural(
            "{n} more in progress than before the period",
            "{n} more in progress than before the period",
            change,
        )
    if change < 0:
        return t.plural(
            "{n} fewer in progress than before the period",
            "{n} fewer in progress than before the period",
            -change,
        )
    return t("As many in progress as before the period")


def _row(name: str, value: str, *, total: bool = False) -> html.Tr:
    return html.Tr(
        [html.Th(name, scope="row"), html.Td(value, className="kz-number")],
        className="kz-total" if total else "",
    )

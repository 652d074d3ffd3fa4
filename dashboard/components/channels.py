"""The channels side by side."""

from __future__ import annotations

from typing import Any

from dashboard.components.meaning import meaning
from dashboard.components.panel import of_sheet
from dashboard.context import Context
from dashboard.filters import escaped
from dashboard.sheet import Column, Sheet

KEY = "channels"
_MEASURES = ("received", "decided", "within_limit", "days_p50", "days_p90")


def panel(here: Context) -> Any:
    """What came in by each way, what became of it, and how fast."""
    return of_sheet(here, sheet(here), folded=False, meaning=meaning(here, *_MEASURES))


def sheet(here: Context) -> Sheet:
    """A row a channel, which leads to its overdue cases."""
    t = here.t
    rows = here.compute_by("channel", *_MEASURES)
    return Sheet(
        key=KEY,
        title=_title(here, rows),
        subtitle=t("received and decided in the period; days from reception to result"),
        columns=[
            Column(t("channel")),
            Column(t("received"), "number"),
            Column(t("decided"), "number"),
            Column(t("within the limit"), "share", 1),
            Column(t("half within, days"), "number"),
            Column(t("90 % within, days"), "number"),
        ],
        rows=[
            [here.name("channels", row["channel"]), *(row[measure] for measure in _MEASURES)]
            for row in rows
        ],
        links=[here.href("/overdue", channel=escaped(row["channel"])) for row in rows],
    )


def _title(here: Context, rows: list[dict[str, Any]]) -> str:
    """Through which way most applications come."""
    t, total = here.t, sum(row["received"] for row in rows)
    most = max(rows, key=lambda row: row["received"])
    share = here.share(most["received"], total)
    tied = sum(row["received"] == most["received"] for row in rows) > 1
    if share is None or tied or len(rows) == 1:
        return t("The channels side by side")
    return t(
        "{share} of applications come this way: {channel}",
        share=t.percent(share, 0),
        channel=here.name("channels", most["channel"]),
    )

"""The channels side by side."""

from __future__ import annotations

from typing import Any

from dashboard.components.meaning import meaning
from dashboard.components.panel import panel as _panel
from dashboard.components.panel import table
from dashboard.context import Context

_MEASURES = ("received", "decided", "within_limit", "days_p50", "days_p90")


def panel(here: Context) -> Any:
    """What came in by each way, what became of it, and how fast."""
    t = here.t
    rows = here.compute_by("channel", *_MEASURES)
    title = _title(here, rows)
    return _panel(
        title,
        t("received and decided in the period; days from reception to result"),
        table(
            title,
            [
                t("channel"),
                t("received"),
                t("decided"),
                t("within the limit"),
                t("half within, days"),
                t("90 % within, days"),
            ],
            [
                [
                    here.name("channels", row["channel"]),
                    t.number(row["received"]),
                    t.number(row["decided"]),
                    t.percent(row["within_limit"]),
                    t.number(row["days_p50"]),
                    t.number(row["days_p90"]),
                ]
                for row in rows
            ],
        ),
        meaning=meaning(here, *_MEASURES),
    )


def _title(here: Context, rows: list[dict[str, Any]]) -> str:
    """Through which way most applications come."""
    t, total = here.t, sum(row["received"] for row in rows)
    if not total or len(rows) == 1:
        return t("The channels side by side")
    most = max(rows, key=lambda row: row["received"])
    return t(
        "{share} of applications come this way: {channel}",
        share=t.percent(most["received"] / total, 0),
        channel=here.name("channels", most["channel"]),
    )

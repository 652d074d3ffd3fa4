"""Service points compared by their intervals."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.briefing import when
from dashboard.components.graph import graph
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel as _panel
from dashboard.components.panel import table
from dashboard.context import Context
from dashboard.figures import intervals

_COLUMNS = ["name", "value", "low", "high", "n", "side"]


def panel(here: Context, *, name: str) -> Any:
    """Each office's share within the limit with its 95 % interval, against the whole's share."""
    t = here.t
    whole = here.compute("within_limit")["within_limit"]
    rows = offices(here, whole)
    period = when(t, here.filter.period_from, here.filter.period_to)
    if rows.empty:
        return _panel(
            t("Service points compared"),
            period,
            nothing_here(t("No application was due {when}.", when=period)),
        )
    title = finding(here, rows)
    return _panel(
        title,
        t(
            "Within the legal limit, due {when}, 95 % intervals; in order of value, no ranking",
            when=period,
        ),
        graph(
            intervals.intervals(
                t, rows, whole=whole, whole_name=t("all: {share}", share=t.percent(whole))
            ),
            name=name,
            alt=title,
            lang=here.lang,
            height=intervals.height(len(rows)),
        ),
        table=table(
            title,
            [t("Service point"), t("within the limit"), t("95 % interval"), t("due")],
            [
                [
                    r["name"],
                    t.percent(r["value"]),
                    t.interval(r["low"], r["high"], 1),
                    t.number(r["n"]),
                ]
                for r in rows.sort_values("value").to_dict("records")
            ],
        ),
        meaning=meaning(here, "within_limit"),
        t=t,
    )


def offices(here: Context, whole: float | None) -> pd.DataFrame:
    """Offices with anything due: name, value, low, high, n, side (of the whole's share)."""
    rows = [
        {
            "name": here.name("service_points", row["service_point"]),
            "value": row["within_limit"],
            **{part: row[f"within_limit_{part}"] for part in ("low", "high", "n")},
            "side": side(row["within_limit_low"], row["within_limit_high"], whole),
        }
        for row in here.compute_by("service_point", "within_limit")
        if row["within_limit_n"]
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def side(low: float | None, high: float | None, whole: float | None) -> str:
    """Where an interval lies: wholly "below" or "above" the whole's value, else the "same"."""
    if low is None or high is None or whole is None:
        return "same"
    if high < whole:
        return "below"
    return "above" if low > whole else "same"


def finding(here: Context, rows: pd.DataFrame) -> str:
    """Who stands apart, in words."""
    t = here.t
    below = list(rows.loc[rows["side"] == "below", "name"])
    if not below:
        return t("No service point is worse than the whole beyond chance")
    if len(below) == 1:
        return t("{name} is behind the whole, beyond chance", name=below[0])
    return t.plural(
        "{n} service point is behind the whole, beyond chance: {names}",
        "{n} service points are behind the whole, beyond chance: {names}",
        len(below),
        names=", ".join(below),
    )

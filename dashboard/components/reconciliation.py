"""What changed in the period, adding up to the last case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboard.components.meaning import meaning
from dashboard.components.panel import of_sheet
from dashboard.context import Context
from dashboard.kpi.small_numbers import Few
from dashboard.sheet import Column, Sheet, Stock

KEY = "changes"
_FLOW = ("received", "decided", "returned", "outcome_pending")


def panel(here: Context) -> Any:
    """Open before, received, decided, returned, results not known yet, open after."""
    return of_sheet(here, sheet(here), folded=False, meaning=meaning(here, "open", *_FLOW))


def sheet(here: Context) -> Sheet:
    """The lines that add up: the state before, each flow with its sign, the state after."""
    t, f = here.t, here.filter
    before_on, after_on = f.period_from - timedelta(days=1), min(f.period_to, f.as_of)
    flow = here.compute(*_FLOW)
    before = here.compute("open", as_of=min(before_on, f.as_of))["open"]
    after = here.compute("open", as_of=after_on)["open"]
    rows: list[list[Any]] = [
        [t("In progress on {date}", date=t.date(before_on)), _stock(before)],
        *([name, n] for name, n in _changes(here, flow)),
        [t("In progress on {date}", date=t.date(after_on)), _stock(after)],
    ]
    return Sheet(
        key=KEY,
        title=_title(here, after - before),
        subtitle=t("Applications in progress")
        if here.in_fives
        else t("Applications in progress; the lines add up"),
        columns=[Column(t("what changed")), Column(t("cases"), "signed")],
        rows=rows,
        total=True,
    )


def _changes(here: Context, flow: dict[str, Any]) -> list[tuple[str, int]]:
    """Each flow with its sign; results not known yet only where there are any."""
    t, pending = here.t, flow["outcome_pending"]
    return [
        (t("received"), flow["received"]),
        (t("decided"), _less(flow["decided"])),
        (t("returned as incomplete"), _less(flow["returned"])),
        *([(t("finished, result not known yet"), _less(pending))] if pending else []),
    ]


def _less(n: int) -> int:
    """What goes off; one to four stand without a sign, "−1–4" would be a span."""
    return n if isinstance(n, Few) else -n


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


def _stock(n: int) -> int:
    return n if isinstance(n, Few) else Stock(n)

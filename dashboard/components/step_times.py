"""Where the time of the cases goes: which steps they wait for, and how long."""

from __future__ import annotations

from typing import Any

from dashboard import html
from dashboard.components.attributes import aria
from dashboard.components.meaning import meaning
from dashboard.components.notices import nothing_here
from dashboard.components.panel import of_sheet
from dashboard.components.panel import panel as _panel
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.sheet import Column, Sheet

KEY = "steps"
_TITLE = N_("Where the time goes")
_SHOWN = 6  # steps as bars; the others are in the table

Step = tuple[str, dict[str, Any]]


def panel(here: Context) -> Any:
    """The steps that take the most of the time, as bars."""
    steps = _steps(here)
    if not steps:
        return _panel(here.t(_TITLE), "", nothing_here(here.t("No step was taken in the period.")))
    return of_sheet(
        here,
        _sheet(here, steps),
        html.Ul(
            [_bar(here, *step, most=steps[0][1]["share"] or 1) for step in steps[:_SHOWN]],
            className="kz-bars kz-steps",
        ),
        chart=True,
        meaning=meaning(here, "step_time"),
    )


def sheet(here: Context) -> Sheet:
    """A row a step, the one that takes the most time first."""
    return _sheet(here, _steps(here))


def _steps(here: Context) -> list[Step]:
    found = here.compute("step_time")["step_time"] or {}
    return sorted(found.items(), key=lambda step: -(step[1]["share"] or 0))


def _sheet(here: Context, steps: list[Step]) -> Sheet:
    t = here.t
    return Sheet(
        key=KEY,
        title=_title(here, steps) if steps else t(_TITLE),
        subtitle=t(
            "From the event before to the step's own, over the steps taken in the period: share of "
            "all the time, and how long half and 90 % of them took at most"
        ),
        columns=[
            Column(t("step")),
            Column(t("code")),
            Column(t("share of the time"), "share", 1),
            Column(t("half, days"), "number", 1),
            Column(t("90 %, days"), "number", 1),
            Column(t("steps taken"), "number"),
        ],
        rows=[
            [here.name("steps", code), code, of["share"], of["median"], of["p90"], of["n"]]
            for code, of in steps
        ],
    )


def _title(here: Context, steps: list[Step]) -> str:
    """Who has the cases for the most of the time, over all their steps."""
    shares: dict[str, float] = {}
    for code, of in steps:
        actor = _actor(here, code)
        shares[actor] = shares.get(actor, 0) + (of["share"] or 0)
    most = max(shares, key=lambda actor: shares[actor])
    return here.t(
        "{share} of the time goes to: {who}", share=here.t.percent(shares[most], 0), who=most
    )


def _actor(here: Context, code: str) -> str:
    step = here.regulation.steps.get(code)
    return here.name("actors", step.actor) if step else code


def _of_channels(here: Context, code: str) -> str:
    """Whose step it is: those of several channels may be called alike."""
    step = here.regulation.steps.get(code)
    return ", ".join(here.name("channels", c) for c in step.channels) if step else code


def _bar(here: Context, code: str, of: dict[str, Any], *, most: float) -> html.Li:
    t, share = here.t, of["share"] or 0
    return html.Li(
        [
            html.Span(here.name("steps", code)),
            html.Span(t.percent(of["share"], 0), className="kz-bar-value"),
            html.Span(
                html.Span(className="kz-bar", style={"width": f"{100 * share / most:.2f}%"}),
                className="kz-bar-room",
                **aria(hidden="true"),
            ),
            html.Span(
                t(
                    "{channel}: half ≤ {median}, 90 % ≤ {p90}; n = {n}",
                    channel=_of_channels(here, code),
                    median=t.days(of["median"], 1),
                    p90=t.days(of["p90"], 1),
                    n=t.number(of["n"]),
                ),
                className="kz-bar-change",
            ),
        ]
    )

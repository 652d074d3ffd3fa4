"""What will be late in the next fortnight, and how good such forecasts were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dash import dcc, html

from dashboard import measures, queries
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel as _panel
from dashboard.components.panel import table
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.kpi import forecast_score
from dashboard.kpi.forecast import HORIZON, Forecast
from dashboard.kpi.forecast_score import Verdict
from dashboard.measures import Outlook
from dashboard.queries import StoredForecast

_YEAR = timedelta(days=365)
_VERDICTS: Mapping[Verdict, str] = {
    "better": N_("So the forecast does better than that."),
    "same": N_("So the forecast does no better than that."),
    "worse": N_("So the forecast does WORSE than that: rather go by the last {span}."),
}


def panel(here: Context) -> Any:
    """How many open cases will pass their due date, by channel, and the score of past forecasts."""
    t, known_to = here.t, queries.known_to(here.engine)
    if known_to is not None and here.filter.as_of == known_to + timedelta(days=1):
        # A day that has not ended would count what is yet to be decided on it as late.
        here = replace(here, filter=replace(here.filter, as_of=known_to))
    as_of = here.filter.as_of
    if known_to is not None and as_of > known_to:
        return _without(
            here,
            t(
                "The data end on {date}: nothing can be foretold for a later day.",
                date=t.date(known_to),
            ),
        )
    whole, by_channel = measures.outlook(here.engine, here.regulation, here.filter)
    if whole.forecast is None:
        return _without(here, t("Too few such cases have been finished to foretell from."))
    if not whole.forecast.open:
        return _without(here, t("No case is in progress."))
    return _panel(
        _title(here, whole.forecast),
        _subtitle(here, whole.forecast),
        _table(here, by_channel),
        *_score(here),
        html.P(
            dcc.Link(t("Which cases are due soon"), href=here.href("/overdue", show="soon")),
            className="kz-said",
        ),
        html.Details(
            [html.Summary(t("How it is reckoned")), html.P(_method(here))], className="kz-folded"
        ),
    )


def _without(here: Context, why: str) -> Any:
    return _panel(here.t("What will pass its due date"), "", nothing_here(why))


def _title(here: Context, found: Forecast) -> str:
    t, n, span = here.t, round(found.expected), here.t.days(HORIZON)
    if not n:
        return t("In the next {span} hardly any case will pass its due date", span=span)
    return t.plural(
        "In the next {span} about {n} case will pass its due date",
        "In the next {span} about {n} cases will pass their due date",
        n,
        span=span,
    )


def _subtitle(here: Context, found: Forecast) -> str:
    t, first = here.t, here.filter.as_of
    return t(
        "unless they are finished before; 90 % interval: {low}–{high}. "
        "In progress: {open}, of them due {first} – {last}: {due}",
        low=t.number(found.low),
        high=t.number(found.high),
        open=t.number(found.open),
        due=t.number(found.due),
        first=t.date(first),
        last=t.date(first + timedelta(days=HORIZON - 1)),
    )


def _table(here: Context, by_channel: Mapping[str, Outlook]) -> html.Div:
    t = here.t
    return table(
        t("What will pass its due date"),
        [
            t("channel"),
            t("fall due"),
            t("will pass (90 %)"),
            t("in the last {span}", span=t.days(HORIZON)),
        ],
        [
            [here.name("channels", code), *_figures(here, found.forecast), t.number(found.naive)]
            for code, found in by_channel.items()
        ],
    )


def _figures(here: Context, found: Forecast | None) -> list[str]:
    t = here.t
    if found is None:
        return [t.number(None)] * 2
    between = f"{t.number(found.low)}–{t.number(found.high)}"
    return [t.number(found.due), f"{t.number(found.expected)} ({between})"]


def _score(here: Context) -> list[html.P]:
    """The score in words, of the whole city whatever the filter; that it is worse stands out."""
    t, past = here.t, _past(here)
    score = forecast_score.score(past)
    if score is None:
        return [
            html.P(
                t("No forecast has been scored yet; each is when its days have passed."),
                className="kz-said",
            )
        ]
    span = t.days(HORIZON)
    said = t.plural(
        "Over the last {n} forecast of the whole city it was off by {error} cases on average; "
        "“same as in the {span} before” would have been off by {naive}.",
        "Over the last {n} forecasts of the whole city they were off by {error} cases on average; "
        "“same as in the {span} before” would have been off by {naive}.",
        score.n,
        error=t.number(score.error, 1),
        naive=t.number(score.naive_error, 1),
        span=span,
    )
    verdict = t(_VERDICTS[score.verdict], span=span)
    worse = score.verdict == "worse"
    inside = t("The interval held what came in {share} of them.", share=t.percent(score.inside, 0))
    rest = [inside, _tested(here, past)] if any(f.is_backtest for f in past) else [inside]
    return [
        html.P(
            [said, " ", html.Strong(verdict, className="kz-worsening") if worse else verdict],
            className="kz-said",
        ),
        html.P(" ".join(rest), className="kz-said"),
    ]


def _past(here: Context) -> list[StoredForecast]:
    """The scored forecasts of the year to the as-of date whose days had passed by then."""
    as_of = here.filter.as_of
    held = queries.stored_forecasts(here.engine, clock=here.filter.clock, horizon=HORIZON)
    return [
        one
        for one in held
        if not one.channel
        and one.realised is not None
        and one.ended_on <= as_of
        and one.as_of >= as_of - _YEAR
    ]


def _tested(here: Context, past: list[StoredForecast]) -> str:
    t, tested = here.t, sum(one.is_backtest for one in past)
    if tested == len(past):
        return t("Tested on the past: made afterwards, from what had happened by their day.")
    return t.plural(
        "{n} of them was a test on the past: made afterwards, from what had happened by its day.",
        "{n} of them were tests on the past: made afterwards, from what had happened by their day.",
        tested,
    )


def _method(here: Context) -> str:
    return here.t(
        "Of the applications of the same channel received in the last 12 months: how many that "
        "were open at the same age were not finished by the due date (Kaplan–Meier). Where too "
        "few of a channel have been finished, those of all channels are taken. The interval "
        "takes in chance, the uncertainty of this curve, and by how much such forecasts missed "
        "in the last 12 fortnights. Every forecast is kept as it was made and scored when its "
        "days have passed."
    )

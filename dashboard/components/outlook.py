"""What will be late in the next fortnight, and how good such forecasts were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from dashboard import html, measures, queries
from dashboard.access import Permission
from dashboard.components.actions import actions
from dashboard.components.data_table import data_table
from dashboard.components.notices import nothing_here
from dashboard.components.panel import panel as _panel
from dashboard.components.sources import local
from dashboard.context import Context
from dashboard.i18n import N_
from dashboard.kpi import forecast_score
from dashboard.kpi.forecast import HORIZON, Forecast
from dashboard.kpi.forecast_score import Verdict
from dashboard.measures import Kept, Outlook
from dashboard.queries import StoredForecast, Told
from dashboard.sheet import Column, Sheet

KEY = "forecast"
_YEAR = timedelta(days=365)
_VERDICTS: Mapping[Verdict, str] = {
    "better": N_("So the forecast does better than that."),
    "same": N_("So the forecast does no better than that."),
    "worse": N_("So the forecast does WORSE than that: rather go by the last {span}."),
}


@dataclass(frozen=True)
class _Foretold:
    """What a request is shown, as of its own day; ``why`` instead where nothing can be foretold."""

    here: Context
    whole: Forecast | None = None
    by_channel: Mapping[str, Outlook] = field(default_factory=dict)
    kept: Kept | None = None
    why: str = ""


def panel(here: Context) -> Any:
    """How many open cases will pass their due date, by channel, and the score of past forecasts."""
    found = _foretold(here)
    t, here = here.t, found.here
    if found.whole is None:
        return _panel(t("What will pass its due date"), "", nothing_here(found.why))
    numbers = _sheet(found, found.whole)
    return _panel(
        numbers.title,
        numbers.subtitle,
        data_table(t, numbers),
        html.P(_made(here, found.kept), className="kz-subtitle"),
        *_score(here),
        *_soon(here),
        actions=actions(here, numbers, chart=False, folded=False, meaning=_meaning(here)),
    )


def sheet(here: Context) -> Sheet:
    """A row a channel: what falls due, what will pass its due date, what passed before."""
    found = _foretold(here)
    if found.whole is not None:
        return _sheet(found, found.whole)
    title = here.t("What will pass its due date")
    return Sheet(key=KEY, title=title, subtitle=found.why, columns=_columns(here), rows=[])


def _foretold(here: Context) -> _Foretold:
    t, told = here.t, queries.told(here.engine)
    if told is not None and here.filter.as_of == told.whole + timedelta(days=1):
        # A day that has not ended would count what is yet to be decided on it as late.
        here = replace(here, filter=replace(here.filter, as_of=told.whole))
    if told is not None and here.filter.as_of > told.whole:
        return _Foretold(here, why=_ends(here, told))
    kept = measures.kept(here.engine, here.filter)
    if kept is not None:
        whole, by_channel = kept.whole, kept.by_channel
    else:
        whole, by_channel = measures.outlook(here.engine, here.regulation, here.filter)
    if whole.forecast is None:
        return _Foretold(here, why=t("Too few such cases have been finished to foretell from."))
    if not whole.forecast.open:
        return _Foretold(here, why=t("No case is in progress."))
    return _Foretold(here, whole.forecast, by_channel, kept)


def _soon(here: Context) -> list[html.P]:
    """The way to the cases themselves, for those who may see them."""
    if not here.may(Permission.CASES):
        return []
    link = html.Link(here.t("Which cases are due soon"), href=here.href("/overdue", show="soon"))
    return [html.P(link, className="kz-said")]


def _ends(here: Context, told: Told) -> str:
    """Up to which day one can foretell, and whose data are behind."""
    t, day = here.t, here.t.date(told.whole)
    if told.behind:
        return t(
            "The data of {sources} end on {date}: nothing can be foretold for a later day.",
            sources=", ".join(told.behind),
            date=day,
        )
    return t("The data end on {date}: nothing can be foretold for a later day.", date=day)


def _made(here: Context, kept: Kept | None) -> str:
    """Whether the figures are those that were kept, and since when."""
    if kept is None:
        return here.t("Reckoned now; not kept.")
    made = here.t.date(local(here, kept.made_at).date())
    if kept.is_backtest:
        return here.t("Kept as it was made on {date}: a test on the past.", date=made)
    return here.t("Kept as it was made on {date}.", date=made)


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


def _sheet(found: _Foretold, whole: Forecast) -> Sheet:
    here = found.here
    return Sheet(
        key=KEY,
        title=_title(here, whole),
        subtitle=_subtitle(here, whole),
        columns=_columns(here),
        rows=[
            [here.name("channels", code), *_figures(found.by_channel.get(code))]
            for code in here.filter.channels or here.regulation.codes("channels")
        ],
    )


def _columns(here: Context) -> list[Column]:
    t = here.t
    return [
        Column(t("channel")),
        Column(t("fall due"), "number"),
        Column(t("will pass (90 %)"), "estimate"),
        Column(t("in the last {span}", span=t.days(HORIZON)), "number"),
    ]


def _figures(found: Outlook | None) -> list[Any]:
    """Fall due, will pass with its interval, passed before; None for what is not known."""
    made = found.forecast if found else None
    before = found.naive if found else None
    if made is None:
        return [None, None, before]
    return [made.due, (made.expected, made.low, made.high), before]


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


def _meaning(here: Context) -> html.Details:
    folded = [html.Summary(here.t("How it is reckoned")), html.P(_method(here))]
    return html.Details(folded, className="kz-folded kz-meaning")


def _method(here: Context) -> str:
    return here.t(
        "Of the applications of the same channel received in the last 12 months: how many that "
        "were open at the same age were not finished by the due date (Kaplan–Meier). Where too "
        "few of a channel have been finished, those of all channels are taken. The interval "
        "takes in chance, the uncertainty of this curve, and by how much such forecasts missed "
        "in the last 12 fortnights. A stored forecast, of the whole city or of one channel, is "
        "kept as it was made and scored when its days have passed; one that is only reckoned here "
        "is not."
    )

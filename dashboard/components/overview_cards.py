"""The five measures that the overview leads with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard import html, periods
from dashboard.access import Permission
from dashboard.assess import Assessment, assess
from dashboard.briefing import Facts, against, when
from dashboard.components.card import Card, card
from dashboard.components.stuck import most_stuck
from dashboard.context import Context
from dashboard.filters import last_full_month
from dashboard.i18n import NOTHING, Translator, is_missing
from dashboard.judged import context_said, judged
from dashboard.kpi.small_numbers import drawn, of_drawn

_SHOWN = ("within_limit", "overdue", "open", "queue", "queue_net", "satisfied")
_IN_CARDS = (
    "within_limit",
    "overdue",
    "days_late",
    "open",
    "at_risk",
    "queue",
    "queue_net",
    "queue_clearance",
    "satisfied",
)
_NOW = ("within_limit", "overdue", "days_late", "open", "at_risk", "satisfied")
_QUEUE = ("queue", "queue_in", "queue_out", "queue_net", "queue_clearance")


@dataclass(frozen=True)
class Numbers:
    """What headline and cards are made of: the measures now, by month, and a month ago."""

    now: Mapping[str, Any]
    months: pd.DataFrame
    overdue_before: int


def gather(here: Context) -> Numbers:
    """Everything that the top of the overview shows, computed once."""
    earlier = periods.month_earlier(here.filter.as_of)
    return Numbers(
        here.compute(*_NOW, *_QUEUE),
        here.monthly(*_SHOWN),
        here.compute("overdue", as_of=earlier)["overdue"],
    )


def facts(here: Context, numbers: Numbers) -> Facts:
    """What the headline says of this request's filter."""
    f = here.filter
    line = judged(here, "within_limit", numbers.months["within_limit"])
    is_last_month = (f.period_from, f.period_to) == last_full_month(f.as_of)
    return Facts(
        first=f.period_from,
        last=f.period_to,
        due=numbers.now["within_limit_n"],
        within=numbers.now["within_limit"],
        variation=line.variation if is_last_month else None,
        assurance=line.assurance if is_last_month else None,
        target=line.target_now,
        overdue=numbers.now["overdue"],
        overdue_before=numbers.overdue_before,
        stuck=most_stuck(here) if numbers.now["overdue"] else None,
    )


def in_cards(here: Context) -> tuple[str, ...]:
    """The measures whose values the cards show."""
    survey = here.regulation.survey
    return tuple(key for key in _IN_CARDS if key != "satisfied" or survey is not None)


def cards(here: Context, numbers: Numbers) -> html.Div:
    """The cards in the order of reading."""
    makers = (_within, _overdue, _open, _queue, _satisfied)
    made = [make(here, numbers) for make in makers]
    return html.Div([card(here.t, c) for c in made if c is not None], className="kz-cards")


def _within(here: Context, numbers: Numbers) -> Card:
    t, now = here.t, numbers.now
    line = judged(here, "within_limit", numbers.months["within_limit"])
    n = now["within_limit_n"]
    return Card(
        name=t("Within the legal limit"),
        value=t.percent(now["within_limit"]),
        context=_context(here, "within_limit", line, _change_of_share(here, now["within_limit"])),
        line=line,
        judged=line,
        n=t.plural("of {n} application due", "of {n} applications due", n),
        link=t("times"),
        href=here.href("/times"),
        shape=_shape(t, t("Within the legal limit"), line, t.percent),
    )


def _change_of_share(here: Context, value: float | None) -> str:
    """The change against the month before, for a period of one month; else the interval's words."""
    f, t = here.filter, here.t
    if not periods.is_month(f.period_from, f.period_to):
        return t("due {when}", when=when(t, f.period_from, f.period_to))
    first, last = last_full_month(f.period_from)
    before = here.compute("within_limit", period_from=first, period_to=last)["within_limit"]
    if is_missing(value) or is_missing(before):
        return t("nothing to compare with in the month before")
    return t("{change} pp against the month before", change=t.signed((value - before) * 100, 1))


def _overdue(here: Context, numbers: Numbers) -> Card:
    t, now = here.t, numbers.now
    late = now["days_late"]
    line = judged(here, "overdue", _with_now(here, numbers.months["overdue"], now["overdue"]))
    more = []
    if now["overdue"] and late["median"] is not None:
        more = [
            t(
                "half by {median} or more, the latest by {max}",
                median=t.days(late["median"]),
                max=t.days(late["max"]),
            )
        ]
    return Card(
        name=t("Overdue now"),
        value=t.number(now["overdue"]),
        context=_context(here, "overdue", line, against(t, now["overdue"], numbers.overdue_before)),
        line=line,
        judged=line,
        more=more,
        n=t.plural("of {n} in progress", "of {n} in progress", now["open"]),
        link=t("list") if here.may(Permission.CASES) else t("more"),
        href=here.href("/overdue"),
        shape=_shape(t, t("Overdue now"), line, _counted(t)),
    )


def _open(here: Context, numbers: Numbers) -> Card:
    t, now = here.t, numbers.now
    line = judged(here, "open", _with_now(here, numbers.months["open"], now["open"]))
    span = t.days(here.settings.at_risk_days)
    return Card(
        name=t("In progress"),
        value=t.number(now["open"]),
        context=_context(
            here, "open", line, t("due within {span}: {n}", span=span, n=t.number(now["at_risk"]))
        ),
        line=line,
        judged=line,
        n=_places(here),
        link=t("due soon"),
        href=here.href("/overdue", show="soon"),
        shape=_shape(t, t("In progress"), line, _counted(t)),
    )


def _places(here: Context) -> str:
    """How many channels the figure covers."""
    channels = here.filter.channels or here.regulation.codes("channels")
    return here.t.plural("{n} channel", "{n} channels", len(channels))


def _queue(here: Context, numbers: Numbers) -> Card:
    t, now, months = here.t, numbers.now, numbers.months
    queue = now["queue"]
    name, known = t("People in the queue"), queue is not None
    line = assess(_with_now(here, months["queue"], queue["total"] if known else None), None)
    growth = judged(here, "queue_net", months["queue_net"])
    categories = here.filter.categories or here.regulation.codes("categories")
    return Card(
        name=name,
        value=t.number(queue["total"]) if known else NOTHING,
        context=_queue_flow(here, now)
        if known
        else t("The register knows neither channels nor offices."),
        line=line,
        judged=growth,
        what=t("Growth"),
        limited=False,
        more=[
            *context_said(t, "queue_net", growth),
            *(_clearance(here, now["queue_clearance"]) if known else []),
        ],
        n=t.plural("{n} category", "{n} categories", len(categories)),
        link=t("queue"),
        href=here.href("/queue"),
        shape=_shape(t, name, line, _counted(t)),
    )


def _queue_flow(here: Context, now: Mapping[str, Any]) -> str:
    t = here.t
    return t(
        "{net} in the period: {joined} joined, {left} left",
        net=t.signed(now["queue_net"]),
        joined=t.number(now["queue_in"]),
        left=t.number(now["queue_out"]["total"]),
    )


def _clearance(here: Context, years: float | None) -> list[str]:
    if years is None:
        return [] if here.in_fives else [here.t("nobody has left the queue for a year")]
    return [here.t("at this rate: {years} years", years=here.t.number(years, 1))]


def _satisfied(here: Context, numbers: Numbers) -> Card | None:
    """The survey's first question; no card under a regulation without a survey."""
    survey = here.regulation.survey
    if survey is None:
        return None
    t, now, months = here.t, numbers.now, numbers.months
    question = survey.questions[0]
    said = (now["satisfied"] or {}).get(question.code) or {}
    column = f"satisfied.{question.code}"
    values = months.get(column, pd.Series(float("nan"), index=months.index))
    line = judged(here, column, values)
    return Card(
        name=t("Satisfied"),
        value=t.percent(said.get("value"), 0),
        context=_context(
            here,
            column,
            line,
            _satisfied_context(here, question.short[here.lang], said, now["satisfied"]),
        ),
        line=line,
        judged=line,
        n=t.plural("{n} answer", "{n} answers", said.get("n") or 0)
        if said.get("n") is not None
        else t("answers: –"),
        link=t("answers"),
        href=here.href("/satisfaction"),
        shape=_shape(t, t("Satisfied"), line, lambda v: t.percent(v, 0)),
    )


def _satisfied_context(here: Context, short: str, said: dict[str, Any], whole: Any) -> str:
    t = here.t
    if whole is None:
        return t("The survey does not ask for the category.")
    if said.get("value") is None:
        return t("too few answers")
    return f"{short}; {t.interval(said['low'], said['high'])}"


def _context(here: Context, chart: str, line: Assessment, said: str) -> str:
    """The small print below a figure, the target first where there is one."""
    return " · ".join([*context_said(here.t, chart, line), *([said] if said else [])])


def _with_now(here: Context, months: pd.Series, now: float | None) -> pd.Series:
    """The ends of months with the state at the as-of date as the last point."""
    values = np.append(months.to_numpy(), np.array([drawn(now)], dtype="float64"))
    days = np.append(months.index.to_numpy(), np.datetime64(here.filter.as_of, "s"))
    return pd.Series(values, index=pd.DatetimeIndex(days))


def _counted(t: Translator) -> Callable[[float | None], str]:
    """How a count among months is read."""
    return lambda value: t.number(of_drawn(value))


def _shape(t: Translator, name: str, line: Assessment, shown: Callable[[float | None], str]) -> str:
    """The small chart in words."""
    known = line.values.dropna()
    if known.empty:
        return t("{name}: no months to show", name=name)
    return t(
        "{name}, two years by month: from {low} to {high}, last {last}",
        name=name,
        low=shown(float(known.min())),
        high=shown(float(known.max())),
        last=shown(float(known.iloc[-1])),
    )

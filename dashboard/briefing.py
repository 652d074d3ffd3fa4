"""The state of the service in one sentence, grammatical in each language, and when it was so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard import periods
from dashboard.assess import ASSURANCE_OF, VARIATION
from dashboard.i18n import N_, Translator
from dashboard.kpi.signals import Assurance, Variation

_IN_MONTH = (
    N_("in January {year}"),
    N_("in February {year}"),
    N_("in March {year}"),
    N_("in April {year}"),
    N_("in May {year}"),
    N_("in June {year}"),
    N_("in July {year}"),
    N_("in August {year}"),
    N_("in September {year}"),
    N_("in October {year}"),
    N_("in November {year}"),
    N_("in December {year}"),
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the headline says. ``within``: share 0..1 of ``due`` applications; None of none."""

    first: date
    last: date
    due: int
    within: float | None
    variation: Variation | None  # None where the last month of control is not the period
    overdue: int
    overdue_before: int | None  # a month earlier
    target: float | None = None  # of ``within``, where the city has set one
    assurance: Assurance | None = None  # None also where the last month is not the period
    stuck: tuple[int, str] | None = None  # how many of the overdue stand at which step, by its name


def headline(t: Translator, facts: Facts) -> str:
    """The two sentences that a deputy akim reads first."""
    return f"{_within(t, facts)} {_overdue(t, facts)}"


def _within(t: Translator, facts: Facts) -> str:
    period = when(t, facts.first, facts.last)
    if not facts.due:
        return t("No application was due {when}.", when=period)
    return t.plural(
        "Of {n} application due {when}, {share} was decided within the legal limit{variation}.",
        "Of {n} applications due {when}, {share} were decided within the legal limit{variation}.",
        facts.due,
        when=period,
        share=t.percent(facts.within),
        variation=_judged(t, facts),
    )


def _judged(t: Translator, facts: Facts) -> str:
    """The rest of the sentence: ": usual variation, target of 95 % not reliably met"."""
    said = [t(VARIATION[facts.variation])] if facts.variation else []
    if facts.assurance and facts.target is not None:
        target = t.percent_in_short(facts.target)
        said.append(t(ASSURANCE_OF[facts.assurance], target=target))
    return f": {', '.join(said)}" if said else ""


def _overdue(t: Translator, facts: Facts) -> str:
    if not facts.overdue:
        return t("No case is overdue now{change}.", change=_change(t, facts))
    return t.plural(
        "{n} case is overdue now{change}{stuck}.",
        "{n} cases are overdue now{change}{stuck}.",
        facts.overdue,
        change=_change(t, facts),
        stuck=_stuck(t, facts),
    )


def _stuck(t: Translator, facts: Facts) -> str:
    """The rest of the sentence: "; 29 of them stand at “Commission considers”", where most do."""
    if not facts.stuck or 2 * facts.stuck[0] < facts.overdue:
        return ""
    n, step = facts.stuck
    return "; " + t("of them at the step “{step}”: {n}", step=step, n=t.number(n))


def _change(t: Translator, facts: Facts) -> str:
    """The rest of the sentence: ", 7 more than a month ago"."""
    if not (facts.overdue or facts.overdue_before):
        return ""
    change = against(t, facts.overdue, facts.overdue_before)
    return f", {change}" if change else ""


def against(t: Translator, now: int, before: int | None) -> str:
    """A count against that of a month ago, in words; "" where there was none to compare with."""
    if before is None:
        return ""
    if now == before:
        return t("as many as a month ago")
    if now > before:
        return t.plural("{n} more than a month ago", "{n} more than a month ago", now - before)
    return t.plural("{n} fewer than a month ago", "{n} fewer than a month ago", before - now)


def when(t: Translator, first: date, last: date) -> str:
    """A period within a sentence: "in November 2013", "in 2013", "from … to …"."""
    if periods.is_month(first, last):
        return in_month(t, first)
    if periods.is_year(first, last):
        return t("in {year}", year=first.year)
    return t("from {first} to {last}", first=t.date(first), last=t.date(last))


def in_month(t: Translator, day: date) -> str:
    """The month of a day within a sentence: "in November 2013"."""
    return t(_IN_MONTH[day.month - 1], year=day.year)

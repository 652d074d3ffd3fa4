"""The measures, one by one: what each is called, what it means and how it comes about."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from dashboard.i18n import N_
from dashboard.kpi import flow, lateness, queue, response_rate, satisfaction, shares, survival
from dashboard.measures.basis import Basis
from dashboard.measures.measure import Measure, Value


def _of_queue(function: Callable[[Basis], Value]) -> Callable[[Basis], Value]:
    """None under a filter of channels or offices: the register knows neither."""

    def value(basis: Basis) -> Value:
        unknown = basis.filter.channels or basis.filter.service_points
        return None if unknown else function(basis)

    return value


def _waiting(basis: Basis) -> Value:
    categories = basis.filter.categories or basis.regulation.codes("categories")
    return dict(queue.waiting(basis.known.queue, categories))


def _left(basis: Basis) -> Value:
    reasons = basis.regulation.codes("reasons")
    return dict(queue.left(basis.known.queue, basis.first, basis.last, reasons))


def _wait(basis: Basis) -> Value:
    housed = [reason.code for reason in basis.regulation.reasons if reason.housed]
    return queue.wait(basis.known.queue, basis.as_of, housed)


def _satisfied(basis: Basis) -> Value:
    """None under a filter of categories: the form does not ask for one."""
    survey = basis.regulation.survey
    if basis.filter.categories or survey is None:
        return None
    return dict(satisfaction.said(basis.known.survey, basis.first, basis.last, survey))


def _response_rate(basis: Basis) -> Value:
    """None under a filter of channels or categories: a form says only where it was given."""
    asked = basis.filter.channels or basis.filter.categories
    if asked or basis.regulation.survey is None:
        return None
    return dict(
        response_rate.response_rate(basis.known.responses, basis.cases, basis.first, basis.last)
    )


def _p_within(basis: Basis) -> Value:
    return survival.p_within(basis.cases, basis.as_of, basis.first, basis.last, basis.within)


_MEASURES = (
    Measure(
        key="received",
        name=N_("Received"),
        definition=N_("Applications received in the period."),
        unit="count",
        of=lambda b: flow.received(b.cases, b.first, b.last),
    ),
    Measure(
        key="decided",
        name=N_("Decided"),
        definition=N_(
            "Applications finished in the period with a decision on the merits: "
            "registered or refused."
        ),
        unit="count",
        of=lambda b: flow.decided(b.cases, b.first, b.last),
    ),
    Measure(
        key="returned",
        name=N_("Returned as incomplete"),
        definition=N_(
            "Applications sent back in the period because documents were missing. "
            "They are not counted as decided."
        ),
        unit="count",
        good="down",
        of=lambda b: flow.returned(b.cases, b.first, b.last),
    ),
    Measure(
        key="outcome_pending",
        name=N_("Finished, result not known yet"),
        definition=N_(
            "Applications whose clock stopped in the period, but whose result was not known by the "
            "as-of date: under a clock that covers part of the way, those still on the rest of it."
        ),
        unit="count",
        good="down",
        of=lambda b: flow.outcome_pending(b.cases, b.first, b.last),
    ),
    Measure(
        key="open",
        name=N_("In progress"),
        definition=N_("Applications received by the as-of date and not finished by it."),
        unit="count",
        good="down",
        stock=True,
        of=lambda b: flow.in_progress(b.cases),
    ),
    Measure(
        key="overdue",
        name=N_("Overdue now"),
        definition=N_("Applications in progress whose due date lies before the as-of date."),
        unit="count",
        good="down",
        stock=True,
        rests_on="clock",
        of=lambda b: lateness.overdue(b.cases, b.as_of),
    ),
    Measure(
        key="days_late",
        name=N_("How late"),
        definition=N_(
            "Days from the due date to the as-of date, over the overdue applications: "
            "the median and the longest."
        ),
        unit="days",
        good="down",
        stock=True,
        figure="median",
        rests_on="clock",
        of=lambda b: lateness.days_late(b.cases, b.as_of),
    ),
    Measure(
        key="at_risk",
        name=N_("Due soon"),
        definition=N_(
            "Applications in progress that fall due on the as-of date or within the next days "
            "(seven, unless set otherwise)."
        ),
        unit="count",
        good="down",
        stock=True,
        rests_on="clock",
        of=lambda b: lateness.at_risk(b.cases, b.as_of, b.at_risk_days),
    ),
    Measure(
        key="within_limit",
        name=N_("Decided within the legal limit"),
        definition=N_(
            "Of the applications that fell due in the period and before the as-of date, the share "
            "finished by their due date. An application still in progress counts as failed, so no "
            "long case hides by staying open."
        ),
        unit="share",
        good="up",
        rests_on="clock",
        of=lambda b: shares.within_limit(b.cases, b.as_of, b.first, b.last),
    ),
    Measure(
        key="decided_on_time",
        name=N_("On time, decided cases only"),
        definition=N_(
            "Of the applications decided in the period, the share finished by their due date. "
            "Decided cases only: those still in progress do not show here, however late they are."
        ),
        unit="share",
        good="up",
        rests_on="clock",
        of=lambda b: shares.decided_on_time(b.cases, b.first, b.last),
    ),
    Measure(
        key="open_within_limit",
        name=N_("In progress and not overdue"),
        definition=N_(
            "Of the applications in progress, the share whose due date does not lie before "
            "the as-of date."
        ),
        unit="share",
        good="up",
        stock=True,
        rests_on="clock",
        of=lambda b: shares.open_within_limit(b.cases, b.as_of),
    ),
    Measure(
        key="days_p50",
        name=N_("Processing time, half of the cases"),
        definition=N_(
            "Half of the applications decided in the period took at most this many days "
            "from reception to result."
        ),
        unit="days",
        good="down",
        of=lambda b: b.days.percentile(50),
    ),
    Measure(
        key="days_p80",
        name=N_("Processing time, 80 % of the cases"),
        definition=N_(
            "80 % of the applications decided in the period took at most this many days "
            "from reception to result."
        ),
        unit="days",
        good="down",
        of=lambda b: b.days.percentile(80),
    ),
    Measure(
        key="days_p90",
        name=N_("Processing time, 90 % of the cases"),
        definition=N_(
            "90 % of the applications decided in the period took at most this many days "
            "from reception to result."
        ),
        unit="days",
        good="down",
        of=lambda b: b.days.percentile(90),
    ),
    Measure(
        key="days_mean",
        name=N_("Processing time, mean"),
        definition=N_(
            "Mean number of days from reception to result of the applications decided "
            "in the period."
        ),
        unit="days",
        good="down",
        of=lambda b: b.days.mean,
    ),
    Measure(
        key="days_max",
        name=N_("Processing time, longest"),
        definition=N_(
            "The most days from reception to result among the applications decided in the period."
        ),
        unit="days",
        good="down",
        of=lambda b: b.days.longest,
    ),
    Measure(
        key="p_within",
        name=N_("Chance of being finished within the days given"),
        definition=N_(
            "Chance that an application received in the period is finished within the given number "
            "of days, by the method of Kaplan and Meier: cases still in progress count up to the "
            "age they have reached. Beside it the naive share, which knows finished cases only."
        ),
        unit="share",
        good="up",
        figure="value",
        rests_on="clock",
        of=_p_within,
    ),
    Measure(
        key="queue",
        name=N_("People in the queue"),
        definition=N_(
            "Entries of the register made by the as-of date and not removed by it, by category."
        ),
        unit="count",
        good="down",
        stock=True,
        drifts=True,
        figure="total",
        of=_of_queue(_waiting),
    ),
    Measure(
        key="queue_in",
        name=N_("Joined the queue"),
        definition=N_("Entries of the register made in the period."),
        unit="count",
        of=_of_queue(lambda b: queue.joined(b.known.queue, b.first, b.last)),
    ),
    Measure(
        key="queue_out",
        name=N_("Left the queue"),
        definition=N_("Entries removed from the register in the period, by reason."),
        unit="count",
        figure="total",
        of=_of_queue(_left),
    ),
    Measure(
        key="queue_net",
        name=N_("Growth of the queue"),
        definition=N_("Those who joined the queue in the period less those who left it."),
        unit="count",
        good="down",
        of=_of_queue(lambda b: queue.net(b.known.queue, b.first, b.last)),
    ),
    Measure(
        key="queue_wait",
        name=N_("Wait of those housed"),
        definition=N_(
            "Median days in the queue of those who were given housing in the twelve months "
            "to the as-of date."
        ),
        unit="days",
        good="down",
        stock=True,
        of=_of_queue(_wait),
    ),
    Measure(
        key="queue_clearance",
        name=N_("Time to clear the queue at this rate"),
        definition=N_(
            "People in the queue divided by those removed from it in the twelve months to the "
            "as-of date, in years. New entries are not counted."
        ),
        unit="years",
        good="down",
        stock=True,
        of=_of_queue(lambda b: queue.clearance(b.known.queue, b.as_of)),
    ),
    Measure(
        key="satisfied",
        name=N_("Satisfied"),
        definition=N_(
            "Of the answers to a question of the survey given in the period, the share that says "
            "satisfied. Not shown over too few answers."
        ),
        unit="share",
        good="up",
        counted=("n", "not", "partly", "fully"),
        rests_on="survey",
        of=_satisfied,
    ),
    Measure(
        key="response_rate",
        name=N_("Surveys per finished application"),
        definition=N_(
            "Forms of the survey given in the period divided by the applications finished in it. A "
            "form does not say which application it belongs to, so this is no share and may exceed "
            "one. Not shown over too few forms."
        ),
        unit="ratio",
        figure="value",
        rests_on="survey",
        of=_response_rate,
    ),
    Measure(
        key="freshness",
        name=N_("Age of the data"),
        definition=N_(
            "By source, the hours since its newest event and since its newest successful load: as "
            "of now, or as of the end of the as-of date where that is past."
        ),
        unit="hours",
        good="down",
        stock=True,
        of=lambda b: None if b.ages is None else dict(b.ages),
    ),
)

REGISTRY = MappingProxyType({measure.key: measure for measure in _MEASURES})

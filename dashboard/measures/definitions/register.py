"""The queue for housing, as the register has it."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.i18n import N_
from dashboard.kpi import queue
from dashboard.measures.basis import Basis
from dashboard.measures.definitions import caveats
from dashboard.measures.measure import Measure, Value


def _of_queue(function: Callable[[Basis], Value]) -> Callable[[Basis], Value]:
    """None under a filter of channels or offices: the register knows neither."""

    def value(basis: Basis) -> Value:
        unknown = basis.filter.channels or basis.filter.service_points
        return None if unknown else function(basis)

    return value


def _waiting(basis: Basis) -> Value:
    categories = basis.filter.categories or basis.regulation.codes("categories")
    return dict(queue.waiting(basis.known.register, categories))


def _left(basis: Basis) -> Value:
    reasons = basis.regulation.codes("reasons")
    return dict(queue.left(basis.known.register, basis.first, basis.last, reasons))


def _wait(basis: Basis) -> Value:
    housed = [reason.code for reason in basis.regulation.reasons if reason.housed]
    return queue.wait(basis.known.queue, basis.as_of, housed)


MEASURES = (
    Measure(
        key="queue",
        name=N_("People in the queue"),
        definition=N_(
            "Entries of the register made by the as-of date and not removed by it, by category."
        ),
        formula="registered_on ≤ A and not removed by A",
        caveats=(caveats.ENTRIES, caveats.NO_OFFICES),
        see=("queue_net", "queue_clearance"),
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
        formula="registered_on ∈ [F, T]",
        caveats=(caveats.ENTRIES, caveats.NO_OFFICES),
        see=("queue_out", "queue_net"),
        unit="count",
        of=_of_queue(lambda b: queue.joined(b.known.register, b.first, b.last)),
    ),
    Measure(
        key="queue_out",
        name=N_("Left the queue"),
        definition=N_("Entries removed from the register in the period, by reason."),
        formula="removed_on ∈ [F, T], by reason",
        caveats=(
            N_("Not everyone who left was housed: look at the reasons."),
            caveats.ENTRIES,
            caveats.NO_OFFICES,
        ),
        see=("queue_in", "queue_net", "queue_wait"),
        unit="count",
        figure="total",
        of=_of_queue(_left),
    ),
    Measure(
        key="queue_net",
        name=N_("Growth of the queue"),
        definition=N_("Those who joined the queue in the period less those who left it."),
        formula="queue_in − queue_out",
        caveats=(
            N_("It is the same whether few or many come and go: look at both."),
            caveats.ENTRIES,
            caveats.NO_OFFICES,
        ),
        see=("queue_in", "queue_out", "queue"),
        unit="count",
        good="down",
        of=_of_queue(lambda b: queue.net(b.known.register, b.first, b.last)),
    ),
    Measure(
        key="queue_wait",
        name=N_("Wait of those housed"),
        definition=N_(
            "Median days in the queue of those who were given housing in the twelve months "
            "to the as-of date."
        ),
        denominator=N_("Entries removed as housed in the twelve months to the as-of date."),
        formula="median of removed_on − registered_on over those housed in the 12 months to A",
        caveats=(
            N_("Those still waiting do not show here, however long they have waited."),
            N_("It is no promise: whoever joins today may wait longer."),
            caveats.NO_OFFICES,
        ),
        see=("queue_clearance", "queue_out"),
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
        denominator=N_("Entries removed in the twelve months to the as-of date, for any reason."),
        formula="queue ÷ entries removed in the 12 months to A",
        caveats=(
            N_("It is no forecast and nobody's own wait: it supposes that this rate lasts."),
            N_("Whoever left for any reason counts, not only those housed."),
            N_("Where nobody left in these twelve months there is no figure."),
            caveats.NO_OFFICES,
        ),
        see=("queue", "queue_wait", "queue_net"),
        unit="years",
        good="down",
        stock=True,
        of=_of_queue(lambda b: queue.clearance(b.known.register, b.as_of)),
    ),
)

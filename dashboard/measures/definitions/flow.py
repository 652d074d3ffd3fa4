"""What comes in, what is finished and what is in hand."""

from __future__ import annotations

from dashboard.i18n import N_
from dashboard.kpi import flow
from dashboard.measures.definitions import caveats
from dashboard.measures.measure import Measure

MEASURES = (
    Measure(
        key="received",
        name=N_("Received"),
        definition=N_("Applications received in the period."),
        formula="received_on ∈ [F, T]",
        caveats=(caveats.CLOCK, caveats.REJECTED),
        see=("decided", "open"),
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
        formula="stopped_on ∈ [F, T] and outcome decided on the merits",
        caveats=(caveats.EARLIER, caveats.CLOCK),
        see=("received", "returned", "decided_on_time"),
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
        formula="stopped_on ∈ [F, T] and outcome returned",
        caveats=(caveats.EARLIER, caveats.CLOCK),
        see=("decided",),
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
        formula="stopped_on ∈ [F, T] and outcome unknown at A",
        caveats=(
            N_(
                "Under a time limit that ends with the result, a large number points to results "
                "that the records lack."
            ),
            caveats.CLOCK,
        ),
        see=("decided", "returned"),
        unit="count",
        good="down",
        of=lambda b: flow.outcome_pending(b.cases, b.first, b.last),
    ),
    Measure(
        key="open",
        name=N_("In progress"),
        definition=N_("Applications received by the as-of date and not finished by it."),
        formula="received_on ≤ A and not stopped by A",
        caveats=(caveats.STALE, caveats.CLOCK, caveats.REJECTED),
        see=("overdue", "open_within_limit"),
        unit="count",
        good="down",
        stock=True,
        of=lambda b: flow.in_progress(b.cases),
    ),
)

"""Where the time goes, and whether the diagram is kept to."""

from __future__ import annotations

from dashboard.i18n import N_
from dashboard.kpi import conformance
from dashboard.measures.definitions import caveats
from dashboard.measures.measure import Measure

MEASURES = (
    Measure(
        key="step_time",
        name=N_("Time in a step"),
        definition=N_(
            "By step, over the steps taken in the period: the time from the event before it in the "
            "same case to its own, in days with decimals. Number, median, the time that 90 % took "
            "at most, and the step's share of all the time between events that ended in the period."
        ),
        denominator=N_(
            "Steps taken in the period that have an event before them in their case, finished or "
            "not; for the share, the whole time that they took together."
        ),
        formula=(
            "occurred_at − occurred_at of the event before, by step, occurred_on ∈ [F, T]; "
            "share = its sum ÷ the sum of all"
        ),
        caveats=(
            N_("It is the time of waiting for a step and of doing it: events say when it ended."),
            N_("The first step of a case has no event before it and so no time."),
            N_(
                "Steps recorded at one moment take no time, all but the first of them: which one "
                "comes first is as its source has it."
            ),
            N_("Hours are those that passed, through nights, holidays and changes of the clock."),
            N_("Every event of a case counts, also one after its time limit stopped."),
            N_("The choice of a time limit does not change it."),
            caveats.REJECTED,
        ),
        see=("days_p50", "conformance"),
        unit="days",
        good="down",
        many=True,
        of=lambda b: b.step_times,
    ),
    Measure(
        key="conformance",
        name=N_("Keeps to the diagram"),
        definition=N_(
            "Of the applications finished in the period, the share whose steps, in the order of "
            "their events, are a way through the diagram of their channel from a start to an end."
        ),
        denominator=N_(
            "Applications of which the regulation's main time limit stopped in the period, with "
            "any result."
        ),
        formula="(steps ∈ ways of the diagram) ÷ (stopped_on ∈ [F, T])",
        caveats=(
            N_("A condition of the diagram may leave an event of its own or none."),
            N_(
                "What happened after the finish counts too, as far as it is known on the as-of "
                "date; so the figure may change later."
            ),
            N_(
                "It says what was recorded: a step that was taken and not recorded counts as "
                "skipped."
            ),
            N_("Finished is as the regulation's main time limit has it, whichever is chosen."),
            caveats.CHANCE,
            caveats.REJECTED,
        ),
        see=("deviations", "step_time"),
        unit="share",
        good="up",
        split=False,
        of=lambda b: conformance.conformance(b.known.courses, b.first, b.last),
    ),
    Measure(
        key="deviations",
        name=N_("Deviate from the diagram"),
        definition=N_(
            "Applications finished in the period whose steps are no way through the diagram, and "
            "by kind: skipped, a step was never taken on any way to the next; repeated, a "
            "step was taken again where the diagram does not lead back to it; out of order, a step "
            "came where the diagram does not lead; unknown, a step that the channel does not have."
        ),
        formula="finished and not conforming, by kind of deviation",
        caveats=(
            N_(
                "A case that deviates in two ways is counted in both, so the kinds may exceed "
                "the total."
            ),
            N_("To end where the diagram does not end is to skip what would have come."),
            N_("Finished is as the regulation's main time limit has it, whichever is chosen."),
        ),
        see=("conformance",),
        unit="count",
        good="down",
        figure="total",
        split=False,
        of=lambda b: conformance.deviations(b.known.courses, b.first, b.last),
    ),
)

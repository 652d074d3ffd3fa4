"""Whether the time limit is kept."""

from __future__ import annotations

from dashboard.i18n import N_
from dashboard.kpi import lateness, shares
from dashboard.measures.definitions import caveats
from dashboard.measures.measure import Measure

MEASURES = (
    Measure(
        key="overdue",
        name=N_("Overdue now"),
        definition=N_("Applications in progress whose due date lies before the as-of date."),
        formula="open and due_on < A",
        caveats=(
            N_("On its due date itself an application is still in time."),
            caveats.STALE,
        ),
        see=("days_late", "at_risk", "within_limit"),
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
        denominator=N_("Applications overdue on the as-of date."),
        formula="A − due_on over overdue: median, max",
        caveats=(
            N_(
                "The median falls when more cases become overdue, since those are late by "
                "little: read it beside their number."
            ),
            caveats.CALENDAR,
        ),
        see=("overdue",),
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
        formula="open and A ≤ due_on ≤ A + at_risk_days",
        caveats=(
            N_("Those already overdue are not among them."),
            caveats.CALENDAR,
        ),
        see=("overdue", "open_within_limit"),
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
        denominator=N_(
            "Applications that fell due in the period and before the as-of date, finished or not."
        ),
        formula="(stopped_on ≤ due_on) ÷ (due_on ∈ [F, T] and due_on < A)",
        caveats=(
            N_("It does not say how late the others are, nor whether they were finished at all."),
            N_("What is finished but not due yet is not in it."),
            caveats.ANY_RESULT,
            caveats.CHANCE,
            caveats.REJECTED,
        ),
        see=("decided_on_time", "overdue", "p_within"),
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
        denominator=N_("Applications decided in the period."),
        formula="(decided and stopped_on ≤ due_on) ÷ decided",
        caveats=(
            N_("It hides open cases: one can stay open for years without lowering it."),
            N_("Applications returned as incomplete are not in it."),
            caveats.CHANCE,
        ),
        see=("within_limit", "decided"),
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
        denominator=N_("Applications in progress on the as-of date."),
        formula="(open and due_on ≥ A) ÷ open",
        caveats=(
            N_("What is in time today may still be finished late."),
            N_("Many new applications raise it without anything being done faster."),
            caveats.CHANCE,
        ),
        see=("overdue", "open", "within_limit"),
        unit="share",
        good="up",
        stock=True,
        rests_on="clock",
        of=lambda b: shares.open_within_limit(b.cases, b.as_of),
    ),
)

"""How long it takes."""

from __future__ import annotations

from dashboard.i18n import N_
from dashboard.kpi import survival
from dashboard.measures.basis import Basis
from dashboard.measures.definitions import caveats
from dashboard.measures.measure import Measure, Value


def _p_within(basis: Basis) -> Value:
    return survival.p_within(basis.cases, basis.as_of, basis.first, basis.last, basis.within)


MEASURES = (
    Measure(
        key="days_p50",
        name=N_("Processing time, half of the cases"),
        definition=N_(
            "Half of the applications decided in the period took at most this many days "
            "from reception to result."
        ),
        denominator=N_("Applications decided in the period."),
        formula="the ⌈0.5 · n⌉-th smallest D over decided",
        caveats=(caveats.DECIDED_ONLY, caveats.NEAREST_RANK, caveats.CALENDAR),
        see=("days_p90", "days_mean", "p_within"),
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
        denominator=N_("Applications decided in the period."),
        formula="the ⌈0.8 · n⌉-th smallest D over decided",
        caveats=(caveats.DECIDED_ONLY, caveats.NEAREST_RANK, caveats.CALENDAR),
        see=("days_p50", "days_p90", "p_within"),
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
        denominator=N_("Applications decided in the period."),
        formula="the ⌈0.9 · n⌉-th smallest D over decided",
        caveats=(caveats.DECIDED_ONLY, caveats.NEAREST_RANK, caveats.CALENDAR),
        see=("p_within", "days_p50", "days_max"),
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
        denominator=N_("Applications decided in the period."),
        formula="sum of D over decided ÷ decided",
        caveats=(
            N_("A few very long cases raise it and most take less: the percentiles say more."),
            caveats.DECIDED_ONLY,
            caveats.CALENDAR,
        ),
        see=("days_p50", "days_p90"),
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
        denominator=N_("Applications decided in the period."),
        formula="the largest D over decided",
        caveats=(
            N_("It is one case, perhaps one wrong date."),
            caveats.DECIDED_ONLY,
            caveats.CALENDAR,
        ),
        see=("days_p90", "days_late"),
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
        denominator=N_(
            "Applications received in the period, finished or not; for the naive share, those "
            "of them that are finished."
        ),
        formula="1 − S(t) over received: stopped at D, or open and censored at A − received_on",
        caveats=(
            N_(
                "The difference from the naive share is what the cases still in progress "
                "make: the naive share leaves out the slowest."
            ),
            N_("It supposes that the cases still in progress go on as others of the same age did."),
            N_(
                "Where no case has been followed for so many days yet, it is the chance up to the "
                "age that was reached, and can only turn out higher."
            ),
            caveats.ANY_RESULT,
            caveats.CALENDAR,
        ),
        see=("days_p90", "within_limit"),
        unit="share",
        good="up",
        figure="value",
        rests_on="clock",
        of=_p_within,
    ),
)

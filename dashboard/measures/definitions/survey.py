"""What people answered to the survey."""

from __future__ import annotations

from dashboard.i18n import N_
from dashboard.kpi import response_rate, satisfaction
from dashboard.measures.basis import Basis
from dashboard.measures.measure import Measure, Value


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


MEASURES = (
    Measure(
        key="satisfied",
        name=N_("Satisfied"),
        definition=N_(
            "Of the answers to a question of the survey given in the period, the share that says "
            "satisfied. Not shown over too few answers."
        ),
        denominator=N_("Answers to the question given in the period."),
        formula="answers “satisfied” ÷ answers, by question",
        caveats=(
            N_(
                "It tells of those who answered: the 95 % interval covers chance, not who "
                "kept silent."
            ),
            N_(
                "Fewer answers than five (unless set otherwise) are not shown, nor a figure "
                "that would give them away by subtraction."
            ),
            N_(
                "An answer belongs to the office that took it, and so to the channel of that "
                "office."
            ),
            N_("Unknown under a filter of categories: the form does not ask for one."),
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
        denominator=N_("Applications finished in the period, whatever their result."),
        formula="responses in [F, T] ÷ cases with stopped_on ∈ [F, T]",
        caveats=(
            N_(
                "Whoever answers may have been finished in an earlier period, or not at all: one "
                "month alone may mislead."
            ),
            N_("Unknown under a filter of channels or categories: a form names only its office."),
        ),
        see=("satisfied",),
        unit="ratio",
        figure="value",
        rests_on="survey",
        of=_response_rate,
    ),
)

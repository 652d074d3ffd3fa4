"""What people answered to the survey."""

from __future__ import annotations

from dashboard.i18n import N_
from dashboard.kpi import satisfaction
from dashboard.measures.basis import Basis
from dashboard.measures.measure import Measure, Value


def _satisfied(basis: Basis) -> Value:
    """None under a filter of categories: the form does not ask for one."""
    survey = basis.regulation.survey
    if basis.filter.categories or survey is None:
        return None
    return dict(satisfaction.said(basis.known.survey, basis.first, basis.last, survey))


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
)

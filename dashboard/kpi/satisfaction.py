"""What people answered, and the figures that too few answers must not give away."""

from __future__ import annotations

from datetime import date

from dashboard.kpi.state import Answers, Mask, count, during
from dashboard.kpi.wilson import share
from etl.regulation.model import Survey

Said = dict[str, float | int | None]  # n, not, partly, fully, value, low, high
TOO_FEW: Said = dict.fromkeys(("n", "not", "partly", "fully", "value", "low", "high"))


def said(answers: Answers, first: date, last: date, survey: Survey) -> dict[str, Said]:
    """Per question of the survey, nothing hidden yet.

    ``n`` answers, of them ``not``, ``partly`` and ``fully`` satisfied; ``value``: the share of
    ``fully`` with its 95 % interval ``low``, ``high``.
    """
    given = during(answers.answered, first, last)
    codes = {question: code for code, question in enumerate(answers.questions)}
    return {
        q.code: _said(answers, given & (answers.question == codes.get(q.code, -1)), survey)
        for q in survey.questions
    }


def _said(answers: Answers, given: Mask, survey: Survey) -> Said:
    values, n = answers.answer[given], answers.n[given]
    fully, total = count(n, values == survey.satisfied), int(n.sum())
    satisfied = share(fully, total)
    return {
        "n": total,
        "not": count(n, values == survey.not_satisfied),
        "partly": count(n, values == survey.partly),
        "fully": fully,
        "value": satisfied.value,
        "low": satisfied.low,
        "high": satisfied.high,
    }

"""What people answered, and the figures that too few answers must not give away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from dashboard.kpi.state import Answers, during
from dashboard.kpi.wilson import share
from etl.regulation.model import Survey

Said = dict[str, float | int | None]  # n, not, partly, fully, value, low, high
TOO_FEW: Said = dict.fromkeys(("n", "not", "partly", "fully", "value", "low", "high"))


def said(answers: Answers, first: date, last: date, survey: Survey) -> dict[str, Said]:
    """Per question of the survey, nothing hidden yet.

    ``n`` answers, of them ``not``, ``partly`` and ``fully`` satisfied; ``value``: the share of
    ``fully`` with its 95 % interval ``low``, ``high``.
    """
    given = np.flatnonzero(during(answers.answered, first, last))
    values, n = answers.answer[given], answers.n[given]
    kinds = (survey.not_satisfied, survey.partly, survey.satisfied)
    kind = np.full(len(given), len(kinds))  # any other answer
    for place, value in enumerate(kinds):
        kind[values == value] = place
    of, many = answers.question[given].astype("int64") + 1, len(answers.questions) + 1  # 0: of none
    cells = np.bincount(of * (len(kinds) + 1) + kind, n, many * (len(kinds) + 1))
    counts = cells.astype("int64").reshape(many, -1)[1:]
    found = dict(zip(answers.questions, counts.tolist(), strict=True))
    return {q.code: _said(found.get(q.code, [0] * (len(kinds) + 1))) for q in survey.questions}


def _said(counts: Sequence[int]) -> Said:
    """Of how many were not, partly and fully satisfied, and answered anything else."""
    not_, partly, fully, _ = counts
    total = sum(counts)
    satisfied = share(fully, total)
    return {
        "n": total,
        "not": not_,
        "partly": partly,
        "fully": fully,
        "value": satisfied.value,
        "low": satisfied.low,
        "high": satisfied.high,
    }

"""How good forecasts were, beside the guess that the next fortnight will be as the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Verdict = Literal["better", "same", "worse"]


class Scored(Protocol):
    """A forecast whose day has come; all but ``expected`` are whole numbers of cases."""

    @property
    def expected(self) -> float: ...

    @property
    def low(self) -> int: ...

    @property
    def high(self) -> int: ...

    @property
    def naive(self) -> int: ...  # how many had passed their due date in the horizon before

    @property
    def realised(self) -> int | None: ...


@dataclass(frozen=True)
class Score:
    """Over ``n`` forecasts: the mean absolute errors in cases, ours and that of "as before".

    ``inside``: the share of forecasts whose interval held what came.
    """

    n: int
    error: float
    naive_error: float
    inside: float

    @property
    def verdict(self) -> Verdict:
        """Whether forecasting was worth it, to the tenth of a case that is shown."""
        ours, theirs = round(self.error, 1), round(self.naive_error, 1)
        if ours == theirs:
            return "same"
        return "better" if ours < theirs else "worse"


def score(forecasts: Sequence[Scored]) -> Score | None:
    """The score of those of ``forecasts`` that have one; None where there are none."""
    told = [(f, f.realised) for f in forecasts if f.realised is not None]
    if not told:
        return None
    return Score(
        n=len(told),
        error=sum(abs(f.expected - came) for f, came in told) / len(told),
        naive_error=sum(abs(f.naive - came) for f, came in told) / len(told),
        inside=sum(f.low <= came <= f.high for f, came in told) / len(told),
    )

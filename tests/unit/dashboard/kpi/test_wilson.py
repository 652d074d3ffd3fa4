"""Wilson's interval against published values and statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from dashboard.kpi.wilson import Share, share


@pytest.mark.parametrize(
    ("part", "n", "low", "high"),
    [
        (0, 10, 0, 0.27753),
        (45, 50, 0.78640, 0.95652),
        (50, 50, 0.92865, 1),
        (433, 1000, 0.40260, 0.46391),
    ],
)
def test_published_intervals(part: int, n: int, low: float, high: float) -> None:
    found = share(part, n)
    assert found.low == pytest.approx(low, abs=5e-6)
    assert found.high == pytest.approx(high, abs=5e-6)
    assert found.value == part / n


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_that_of_statsmodels_and_holds_the_share(pair: tuple[int, int]) -> None:
    part, n = pair
    found = share(part, n)
    low, high = proportion_confint(part, n, method="wilson")
    assert found.low == pytest.approx(low, abs=1e-12)
    assert found.high == pytest.approx(high, abs=1e-12)
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_share_of_nothing_is_nothing() -> None:
    assert share(0, 0) == Share(None, 0, None, None)


@pytest.mark.parametrize("n", [1, 7, 10, 333])
def test_the_ends_are_exact(n: int) -> None:
    assert share(0, n).low == 0
    assert share(n, n).high == 1

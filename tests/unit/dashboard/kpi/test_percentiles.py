"""Percentiles of counted values against the same values written out one by one."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from statistics import fmean, median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.kpi import percentiles

counted = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 6)), max_size=30)


def arrays(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    values, counts = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(values, dtype="int64"), np.array(counts, dtype="int64")


def written_out(pairs: list[tuple[int, int]]) -> list[int]:
    return sorted(value for value, count in pairs for _ in range(count))


@given(counted, st.integers(1, 100))
def test_nearest_rank(pairs: list[tuple[int, int]], percent: int) -> None:
    ordered = written_out(pairs)
    rank = ceil(Fraction(percent * len(ordered), 100))
    expected = ordered[rank - 1] if ordered else None
    assert percentiles.nearest_rank(*arrays(pairs), percent) == expected


def test_the_rank_is_exact_where_a_fraction_would_round_up() -> None:
    # 0.55 * 100 is 55.00000000000001 in floating point: the 56th value would be wrong.
    values = np.arange(1, 101)
    assert percentiles.nearest_rank(values, np.ones(100, dtype="int64"), 55) == 55


@given(counted)
def test_median_and_mean(pairs: list[tuple[int, int]]) -> None:
    ordered = written_out(pairs)
    assert percentiles.median(*arrays(pairs)) == (median(ordered) if ordered else None)
    expected = fmean(ordered) if ordered else None
    assert percentiles.mean(*arrays(pairs)) == (
        expected if expected is None else pytest.approx(expected, rel=1e-14)
    )

"""Planting: how many of each kind, and where."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.sample.defects import NEED_A_RESULT, OF_CENTRES, OF_PORTAL, OF_WIDE_ROWS, plan
from etl.sample.parameters import DIRTY_AT_MOST, RATES

sorts = st.sampled_from([OF_CENTRES, OF_PORTAL, OF_WIDE_ROWS])


@given(sorts, st.integers(0, 3000), st.floats(0, 1), st.integers(0, 2**32))
def test_a_plan_keeps_to_its_rates_and_to_records_that_can_bear_them(
    kinds: tuple[str, ...], n: int, old: float, seed: int
) -> None:
    settled = int(n * old)
    drawn = plan(np.random.default_rng(seed), kinds, n, settled=settled).of(0, n)
    assert sum(kind != "" for kind in drawn) <= DIRTY_AT_MOST * n
    for kind, count in Counter(filter(None, drawn)).items():
        assert count <= max(1, round(RATES[kind] * n))
    for at, kind in enumerate(drawn):
        assert kind not in NEED_A_RESULT or at < settled


@given(sorts, st.integers(110, 3000), st.integers(0, 2**32))
def test_a_source_of_some_size_suffers_from_everything(
    kinds: tuple[str, ...], n: int, seed: int
) -> None:
    drawn = plan(np.random.default_rng(seed), kinds, n, settled=n).of(0, n)
    assert set(drawn) - {""} == set(kinds)


def test_two_thousand_applications_are_enough_for_every_kind(told: dict[str, Any]) -> None:
    planted = {kind for kinds in told["defects"].values() for kind in kinds}
    assert planted == {*RATES, "case_rejected"}
    assert all(n > 0 for kinds in told["defects"].values() for n in kinds.values())

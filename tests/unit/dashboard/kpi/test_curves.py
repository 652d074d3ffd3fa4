"""Curves of several days at once against each day looked at by itself, case by case."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.kpi import survival
from dashboard.kpi.curves import MIN_AT_RISK, YEAR, Curves, lives
from dashboard.kpi.state import NEVER, Cases, number

AS_OF = date(2013, 12, 31)
Row = tuple[int, int, int, int]  # days received before AS_OF, days until it stopped (-1: never), n

rows_of_cases = st.lists(
    st.tuples(st.integers(-20, 700), st.integers(-1, 500), st.integers(0, 2), st.integers(1, 5)),
    max_size=40,
)


def cases_of(rows: list[Row]) -> tuple[Cases, np.ndarray]:
    back, lasted, channel, n = np.array(rows, "int64").reshape(-1, 4).T
    received = (number(AS_OF) - back).astype("int32")
    stopped = np.where(lasted < 0, NEVER, received + lasted).astype("int32")
    nothing = np.zeros(len(rows), dtype=bool)
    return Cases(received, received + np.int32(30), stopped, nothing, nothing, stopped, n), channel


def counted(rows: list[Row], back: int, channel: int, age: int) -> tuple[int, int]:
    """Stopped at that age by the end of the day so many days ago, and open at it; by loops."""
    ended = still = 0
    for before, lasted, of, n in rows:
        old = before - back
        if of != channel or not 0 <= old < YEAR:
            continue
        if 0 <= lasted <= old:
            ended += n * (lasted == age)
        else:
            still += n * (old == age)
    return ended, still


@given(rows=rows_of_cases, many=st.integers(1, 5), apart=st.sampled_from([1, 7, 14, 90]))
@settings(deadline=None, max_examples=60)
def test_every_day_is_counted_as_if_it_were_the_only_one(
    rows: list[Row], many: int, apart: int
) -> None:
    ended, still = lives(*cases_of(rows), AS_OF, many=many, apart=apart)
    assert ended.shape == still.shape == (many, ended.shape[1], YEAR)
    for at in range(many):
        for channel in range(ended.shape[1]):
            expected = [counted(rows, at * apart, channel, age) for age in range(YEAR)]
            found = zip(ended[at, channel].tolist(), still[at, channel].tolist(), strict=True)
            assert [*found] == expected


def test_the_order_of_the_rows_says_nothing() -> None:
    dice = np.random.default_rng(3)
    rows = [
        (int(b), int(d), int(c), 1) for b, d, c in dice.integers((0, -1, 0), (700, 90, 3), (500, 3))
    ]
    forth = lives(*cases_of(sorted(rows, reverse=True)), AS_OF, many=3, apart=14)
    mixed = lives(*cases_of(rows), AS_OF, many=3, apart=14)
    np.testing.assert_array_equal(forth, mixed)


def test_a_chance_is_that_of_the_curve_of_survival() -> None:
    dice = np.random.default_rng(5)
    rows = [(int(b), int(d), 0, 1) for b, d in dice.integers((0, -1), (360, 80), (4000, 2))]
    cases, channel = cases_of(rows)
    curves = Curves.over(*lives(cases, channel, AS_OF, many=1, apart=1))
    curve = survival.curve(cases, AS_OF, AS_OF - timedelta(days=YEAR - 1), AS_OF)
    known = curve[curve["at_risk"] >= MIN_AT_RISK]
    still = (1 - known["value"]).to_numpy()
    zero = np.zeros(len(known), "int64")
    place, now, end = curves.place(zero, zero), curves.age(zero - 1), curves.age(known["days"])
    assert len(known) > 60
    assert curves.chance(place, now, np.asarray(end)) == pytest.approx(still, rel=1e-9)

"""The ways of the regulation, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.sample import process
from etl.sample.batches import COLUMNS
from etl.sample.days import DAY, NEVER, Days, calendar_of
from etl.sample.parameters import REFUSED, REGISTERED, REJECTED, RETURNED, STEPS
from etl.sample.process import Clerks, Fate, Way, fates
from tests.support.regulations import almaty

CITY = calendar_of(almaty(), date(2013, 12, 31))
ALMATY_2024 = calendar_of(almaty(), date(2024, 8, 31))


def _steps(way: Way, seed: int, days: Days = CITY, n: int = 60) -> tuple[np.ndarray, Fate]:
    rng = np.random.default_rng(seed)
    open_days = {"direct": days.offices, "psc": days.centres, "portal": days.centres}[way]
    in_period = open_days[(open_days >= days.first) & (open_days <= days.as_of)]
    arriving = np.sort(rng.choice(in_period, n))
    fate = fates(rng, n, way, soon=np.zeros(n, dtype=bool))
    clerks = Clerks(rng, days)
    walk: Callable[[], np.ndarray] = {
        "direct": lambda: process.direct(clerks, arriving, fate),
        "psc": lambda: process.centre(clerks, arriving, fate, slow=bool(seed % 2)),
        "portal": lambda: process.portal(clerks, arriving, fate),
    }[way]
    return walk(), fate


ways = st.sampled_from(["direct", "psc", "portal"])
seeds = st.integers(0, 2**32)
calendars = st.sampled_from([CITY, ALMATY_2024])


@settings(max_examples=40, deadline=None)
@given(ways, seeds, calendars)
def test_every_way_is_a_path_of_the_regulations_diagram(way: Way, seed: int, days: Days) -> None:
    # Given applications on their way
    steps, fate = _steps(way, seed, days)
    known = almaty().steps
    for minutes, outcome in zip(steps.tolist(), fate.outcome.tolist(), strict=True):
        # When their steps are put in order of time
        walked = sorted(
            (minute, code)
            for minute, code in zip(minutes, STEPS[way], strict=True)
            if minute < NEVER
        )
        times, codes = zip(*walked, strict=True)
        # Then no two happen at once, each may follow the one before, and the last may be the end
        assert len(set(times)) == len(times)
        for before, after in pairwise(codes):
            conditions = [c for c in known[before].next if known[c].kind == "condition"]
            follow = {*known[before].next, *(n for c in conditions for n in known[c].next)}
            assert after in follow
        ended = {
            REGISTERED: "registered",
            REFUSED: "refused",
            RETURNED: "returned",
            REJECTED: "rejected",
        }[outcome]
        assert ended in known[codes[-1]].outcomes


@settings(max_examples=20, deadline=None)
@given(ways, seeds)
def test_the_commission_considers_only_when_it_sits(way: Way, seed: int) -> None:
    steps, _ = _steps(way, seed)
    code = {"direct": "D-P6", "psc": "X-P7", "portal": "E-P8"}[way]
    considered = steps[:, STEPS[way].index(code)]
    assert np.isin(considered[considered < NEVER] // DAY, CITY.sittings).all()


@settings(max_examples=20, deadline=None)
@given(ways, seeds)
def test_nothing_happens_at_night_or_on_a_day_off(way: Way, seed: int) -> None:
    steps, _ = _steps(way, seed)
    session = slice(0, COLUMNS["portal"].received + 1)  # an applicant's own, at any hour
    done = np.delete(steps, session, axis=1) if way == "portal" else steps
    done = done[done < NEVER]
    assert np.isin(done // DAY, np.union1d(CITY.offices, CITY.centres)).all()
    assert (done % DAY >= 9 * 60).all()
    assert (done % DAY < 20 * 60).all()


@pytest.mark.parametrize("way", ["direct", "psc", "portal"])
def test_who_must_be_decided_soon_is_registered_without_delay(way: Way) -> None:
    fate = fates(np.random.default_rng(1), 500, way, soon=np.ones(500, dtype=bool))
    assert set(fate.outcome.tolist()) == {REGISTERED}
    assert not fate.stuck.any()
    assert not fate.postponed.any()

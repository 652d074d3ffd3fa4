"""What makes the city look like one: seasons, sittings, a slow office, a late spell, open cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from etl.sample.arrivals import arrivals
from etl.sample.batches import Batch, batch, steps_of
from etl.sample.days import DAY, NEVER, THURSDAY_1970, Days, calendar_of, dated, due
from etl.sample.defects import plan
from etl.sample.parameters import AUTHORITY, CENTRES, PLACES, PORTAL, REGISTERED, RETURNED
from etl.sample.surveys import NOT, SATISFIED, answered
from tests.support.regulations import almaty

N = 20_000


@dataclass(frozen=True)
class City:
    days: Days
    batches: list[Batch]  # one a place

    def joined(self, name: str) -> np.ndarray:
        """A column of all received applications."""
        parts = [getattr(b, name)[b.received < NEVER] for b in self.batches]
        return np.concatenate(parts)

    @property
    def due(self) -> np.ndarray:
        return due(self.days, self.joined("received"), almaty().clock())


@pytest.fixture(scope="module", params=[date(2013, 12, 31), date(2026, 11, 22)], ids=str)
def city(request: pytest.FixtureRequest) -> City:
    rng = np.random.default_rng(7)
    days = calendar_of(almaty(), request.param)
    coming = arrivals(rng, days, N)
    whole = (0, len(coming.counts))
    none = plan(rng, (), N, settled=N)
    return City(
        days,
        [
            batch(rng, days, coming, none, place=p, stretch=whole, first=0)
            for p in range(len(PLACES))
        ],
    )


def _weekday(day: np.ndarray) -> np.ndarray:
    return (day + THURSDAY_1970) % 7


def test_all_apply_somewhere_and_the_centres_accept_most(city: City) -> None:
    sizes = [len(b) for b in city.batches]
    assert sum(sizes) == N
    assert sum(sizes[1:PORTAL]) > N / 2
    assert min(sizes) > N / 30


def test_nobody_accepts_on_a_holiday_and_only_the_portal_on_a_sunday(city: City) -> None:
    for place, b in enumerate(city.batches):
        received = b.received[b.received < NEVER]
        assert not np.isin(received, city.days.closed).any()
        sundays = (_weekday(received) == 6) & ~np.isin(received, city.days.offices)
        assert sundays.any() == (place == PORTAL)


def test_work_grows_over_the_year_and_the_portal_faster(city: City) -> None:
    received, halves = city.joined("received"), city.days.as_of - 365
    assert (received > halves).sum() > ((received > halves - 365) & (received <= halves)).sum()
    at_portal = city.batches[PORTAL].received
    early = (at_portal <= halves).sum() / (received <= halves).sum()
    late = ((at_portal > halves) & (at_portal < NEVER)).sum() / (received > halves).sum()
    assert late > 1.2 * early


def test_mondays_are_busier_than_fridays_and_autumn_than_july(city: City) -> None:
    received = city.joined("received")
    days = Counter(_weekday(received).tolist())
    assert days[0] > 1.2 * days[4]
    months = Counter(dated(d).month for d in received[received <= city.days.as_of - 60].tolist())
    assert months[10] / months[7] > 1.1


def test_eight_to_fifteen_in_a_hundred_are_late_and_one_office_more_than_any_other(
    city: City,
) -> None:
    last, stopped = city.due, city.joined("stopped")
    past = last < city.days.as_of
    assert 0.08 < (stopped[past] > last[past]).mean() < 0.15
    shares = {}
    for b in city.batches:
        limit = due(city.days, b.received, almaty().clock())
        known = (b.received < NEVER) & (limit < city.days.as_of)
        shares[PLACES[b.place]] = (b.stopped[known] > limit[known]).mean()
    slow = shares.pop("zhetysu")
    assert slow > 1.7 * max(shares.values())


def test_the_late_spell_shows_in_the_month_that_it_makes_late(city: City) -> None:
    last, stopped = city.due, city.joined("stopped")
    months = last.astype("datetime64[D]").astype("datetime64[M]").astype(int)
    late = {
        int(m): (stopped[months == m] > last[months == m]).mean()
        for m in np.unique(months[last < city.days.as_of])
        if (months == m).sum() > 100
    }
    worst = max(late, key=lambda m: float(late[m]))
    around = dated(city.days.spell[1])
    assert abs(worst - (around.year - 1970) * 12 - around.month + 1) <= 1
    assert late[worst] > 2 * np.median(list(late.values()))


def test_a_tenth_come_back_incomplete_and_some_are_refused(city: City) -> None:
    outcome = city.joined("outcome")
    assert 0.08 < (outcome == RETURNED).mean() < 0.12
    assert 0.04 < (outcome != REGISTERED).mean() - (outcome == RETURNED).mean() < 0.12


@pytest.mark.parametrize("place", [AUTHORITY, 3, PORTAL])
def test_cases_stand_open_in_every_stage_and_most_wait_for_the_commission(
    city: City, place: int
) -> None:
    # Given the cases of a place that nobody has finished
    b = city.batches[place]
    still = b.steps[(b.stopped == NEVER) & (b.received < NEVER)]
    reached = Counter(
        steps_of(place)[int(np.argmax(np.where(row < NEVER, row, -1)))] for row in still
    )
    # Then the step before the commission is the fullest, and no other is empty
    waits = {AUTHORITY: "D-P5", PORTAL: "E-P7"}.get(place, "X-P6")
    assert reached.most_common(1)[0][0] in {waits, "E-P5"}
    if place == AUTHORITY:
        assert len(reached) >= 6


def test_some_open_cases_are_overdue(city: City) -> None:
    still = city.joined("stopped") == NEVER
    overdue = still & (city.due < city.days.as_of)
    assert 5 < overdue.sum() < still.sum() / 4


def test_nothing_is_known_of_what_comes_after_the_day(city: City) -> None:
    for b in city.batches:
        known = b.steps[b.steps < NEVER]
        assert known.max() < (city.days.as_of + 1) * DAY


def test_satisfaction_falls_with_delay_and_a_third_answer(city: City) -> None:
    rng = np.random.default_rng(1)
    responses = finished = 0
    fast, slow = [], []
    for b, centre in zip(city.batches[1:PORTAL], CENTRES, strict=True):
        limit = due(city.days, b.received, almaty().clock())
        for late, group in ((False, fast), (True, slow)):
            chosen = Batch(
                place=b.place,
                way=b.way,
                first=0,
                category=b.category,
                outcome=b.outcome,
                steps=np.where(((b.stopped > limit) == late)[:, None], b.steps, NEVER),
                kinds=b.kinds,
            )
            forms = answered(rng, city.days, chosen, limit, centre)
            group.extend(forms[:, 1].tolist())
            responses += len(forms)
            finished += int((chosen.stopped < NEVER).sum())
            assert (forms[:, 0] <= city.days.as_of).all()
    assert 0.2 < responses / finished < 0.4
    happy = [np.mean(np.array(g) == SATISFIED) for g in (fast, slow)]
    unhappy = [np.mean(np.array(g) == NOT) for g in (fast, slow)]
    assert happy[0] > happy[1] + 0.15
    assert unhappy[0] < unhappy[1]
    assert 0.40 < np.mean(np.array(fast + slow) == SATISFIED) < 0.56

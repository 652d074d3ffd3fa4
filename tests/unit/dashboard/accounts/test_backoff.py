"""The wait that follows refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.accounts.throttle import BACKOFFS, Attempt, Backoff


def test_it_is_nothing_at_first_then_doubles_up_to_its_end() -> None:
    backoff = Backoff(free=3, longest=timedelta(seconds=60))
    waits = [backoff.wait(times).total_seconds() for times in range(10)]
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.wait(10**9) == timedelta(seconds=60)


@pytest.mark.parametrize("kind", BACKOFFS)
def test_a_thousand_guesses_take_a_night(kind: str) -> None:
    waited = sum((BACKOFFS[kind].wait(times) for times in range(1000)), timedelta())
    assert waited > timedelta(hours=12)


def test_what_is_kept_tells_nothing_without_the_secret() -> None:
    one = Attempt.of("a" * 32, login="aigul", address="10.0.0.1")
    assert set(one.keys) == set(BACKOFFS)
    assert len(set(one.keys.values())) == len(BACKOFFS)
    assert one != Attempt.of("b" * 32, login="aigul", address="10.0.0.1")
    assert "aigul" not in str(one)

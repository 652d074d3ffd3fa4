"""The overdue cases by the step that they stand at, against a search through the rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pandas as pd
import pytest
from sqlalchemy import Engine

from dashboard import filters, queries
from tests.support import city as cities
from tests.support.city import AS_OF
from tests.support.regulations import small_town

REGULATION = small_town()
DAY = filters.default(regulation=REGULATION, as_of=AS_OF)


@pytest.mark.parametrize("seed", range(4))
def test_each_overdue_case_stands_at_its_latest_step(engine: Engine, seed: int) -> None:
    town = cities.fill(engine, cities.random_city(REGULATION, seed=seed, cases=250))
    channel = REGULATION.codes("channels")[0]
    for wanted in (DAY, replace(DAY, channels=(channel,))):
        expected: dict[str | None, list[int]] = defaultdict(list)
        for case in town.cases:
            if (
                case.clock != wanted.clock
                or case.outcome == "rejected"
                or (wanted.channels and case.channel not in wanted.channels)
                or not case.received_on <= AS_OF
                or (case.stopped_on is not None and case.stopped_on <= AS_OF)
                or not case.due_on < AS_OF
            ):
                continue
            steps = [
                event
                for event in town.events
                if event.case_id == case.case_id and event.occurred_on <= AS_OF
            ]
            last = max(steps, key=lambda e: (e.occurred_on, e.position), default=None)
            days = [] if last is None else [(AS_OF - last.occurred_on).days]
            expected[last.step if last else None] += days or [0]
        found = queries.stuck(engine, wanted, regulation=REGULATION)
        said = {
            None if row["step"] != row["step"] else row["step"]: (row["n"], row["days"])
            for row in found.to_dict("records")
        }
        assert {step: n for step, (n, _) in said.items()} == {
            step: len(days) for step, days in expected.items()
        }
        for step, days in expected.items():
            if step is not None:
                assert said[step][1] == pytest.approx(sum(days) / len(days))
        assert list(found["n"]) == sorted(found["n"], reverse=True)


@pytest.mark.parametrize("limits", [["stuck._MOST"], ["stuck._MOST", "late._MOST_DAYS"]])
def test_more_cases_or_days_than_can_be_held_or_named_change_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, limits: list[str]
) -> None:
    cities.fill(engine, cities.random_city(REGULATION, seed=1, cases=250))
    days = [replace(DAY, as_of=AS_OF - timedelta(days=back)) for back in (0, 20, 90)]
    kept = [queries.stuck(engine, day, regulation=REGULATION) for day in days]
    for limit in limits:
        module, _, name = limit.partition(".")
        monkeypatch.setattr(import_module(f"dashboard.queries.{module}"), name, 0)
    with engine.begin() as connection:
        cities.new_version(connection)
    for day, before in zip(days, kept, strict=True):
        found = queries.stuck(engine, day, regulation=REGULATION)
        pd.testing.assert_frame_equal(found, before)
    assert all(len(before) > 1 for before in kept)

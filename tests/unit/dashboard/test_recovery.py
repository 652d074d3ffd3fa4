"""An attack on the survey's figures: all that is told of a period, solved for what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard import measures
from dashboard.filters import Filter, default
from etl.databases import open_engine
from tests.support import city as cities
from tests.support.city import AnswerRow, City
from tests.support.migrated import migrated
from tests.support.regulations import small_town

REGULATION = small_town()
PLACES = REGULATION.codes("service_points")
MONTHS = ("2013-09", "2013-10", "2013-11")
PERIOD = replace(
    default(regulation=REGULATION, as_of=date(2013, 12, 31)), period_from=date(2013, 9, 1)
)
KEYS = ("satisfied", "response_rate")
LEAST = 5

Cell = tuple[str, str]  # office and month
Told = tuple[frozenset[Cell], int]

few = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 9, 14])


def subsets(codes: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(codes, k) for k in range(len(codes) + 1)))


def warehouse(folder: Path, counts: dict[Cell, int]) -> Engine:
    engine = open_engine(migrated(folder / "kezek.db"))
    rows = [
        AnswerRow(
            response_id=f"{place}-{month}-{i}",
            service_point=place,
            answered_on=date.fromisoformat(f"{month}-{1 + i:02}"),
            question=question,
            answer=1 + i % 3,
        )
        for (place, month), count in counts.items()
        for i in range(count)
        for question in ("q1", "q2")
    ]
    cities.fill(engine, City(REGULATION, answers=rows))
    return engine


def everything_told(engine: Engine) -> Iterator[Told]:
    """What each filter of offices and channels tells: its total, and its rows by each dimension."""
    for channels in subsets(REGULATION.codes("channels")):
        for offices in subsets(PLACES):
            f = replace(PERIOD, channels=channels, service_points=offices)
            yield from of(measures.compute(engine, REGULATION, f, keys=KEYS), f, MONTHS)
            for row in measures.compute_by(engine, REGULATION, f, by="month", keys=KEYS):
                yield from of(row, f, (row["month"],))
            for row in measures.compute_by(engine, REGULATION, f, by="channel", keys=KEYS):
                yield from of(row, replace(f, channels=(row["channel"],)), MONTHS)
            for row in measures.compute_by(engine, REGULATION, f, by="service_point", keys=KEYS):
                yield from of(row, replace(f, service_points=(row["service_point"],)), MONTHS)


def of(row: dict[str, Any], f: Filter, months: tuple[str, ...]) -> Iterator[Told]:
    cells = frozenset(
        (place.code, month)
        for place in REGULATION.service_points
        for month in months
        if (not f.channels or place.channel in f.channels)
        and (not f.service_points or place.code in f.service_points)
    )
    rate = row["response_rate"]
    for n in (*(said["n"] for said in row["satisfied"].values()), rate and rate["responses"]):
        if n is not None:
            yield cells, n


@given(counts=st.fixed_dictionaries({(place, month): few for place in PLACES for month in MONTHS}))
@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_sum_or_difference_of_all_that_is_told_gives_few_answers(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[Cell, int]
) -> None:
    engine = warehouse(tmp_path_factory.mktemp("city"), counts)
    told = set(everything_told(engine))
    engine.dispose()
    assert all(sum(counts[cell] for cell in cells) == n for cells, n in told)
    order = list(counts)
    # Where nobody answered, nobody did in any part of it.
    nobody = {frozenset([cell]) for cells, n in told if n == 0 for cell in cells}
    sums = [[cell in cells for cell in order] for cells in {c for c, _ in told} | nobody]
    space = np.array(sums, dtype=float)
    rank = np.linalg.matrix_rank(space)
    people = [cell for cell in order if counts[cell]]
    for size in range(1, LEAST):
        for some in combinations(people, size):
            if sum(counts[cell] for cell in some) < LEAST:
                wanted = np.array([cell in some for cell in order], dtype=float)
                assert np.linalg.matrix_rank(np.vstack([space, wanted])) > rank, (some, counts)


def test_two_offices_less_one_do_not_give_the_third(tmp_path: Path) -> None:
    counts = {("hall", "2013-11"): 2, ("site", "2013-11"): 9, ("mall", "2013-11"): 12}
    engine = warehouse(tmp_path, counts)

    def told(*offices: str) -> int | None:
        f = replace(PERIOD, service_points=offices)
        said = measures.compute(engine, REGULATION, f, keys=("satisfied",))["satisfied"]["q1"]["n"]
        return None if said is None else int(said)

    assert told() == 23
    assert told("mall") == 12
    assert told("hall", "site") == 11
    assert told("hall", "mall") is told("hall") is told("site") is None
    engine.dispose()

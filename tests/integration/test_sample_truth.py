"""A synthetic city, loaded: every count and measure is what its generator planted."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard.filters import Filter
from dashboard.measures import compute
from etl.run import run
from etl.sample import write_city
from tests.support.regulations import almaty

AS_OF = date(2013, 12, 31)
TODAY = date(2026, 1, 1)  # the exports state their own date


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="module")
def truth(city: Path) -> dict[str, Any]:
    return write_city(city, regulation=almaty(), applications=3000, seed=7, as_of=AS_OF)


def test_a_loaded_city_says_what_was_planted_in_it_and_is_loaded_once(
    engine: Engine, city: Path, truth: dict[str, Any]
) -> None:
    # When the exports are loaded
    report = _load(engine, city)
    # Then each source has as many records as were written
    assert {name: source["read"] for name, source in report.items()} == truth["rows"]
    # And each planted defect is found, by kind, and nothing else
    found = {
        name: dict(
            Counter(source["rejects"])
            + Counter(source["findings"])
            + Counter(duplicate=source["duplicate"])
        )
        for name, source in report.items()
    }
    assert found == truth["defects"]
    # And the measures are those of the truth
    period = Filter(
        as_of=AS_OF,
        period_from=date.fromisoformat(truth["from"]),
        period_to=date.fromisoformat(truth["to"]),
        clock="service",
    )
    measured = compute(engine, almaty(), period)
    for key, expected in truth["measures"].items():
        assert _flat(key, measured[key]) == pytest.approx(_flat(key, expected), abs=1e-9), key
    # When they are loaded again
    again = _load(engine, city)
    # Then nothing changes
    changed = {
        name: {kind: source[kind] for kind in ("inserted", "updated", "rejected")}
        for name, source in again.items()
    }
    assert changed == {name: {"inserted": 0, "updated": 0, "rejected": 0} for name in again}


def _load(engine: Engine, city: Path) -> dict[str, Any]:
    """What the run reports of each source."""
    report = run(
        engine=engine,
        regulation=almaty(),
        sources=city / "sources.toml",
        today=TODAY,
        pseudonym_key="a key for tests",
    )
    sources: dict[str, Any] = report.to_json()["sources"]
    return sources


def _flat(key: str, value: Any) -> dict[str, Any]:
    """Every number of a measure under one name each."""
    if not isinstance(value, dict):
        return {key: value}
    inner = [_flat(f"{key}.{name}", part) for name, part in value.items()]
    return {name: number for part in inner for name, number in part.items()}

"""A town whose channels export in five formats has the same measures: configuration says it all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from dashboard import filters, measures
from etl import regulation as regulations
from etl import warehouse
from etl.databases import open_engine
from etl.run import run
from tests.support.migrated import migrated
from tests.support.recut import recut

TOWN = Path(__file__).resolve().parents[1] / "cases" / "receipt"
PROJECT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("KEZEK_CASES", PROJECT.parent / "shared" / "cases"))
RULES = regulations.load(TOWN / "regulation.toml")
_OF_THE_DELIVERY = {"source", "position", "row_hash", "run_id"}
DIMENSIONS = ("month", "channel", "category", "service_point")
ASKED = filters.Filter(
    as_of=date(2011, 9, 30),
    period_from=date(2011, 7, 1),
    period_to=date(2011, 8, 31),
    clock=RULES.headline_clock,
)

pytestmark = pytest.mark.skipif(
    not (CASES / "receipt").is_dir(),
    reason=f"the receipt case is not at {CASES}; KEZEK_CASES names the folder of cases",
)


def _load(engine: Engine, sources: Path) -> dict[str, dict[str, int]]:
    """What each source rejected, by rule."""
    report = run(
        engine=engine,
        regulation=RULES,
        sources=sources,
        today=date(2014, 1, 1),
        pseudonym_key=None,
    )
    assert all(source.tally.read for source in report.sources.values())
    return {name: dict(source.tally.rejects) for name, source in report.sources.items()}


def _warehouse(folder: Path) -> Engine:
    return open_engine(migrated(folder / "kezek.db"))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The town from its own two CSV files."""
    engine = _warehouse(tmp_path_factory.mktemp("untouched"))
    _load(engine, TOWN / "sources.toml")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def recut_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The same town from five exports, a format for each channel."""
    folder = tmp_path_factory.mktemp("recut")
    recut(CASES / "receipt", folder)
    engine = _warehouse(folder)
    rejects = _load(engine, Path(shutil.copy(TOWN / "recut.toml", folder)))
    assert sum(count.get("stop_before_start", 0) for count in rejects.values()) == 2
    assert {rule for count in rejects.values() for rule in count} <= {
        "stop_before_start",
        "case_rejected",
    }
    yield engine
    engine.dispose()


def _measures(engine: Engine) -> dict[str, Any]:
    parts = {by: measures.compute_by(engine, RULES, ASKED, by=by, within=30) for by in DIMENSIONS}
    return {"all": measures.compute(engine, RULES, ASKED, within=30), **parts}


def _cases_and_events(engine: Engine) -> list[set[tuple[Any, ...]]]:
    """What is known of every case and event, whichever source told it in whatever order."""
    told = [
        select(*(column for column in table.columns if column.name not in _OF_THE_DELIVERY))
        for table in (warehouse.cases, warehouse.events)
    ]
    with engine.connect() as connection:
        return [set(map(tuple, connection.execute(query))) for query in told]


def test_the_measures_are_those_of_the_untouched_files(
    untouched: Engine, recut_town: Engine
) -> None:
    assert _measures(recut_town) == _measures(untouched)


def test_every_case_and_event_is_what_it_was_to_the_microsecond(
    untouched: Engine, recut_town: Engine
) -> None:
    cases, events = _cases_and_events(recut_town)
    assert (len(cases), len(events)) == (1432, 8573)
    assert [cases, events] == _cases_and_events(untouched)


def test_the_measures_are_those_counted_by_brute_force(recut_town: Engine) -> None:
    expected = json.loads((CASES / "receipt" / "expected.json").read_text("utf-8"))
    told = _measures(recut_town)
    channels = {row["channel"]: row for row in told["channel"]}
    assert _as_far_as(expected["all"], told["all"])
    assert set(channels) >= set(expected["by"])
    for channel, values in expected["by"].items():
        assert _as_far_as(values, channels[channel]), channel


def _as_far_as(expected: Any, told: Any) -> bool:
    """Whether ``told`` says what ``expected`` does, to its nine decimals."""
    if isinstance(expected, dict) and isinstance(told, dict):
        return all(_as_far_as(value, told[key]) for key, value in expected.items())
    return told == (pytest.approx(expected, abs=1e-9) if isinstance(expected, float) else expected)

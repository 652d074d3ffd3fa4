"""A real town under another law goes through the same pipe, to the last digit counted by others."""

from __future__ import annotations

import json
import os
import statistics
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, func, select

from dashboard import filters, measures
from etl import regulation as regulations
from etl import warehouse
from etl.courses.verdicts import KINDS
from etl.run import RunReport, run
from tests.support import oracle
from tests.support.dump import dump

TOWN = Path(__file__).resolve().parents[1] / "cases" / "receipt"
PROJECT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("KEZEK_CASES", PROJECT.parent / "shared" / "cases"))
RULES = regulations.load(TOWN / "regulation.toml")

ALL_TIME = filters.Filter(
    as_of=date(2013, 12, 31),
    period_from=date(2010, 1, 1),
    period_to=date(2013, 12, 31),
    clock=RULES.headline_clock,
)

pytestmark = pytest.mark.skipif(
    not (CASES / "receipt").is_dir(),
    reason=f"the receipt case is not at {CASES}; KEZEK_CASES names the folder of cases",
)


def _load(engine: Engine) -> RunReport:
    return run(
        engine=engine,
        regulation=RULES,
        sources=TOWN / "sources.toml",
        today=date(2014, 1, 1),
        pseudonym_key=None,
    )


def test_the_two_impossible_cases_and_their_events_stay_out_and_all_else_gets_in(
    engine: Engine,
) -> None:
    report = _load(engine)
    applications, events = report.sources["applications"].tally, report.sources["events"].tally
    assert (applications.read, applications.inserted) == (1434, 1432)
    assert applications.rejects == {"stop_before_start": 2}
    assert (events.read, events.inserted) == (8577, 8573)
    assert events.rejects == {"case_rejected": 4}
    with engine.connect() as connection:
        for table, rows in ((warehouse.cases, 1432), (warehouse.events, 8573)):
            assert connection.scalar(select(func.count()).select_from(table)) == rows


def test_a_repeated_run_changes_nothing(engine: Engine) -> None:
    _load(engine)
    before = dump(engine, without=["run", "run_source"])
    again = _load(engine)
    assert dump(engine, without=["run", "run_source"]) == before
    for source in again.sources.values():
        assert source.tally.unchanged == source.tally.read


def test_the_measures_are_those_counted_by_brute_force(engine: Engine) -> None:
    _load(engine)
    expected = json.loads((CASES / "receipt" / "expected.json").read_text("utf-8"))
    asked = filters.Filter(
        as_of=date(2011, 9, 30),
        period_from=date(2011, 7, 1),
        period_to=date(2011, 8, 31),
        clock=RULES.headline_clock,
    )
    whole = measures.compute(engine, RULES, asked, within=30)
    assert _rounded(whole, expected["all"]) == expected["all"]
    rows = measures.compute_by(engine, RULES, asked, by="channel", within=30)
    parts = {row["channel"]: row for row in rows}
    assert {
        channel: _rounded(parts[channel], values) for channel, values in expected["by"].items()
    } == expected["by"]


def test_the_times_of_steps_are_those_counted_from_the_log(engine: Engine) -> None:
    _load(engine)
    log = pd.read_csv(CASES / "receipt" / "receipt_events.csv")
    told = json.loads((CASES / "receipt" / "expected-process.json").read_text("utf-8"))
    whole = _waits(log)
    for step, of in told["log"]["step_wait_seconds"].items():
        assert len(whole[step]) == of["n"]
        assert statistics.median(whole[step]) == pytest.approx(of["median"], abs=1e-3)
    with engine.connect() as connection:
        kept = set(connection.scalars(select(warehouse.cases.c.case_id)))
    expected = _waits(log[log["case_id"].isin(kept)])
    found = measures.compute(engine, RULES, ALL_TIME, keys=["step_time"])["step_time"]
    assert found.keys() == expected.keys()
    total = sum(map(sum, expected.values()))
    for step, seconds in expected.items():
        rank = -(-9 * len(seconds) // 10)
        assert found[step] == {
            "n": len(seconds),
            "median": pytest.approx(statistics.median(seconds) / 86_400, rel=1e-9),
            "p90": pytest.approx(sorted(seconds)[rank - 1] / 86_400, rel=1e-9),
            "share": pytest.approx(sum(seconds) / total, rel=1e-9),
        }


def test_cases_that_keep_to_the_diagram_are_those_that_loops_over_the_log_find(
    engine: Engine,
) -> None:
    _load(engine)
    log = pd.read_csv(CASES / "receipt" / "receipt_events.csv")
    steps = {case: list(rows["activity"]) for case, rows in _ordered(log).groupby("case_id")}
    with engine.connect() as connection:
        clocks = warehouse.case_clocks.c
        query = select(clocks.case_id, clocks.channel).where(clocks.stopped_on.is_not(None))
        finished = connection.execute(query.where(clocks.clock == RULES.headline_clock)).all()
    found = measures.compute(engine, RULES, ALL_TIME, keys=["conformance", "deviations"])
    kinds = [
        oracle.deviations(RULES.named("channels", channel), steps.get(case, []))
        for case, channel in finished
    ]
    assert found["conformance_n"] == len(finished)
    assert found["conformance"] == sum(not k for k in kinds) / len(finished)
    assert found["deviations"] == {"total": sum(map(bool, kinds))} | {
        kind: sum(kind in k for k in kinds) for kind in KINDS
    }


def _ordered(log: pd.DataFrame) -> pd.DataFrame:
    return log.assign(at=pd.to_datetime(log["timestamp"], utc=True)).sort_values(
        ["case_id", "at"], kind="stable"
    )


def _waits(log: pd.DataFrame) -> dict[str, list[float]]:
    """Seconds since the event before, by the activity of the later one."""
    rows = _ordered(log)
    waited = rows.groupby("case_id")["at"].diff().dt.total_seconds()
    return {
        str(step): list(seconds.dropna())
        for step, seconds in waited.groupby(rows["activity"])
        if seconds.notna().any()
    }


def _rounded(values: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """The values that ``like`` has, with the nine decimals that it gives."""
    return {key: _round(values[key], wanted) for key, wanted in like.items()}


def _round(value: Any, like: Any) -> Any:
    if isinstance(value, dict) and isinstance(like, dict):
        return _rounded(value, like)
    return round(value, 9) if isinstance(value, float) else value

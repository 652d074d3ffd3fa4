"""The bench itself, on a log so small that its figures mean nothing, and without dlt."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard import filters
from dashboard.context import parse_search
from dashboard.measures import REGISTRY
from dashboard.settings import DEFAULT_REGULATION
from etl.regulation import load
from tests.benchmarks.asked import FIRST, SQL
from tests.benchmarks.changes import changes
from tests.benchmarks.databases import KINDS, SQLITE
from tests.benchmarks.etl import EtlTimes, Peers, Rate, measure_etl, measure_peers, write_logs
from tests.benchmarks.narrow import ANOTHER_FILE, IN_PLACE, STEPS, delivered, write_log
from tests.benchmarks.report import Bench
from tests.benchmarks.targets import page_changes, verdicts
from tests.benchmarks.tasks import TASKS
from tests.benchmarks.timing import Timing
from tests.support.city import AS_OF

ROOT = Path(__file__).resolve().parents[2]
APPLICATIONS = 40
CHANGES = 4  # a tenth of them


def here(task: str, **given: Any) -> dict[str, Any]:
    """As `alone`, in this process: starting one takes longer than such a measurement."""
    return TASKS[task](**json.loads(json.dumps(given, default=str)))


@pytest.fixture
def found(tmp_path: Path) -> tuple[EtlTimes, Peers]:
    def new(_kind: str, name: str) -> str:
        return f"sqlite:///{tmp_path}/{name}.db"

    write_logs(tmp_path, [APPLICATIONS], measure=here)
    url = new(SQLITE, "log")
    times = measure_etl(tmp_path, SQLITE, url, APPLICATIONS, measure=here)
    peers = measure_peers(
        tmp_path,
        SQLITE,
        new=new,
        url=url,
        applications=APPLICATIONS,
        with_dlt=False,
        measure=here,
    )
    return times, peers


def test_the_log_has_eleven_events_each_by_time_and_the_changes_are_the_last(tmp_path):
    write_log(tmp_path, applications=APPLICATIONS)
    log = pd.read_csv(tmp_path / "events-1.csv")
    later = [pd.read_csv(tmp_path / "later" / name) for name in (IN_PLACE, ANOTHER_FILE)]
    whole = pd.concat([log, *later])
    assert (whole.groupby("case_id").size() == len(STEPS)).all()
    assert len(whole) == APPLICATIONS * len(STEPS)
    assert log["occurred_at"].is_monotonic_increasing
    assert [len(some) for some in later] == [CHANGES, CHANGES]
    assert set(pd.concat(later)["step"]) == {"D-P9"}


def test_a_delivery_lies_among_the_sources_for_a_while(tmp_path):
    write_log(tmp_path, applications=APPLICATIONS)
    before = (tmp_path / IN_PLACE).read_bytes()
    with delivered(tmp_path, IN_PLACE), delivered(tmp_path, ANOTHER_FILE):
        assert (tmp_path / IN_PLACE).read_bytes() != before
        assert (tmp_path / ANOTHER_FILE).exists()
    assert (tmp_path / IN_PLACE).read_bytes() == before
    assert not (tmp_path / ANOTHER_FILE).exists()


def test_the_bench_measures_every_run_and_writes_what_it_found(found):
    times, peers = found
    assert times.events == APPLICATIONS * len(STEPS) - 2 * CHANGES
    assert times.records == times.events + APPLICATIONS
    assert {timing.what for timing in times.measures} == {*REGISTRY, *FIRST, SQL}
    assert all(0 < timing.median <= timing.p95 for timing in times.measures)
    assert min(times.first, times.nothing, times.afresh, times.in_place, times.another_file) > 0
    assert times.memory > 0
    assert peers.to_sql.events == APPLICATIONS * len(STEPS)  # by then the changes were loaded
    bench = Bench("make bench", date(2013, 12, 31), "a machine", [times], {SQLITE: peers}, [], [])
    written = bench.as_markdown()
    assert f"| SQLite | {APPLICATIONS} | {times.events} |" in written
    assert "not measured" in written
    assert "2013-12-31: a machine" in written


def test_a_target_says_what_is_reached_and_what_is_not():
    few = _times(applications=10, memory=100)
    many = _times(applications=100, memory=300)
    peers = {k: Peers(k, Rate(1000, 1), Rate(100, 1), None) for k in KINDS}
    said = verdicts([t for kind in KINDS for t in (few[kind], many[kind])], peers)
    assert "**Not reached**: 30 times the rate of dlt's first load on SQLite. It is 5.00" in said[0]
    assert "**Not measured**: dlt merging the same again on SQLite." in said[1]
    assert "**Not reached**: at least the rate of to_sql alone on SQLite. It is 0.50" in said[2]
    assert "**Reached**: at least the rate of dlt's first load on PostgreSQL." in said[3]
    changes, memory, measures = said[6:10], said[10:14], said[14:]
    assert all("1.0 times from 10 to 100" in sentence for sentence in changes)
    assert all(sentence.startswith("**Reached**") for sentence in changes)
    assert "It is 3.0 times from 10 to 100." in memory[0]
    assert memory[0].startswith("**Not reached**")
    assert memory[1].startswith("**Not judged**")
    assert all(sentence.startswith("**Reached**: every measure") for sentence in measures)


def test_a_run_over_few_changes_may_not_take_much_longer_in_a_larger_warehouse():
    few, many = _times(applications=10)[SQLITE], _times(applications=100)[SQLITE]
    slower = replace(many, another_file=1.6 * few.another_file)
    peers = {SQLITE: Peers(SQLITE, Rate(1000, 1), None, None)}
    said = verdicts([few, slower], peers)
    assert said[3].startswith("**Reached**")
    assert said[4].startswith("**Not reached**: 1,000 changes as a file more")
    assert verdicts([few], peers)[3].startswith("**Not judged**")


def test_of_three_sizes_the_largest_is_compared_with_the_one_before_it():
    small, few, many = (_times(applications=10**n, memory=n)[SQLITE] for n in (1, 2, 3))
    small = replace(small, in_place=few.in_place / 3)
    many = replace(many, in_place=1.4 * few.in_place)
    said = verdicts([small, few, many], {SQLITE: Peers(SQLITE, Rate(1000, 1), None, None)})
    assert said[3].startswith("**Reached**")
    assert "It is 1.4 times from 100 to 1,000." in said[3]
    assert said[5].startswith("**Not reached**: memory")
    assert "It is 1.5 times from 100 to 1,000." in said[5]


def test_a_measure_may_not_take_much_longer_in_a_larger_warehouse():
    few, many = _times(applications=10)[SQLITE], _times(applications=100)[SQLITE]
    *others, last = many.measures
    slower = replace(many, measures=[*others, replace(last, median=1.4, p95=61.0)])
    peers = {SQLITE: Peers(SQLITE, Rate(1000, 1), None, None)}
    at_most, growth = verdicts([few, slower], peers)[-2:]
    assert at_most.startswith("**Not reached**: every measure of 100 applications in less than 60")
    assert growth.startswith("**Not reached**: every measure takes at most 1.3 times")
    assert f"{last.what} with 1.40 times from 10 to 100" in growth
    assert verdicts([few], peers)[-1].startswith("**Not judged**")


def test_the_document_names_the_command_that_writes_it():
    written = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    command = re.search(r"^    (make bench .*)$", written, re.MULTILINE)
    assert command is not None
    asked = re.findall(r"(\w+)=", command[1])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert asked == ["SIZES", "PAGES", "WRITE"]
    assert all(f"$({name}" in makefile or f"$(if $({name})" in makefile for name in asked)


def _times(*, applications: int, memory: int = 1) -> dict[str, EtlTimes]:
    """A run of 500 events a second on each database; no worker was needed."""
    return {
        kind: EtlTimes(
            kind=kind,
            applications=applications,
            records=1000,
            events=1000,
            files=1,
            first=2.0,
            nothing=0.1,
            afresh=1.0,
            in_place=0.1,
            another_file=1.0,
            memory=memory,
            worker_memory=0,
            warehouse=1,
            mart_rows=1,
            page=1.0,
            measures=[Timing(kind, applications, key, 1.0, 59.0) for key in REGISTRY],
            busy=(0.0, 0.0),
        )
        for kind in KINDS
    }


def test_the_slowest_page_of_the_largest_city_says_whether_filters_change_in_time() -> None:
    times = [
        Timing(SQLITE, 10, "/", 200.0, 300.0),
        Timing(SQLITE, 100, "/", 20.0, 30.0),
        Timing(SQLITE, 100, "/queue", 40.0, 59.9),
        Timing(SQLITE, 100, "SQL on the cases", 400.0, 500.0),
    ]
    (said,) = page_changes(times)
    assert said.startswith("**Reached**")
    assert "/queue with 59.9 ms" in said
    slow = [Timing(SQLITE, 100, "/times", 1.0, 60.0), Timing(SQLITE, 100, "/data", 1.0, 70.0)]
    (said,) = page_changes([*times, *slow])
    assert said.startswith("**Not reached**")
    assert said.endswith("The slowest is /data with 70.0 ms, then /times with 60.0 ms.")


def test_the_filters_of_a_bench_are_understood_and_differ() -> None:
    rules = load(DEFAULT_REGULATION)
    found = changes(rules, 300)
    assert found == changes(rules, 300)
    asked = [
        filters.parse(parse_search(query), regulation=rules, default_as_of=AS_OF) for query in found
    ]
    assert not [query for query, (_, problems) in zip(found, asked, strict=True) if problems]
    assert len({chosen for chosen, _ in asked}) == 300

"""What a correction did to the figures, on both databases, from loads to the printed answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard import measures, queries
from dashboard.measures import Comparison, Moment, Movement
from etl.intake import record_survey
from tests.support import city as cities
from tests.support import histories
from tests.support.command import kezek
from tests.support.regulations import almaty
from tests.support.town_files import OFFICE, REGISTER, SURVEYS, exports, write_town
from tests.support.town_loads import FIRST, SECOND, TOWN, YEAR, load

CORRECTED = {
    # case 2 is of another category, came earlier and was sent back, case 3 has another result and
    # case 4 can be read now; one entry left the queue and one is new
    "office": [
        OFFICE[0],
        "2,families,hall,returned,,01.03.2013 11:00,,02.04.2013 10:00",
        OFFICE[2].replace("refused", "registered"),
        OFFICE[3].replace("31.02", "28.02"),
    ],
    "register": [
        REGISTER[0].replace(",,", ",2013-11-05,housed"),
        REGISTER[1],
        "q3,veterans,2013-07-01,,",
    ],
    "surveys": [SURVEYS[0].replace("3,2", "1,1"), *SURVEYS[1:]],
}


def compare(engine: Engine, **given: Any) -> Comparison:
    """Between the first run and now."""
    moments = []
    for known in (queries.known_after_run(engine, 1), queries.known_now(engine)):
        assert known is not None
        moments.append(Moment(TOWN, replace(YEAR, known_at=known.version, **given)))
    return measures.compare(engine, *moments, at_risk_days=7, min_answers=1)


def movements(found: Comparison) -> Iterator[tuple[str, Movement]]:
    for key, named in found.counts.items():
        for name, movement in named.items():
            assert movement is not None
            yield f"{key}.{name}", movement


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "town"


def test_each_case_is_found_under_what_happened_to_it(engine: Engine, folder: Path) -> None:
    load(engine, write_town(folder), FIRST)
    load(engine, write_town(folder, **CORRECTED), SECOND)
    found = compare(engine)
    assert found.changed["cases"] == {"arrived": 1, "finished": 1, "result": 1}
    assert found.changed["queue"] == {"arrived": 1, "removed": 1}
    assert found.changed["survey"] == {"answer": 2}
    told = dict(movements(found))
    assert told["received.total"] == Movement(3, 4, {"arrived": 1})
    assert told["decided.total"] == Movement(2, 2, {})
    assert told["returned.total"] == Movement(0, 1, {"finished": 1})
    assert told["open.total"] == Movement(1, 1, {"arrived": 1, "finished": -1})
    assert told["queue.families"] == Movement(1, 0, {"removed": -1})
    assert told["queue.veterans"] == Movement(0, 1, {"arrived": 1})
    assert told["satisfied.q1.fully"] == Movement(1, 0, {"answer": -1})


def test_under_a_filter_what_left_it_is_reclassified(engine: Engine, folder: Path) -> None:
    load(engine, write_town(folder), FIRST)
    load(engine, write_town(folder, **CORRECTED), SECOND)
    found = compare(engine, categories=("veterans",))
    assert found.changed["cases"] == {"reclassified": 1}
    told = dict(movements(found))
    assert told["received.total"] == Movement(1, 0, {"reclassified": -1})
    assert told["open.total"] == Movement(1, 0, {"reclassified": -1})


@pytest.mark.parametrize("clock", TOWN.codes("clocks"))
def test_everything_adds_up_over_a_larger_correction(
    engine: Engine, folder: Path, clock: str
) -> None:
    load(engine, write_town(folder, **exports(60)), FIRST)
    before = measures.compute(engine, TOWN, replace(YEAR, clock=clock), min_answers=1)
    load(engine, write_town(folder, **exports(60, corrected=True)), SECOND)
    record_survey(
        engine,
        TOWN,
        response_id="1f0e9b7c-0000-4000-8000-000000000001",
        service_point="hall",
        answered_on=date(2013, 12, 30),
        answers={"q1": 3, "q2": 3},
        now=datetime(2014, 1, 25, 9, tzinfo=UTC),
    )
    after = measures.compute(engine, TOWN, replace(YEAR, clock=clock), min_answers=1)
    found = compare(engine, clock=clock)
    assert (found.before, found.after) == (before, after)
    told = dict(movements(found))
    assert any(movement.parts for movement in told.values())
    for movement in told.values():
        assert movement.before + sum(movement.parts.values()) == movement.after
    for key in ("received", "decided", "open", "overdue"):
        assert (told[f"{key}.total"].before, told[f"{key}.total"].after) == (
            before[key],
            after[key],
        )


def test_a_load_that_changes_nothing_moves_nothing(engine: Engine, folder: Path) -> None:
    load(engine, write_town(folder), FIRST)
    load(engine, write_town(folder), SECOND)
    found = compare(engine)
    assert found.changed == {"cases": {}, "queue": {}, "survey": {}}
    assert all(not movement.parts for _, movement in movements(found))


def test_the_command_lists_the_cases_behind_a_difference(
    engine: Engine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    city = cities.random_city(almaty(), seed=3)
    histories.write(engine, histories.random_history(city, seed=3, versions=4))
    moments = ("--known-at", 2, "--and-at", 3)
    kezek("kpi", "diff", *moments, "--database", database_url, "--json", "--cases", 999)
    found = json.loads(capsys.readouterr().out)
    for what in ("cases", "queue"):
        listed = {kind: len(rows) for kind, rows in found["listed"][what].items()}
        assert listed == found["changed"][what]
        assert listed
    cases = found["listed"]["cases"]
    arrived, vanished = cases["arrived"][0], cases["vanished"][0]
    assert arrived["before"] is vanished["after"] is None
    assert {"channel", "category", "received_on"} <= set(arrived["after"])
    assert {"channel", "category", "received_on"} <= set(vanished["before"])
    for row in cases["finished"]:
        assert (row["before"]["stopped_on"], row["after"]["stopped_on"]).count(None) == 1

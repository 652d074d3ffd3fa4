"""A run that would reject too much of a source stops, says why, and changes nothing."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from etl import warehouse
from etl.errors import KezekError
from etl.run import RunReport, run
from tests.support.dump import dump
from tests.support.regulations import small_town
from tests.support.town_files import SOURCES, write_town

TODAY = date(2014, 6, 30)
PERSON = "Ахметов Ахмет"


def _run(engine: Engine, sources: Path, **given: Any) -> RunReport:
    return run(
        engine=engine,
        sources=sources,
        regulation=small_town(),
        today=TODAY,
        pseudonym_key=None,
        clock=lambda: datetime.combine(TODAY, time(12)),
        **given,
    )


def _refused(engine: Engine, sources: Path, **given: Any) -> str:
    """What a run says that changed nothing; the ledger says the same."""
    before = dump(engine, without=["run"])
    with pytest.raises(KezekError, match="too many records") as stopped:
        _run(engine, sources, **given)
    assert dump(engine, without=["run"]) == before
    columns = warehouse.run.c
    with engine.connect() as connection:
        newest = select(columns.status, columns.error).order_by(columns.run_id.desc()).limit(1)
        assert tuple(connection.execute(newest).one()) == ("failed", str(stopped.value))
    return str(stopped.value)


def _cases(*, good: int, bad: int, category: str = PERSON) -> list[str]:
    """Applications, the bad ones last."""
    return [
        f"{n},{'families' if n < good else category},hall,,,04.03.2013 10:00,,"
        for n in range(good + bad)
    ]


def _steps(case_ids: list[str]) -> list[str]:
    return [f"{case_id},desk-review,2013-03-08T10:00:00+06:00" for case_id in case_ids]


def _town(folder: Path, office: list[str], **given: Any) -> Path:
    return write_town(folder, office=office, **{"journal": [], "surveys": [], **given})


def test_the_source_the_share_the_rule_and_a_place_are_told_and_nobody_s_name(
    engine: Engine, tmp_path: Path
) -> None:
    town = _town(tmp_path, _cases(good=21, bad=9))
    said = _refused(engine, town)
    assert "9 of the 30 of office (30.0%, at most 20.0% may be)" in said
    assert "most by the rule unknown_category" in said
    assert "(9: in the column 'who', first in office.csv:23)" in said
    assert f"{town}, or allow it with max_rejected = 0.3 there or with --max-rejected 0.3" in said
    assert PERSON not in said


def test_the_share_that_is_allowed_passes(engine: Engine, tmp_path: Path) -> None:
    report = _run(engine, _town(tmp_path, _cases(good=24, bad=6)))
    assert report.sources["office"].tally.rejects == {"unknown_category": 6}


def test_of_a_few_records_all_may_be_rejected(engine: Engine, tmp_path: Path) -> None:
    assert _run(engine, _town(tmp_path, _cases(good=0, bad=19)))
    assert _refused(engine, _town(tmp_path, _cases(good=0, bad=20)))


def test_a_record_said_twice_counts_once(engine: Engine, tmp_path: Path) -> None:
    # Given a fifth of bad records: said twice, they are still a fifth
    bad = _cases(good=24, bad=6)[24:]
    assert _run(engine, _town(tmp_path, [*_cases(good=24, bad=6), *bad, *bad]))
    # And good ones said twice thin nothing out
    good = _cases(good=21, bad=0)
    said = _refused(engine, _town(tmp_path, [*_cases(good=21, bad=9), *good, *good]))
    assert "9 of the 30" in said


def test_what_a_former_run_rejected_counts_again(engine: Engine, tmp_path: Path) -> None:
    town = _town(tmp_path, _cases(good=21, bad=9))
    first = _run(engine, town, max_rejected=0.3)
    assert first.sources["office"].tally.rejected == 9
    assert "9 of the 30" in _refused(engine, town)


def test_a_source_may_allow_more_or_less_for_itself(engine: Engine, tmp_path: Path) -> None:
    def allowing(share: str) -> str:
        return SOURCES.replace("[sources.office]\n", f"[sources.office]\nmax_rejected = {share}\n")

    office = _cases(good=21, bad=9)
    assert "at most 10.0%" in _refused(engine, _town(tmp_path, office, sources=allowing("0.1")))
    assert _run(engine, _town(tmp_path, office, sources=allowing("1")))


def test_the_caller_s_share_goes_before_the_source_s(engine: Engine, tmp_path: Path) -> None:
    office = _cases(good=21, bad=9)
    generous = SOURCES.replace("[sources.office]\n", "[sources.office]\nmax_rejected = 1\n")
    town = _town(tmp_path, office, sources=generous)
    assert "at most 0.0%" in _refused(engine, town, max_rejected=0)
    assert _run(engine, town, max_rejected=1.0)


def test_every_spoilt_source_is_told_at_once(engine: Engine, tmp_path: Path) -> None:
    surveys = [f"s{n},hall,2013-03-21,9,2" for n in range(25)]
    said = _refused(engine, _town(tmp_path, _cases(good=0, bad=40), surveys=surveys))
    assert "40 of the 40 of office" in said
    assert "25 of the 25 of surveys" in said


def test_of_many_spoilt_sources_the_worst_are_told(engine: Engine, tmp_path: Path) -> None:
    office = SOURCES[SOURCES.index("[sources.office]") : SOURCES.index("[sources.journal]")]
    many = [office.replace("[sources.office", f"[sources.office_{n}") for n in range(8)]
    town = _town(tmp_path, _cases(good=0, bad=20), sources="\n".join(many))
    said = _refused(engine, town)
    assert said.count("20 of the 20 of office_") == 5
    assert "; and so of 3 more. The format" in said


def test_events_whose_case_numbers_are_written_otherwise_are_taken_back(
    engine: Engine, tmp_path: Path
) -> None:
    # Given a town whose cases and events agree
    cases = _cases(good=30, bad=0)
    numbers = [str(n) for n in range(30)]
    assert _run(engine, _town(tmp_path, cases, journal=_steps(numbers)))
    # When one export writes its numbers in another way, and a new case comes with it
    strange = _steps([f"2013/{n}" for n in numbers])
    more = [*cases, _cases(good=31, bad=0)[30]]
    said = _refused(engine, _town(tmp_path, more, journal=strange))
    # Then nothing of the delivery stays
    assert "30 of the 30 of journal" in said
    assert "unknown_case (30: in the column 'case_id', first in journal.csv:2)" in said


def test_records_that_cannot_be_taken_apart_count(engine: Engine, tmp_path: Path) -> None:
    ragged = [f"{n};families;hall" for n in range(30)]
    said = _refused(engine, _town(tmp_path, ragged))
    assert "most by the rule ragged_row (30: first in office.csv:2)" in said

"""The page of the data: what was loaded, from which files, under which rules, what stayed out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest
from plotly.io.json import to_json_plotly
from sqlalchemy import Engine, insert, update

from dashboard.access import Reader
from dashboard.pages import data
from etl import warehouse
from etl.regulation.model import LANGUAGES
from tests.support import drawing, screens
from tests.support.city import City
from tests.support.regulations import almaty

FILE = {"name": "office.csv", "size": 123_456, "sha256": "abcdef0123456789" * 4, "rows": 9131}


def _words(request_for: Callable, lang: str = "en") -> str:
    return drawing.words(_as_sent(data.layout(request_for("/data", f"?lang={lang}"))))


def _as_sent(component: object) -> object:
    return json.loads(to_json_plotly(component))


def _set_files(engine: Engine, *files: dict) -> None:
    with engine.begin() as connection:
        connection.execute(update(warehouse.run_source).values(files=list(files)))


def test_a_source_of_one_file_names_it(request_for: Callable, engine: Engine) -> None:
    _set_files(engine, FILE)
    words = _words(request_for)
    assert "office.csv abcdef01 9,131 123.5 1.0" in words


def test_a_source_of_many_files_counts_them(request_for: Callable, engine: Engine) -> None:
    _set_files(engine, FILE, FILE, {**FILE, "size": None})
    assert "3 files – 27,393 246.9 1.0" in _words(request_for)


def test_a_run_tells_the_regulation_and_the_program(request_for: Callable) -> None:
    rules = almaty()
    assert f"succeeded {rules.id} {rules.sha256[:8]} test " in _words(request_for)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_run_that_failed_shows_dashes_for_what_it_does_not_know(
    request_for: Callable, engine: Engine, town: City, lang: str
) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(warehouse.run).values(
                started_at=town.as_of,
                status="failed",
                as_of=date(2013, 12, 31),
                as_of_pinned=False,
                code_version="7",
            )
        )
    assert " – 7 0 0 0 0 0 0 –" in _words(request_for, lang)


def test_each_reason_has_its_newest_examples(request_for: Callable, engine: Engine) -> None:
    said = {"source": "office", "rule": "bad_date", "column": "due", "raw": {}}
    rows = [
        {**said, "run_id": run, "file": "a.csv", "row": run, "value": f"31.02.{run}",
         "record_hash": str(run)}
        for run in range(1, 6)
    ]  # fmt: skip
    closed = {**rows[-1], "row": 9, "value": "closed", "record_hash": "9", "closed_run_id": 6}
    with engine.begin() as connection:
        connection.execute(insert(warehouse.quarantine), rows)
        connection.execute(insert(warehouse.quarantine).values(**closed))
    words = _words(request_for)
    assert "a date that cannot be read office a.csv 5 due 31.02.5" in words
    assert "31.02.3" in words
    assert "31.02.2" not in words
    assert "closed" not in words


@pytest.mark.parametrize("reader", [screens.HEAD, screens.ANALYST, screens.ADMIN])
def test_the_number_of_a_case_in_a_remark_is_for_those_who_see_every_case(
    request_for: Callable, engine: Engine, reader: Reader
) -> None:
    # Given
    remark = {
        "source": "office", "run_id": 1, "rule": "unknown_case", "column": "case_id",
        "value": "case-00007", "file": "journal.csv", "row": 7, "record_hash": "0",
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(warehouse.findings).values(remark))
    # When
    told = {
        who.login: data.sheets(request_for("/data", "?lang=en", who))["examples"]().rows
        for who in (screens.AKIM, reader)
    }
    # Then
    assert [(row[2], row[3], row[5]) for row in told["akim"]] == [("journal.csv", 7, "case-00007")]
    assert [(row[2], row[3], row[5]) for row in told[reader.login]] == [("journal.csv", 7, None)]

"""What is handed out of single cases stands in the audit; what cannot be noted stays."""

from __future__ import annotations

from collections.abc import Callable

import flask
import pytest
from sqlalchemy import Engine, func, select, update

from dashboard import audit, case_list, noted, survey_entry
from dashboard.audit import UnnotedError
from dashboard.case_list import Window
from dashboard.components import register_check
from dashboard.pages import overdue
from dashboard.queries.reconciliation import REGISTERED
from dashboard.survey_entry import Form
from etl.warehouse import cases
from tests.support import screens
from tests.support.drawing import words
from tests.support.muted import mute


def _entries(engine: Engine) -> list[audit.Entry]:
    return list(audit.entries(engine))


def test_a_block_of_the_list_is_noted_with_its_cases(request_for: Callable, engine: Engine) -> None:
    # Given
    here = request_for("/overdue", "?show=both&channel=psc")
    # When
    told = overdue.answer({"context": {"search": "?show=both&channel=psc"}})
    # Then
    (entry,) = _entries(engine)
    assert (entry.who, entry.what) == ("akim", "cases.seen")
    assert entry.about["cases"] == [row["case_id"] for row in told["rowData"]]
    assert entry.about["rows"] == len(told["rowData"])
    assert (entry.about["filter"], entry.about["show"]) == ("channel=psc", "both")
    assert "remark" not in entry.about
    assert entry.about["as_of"] == here.filter.as_of.isoformat()


def test_of_a_long_block_the_ends_are_noted(request_for: Callable, engine: Engine) -> None:
    here = request_for()
    noted.cases_seen(here, "overdue", [f"c{n}" for n in range(1_001)])
    noted.cases_seen(here, "overdue", [])
    (entry,) = _entries(engine)
    assert (entry.about["rows"], entry.about["first"], entry.about["last"]) == (
        1_001,
        "c0",
        "c1000",
    )
    assert "cases" not in entry.about


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/export/overdue.csv?show=both", "/export/overdue.csv"),
        ("/export/overdue.xlsx?show=both&remark=', DROP", "/export/overdue.xlsx"),
        ("/export/chart/queue/flow.xlsx?category=veterans", "queue/flow.xlsx"),
    ],
)
def test_a_file_is_noted_with_its_filter_and_rows(
    request_for: Callable, engine: Engine, address: str, file: str
) -> None:
    # Given
    here = request_for("/overdue", "?show=both")
    rows = case_list.page(here, Window(0, 1_000)).total
    # When
    answer = flask.current_app.test_client().get(address)
    # Then
    assert answer.status_code == 200
    (entry,) = _entries(engine)
    assert (entry.who, entry.what, entry.about["file"]) == ("akim", "file.taken", file)
    assert entry.about["rows"] == (24 if "flow" in file else rows)
    assert entry.about["filter"] == ("category=veterans" if "flow" in file else "")
    assert entry.about.get("show") == (None if "flow" in file else "both")
    assert "remark" not in entry.about


def test_a_file_of_those_without_a_remark_says_so(request_for: Callable, engine: Engine) -> None:
    request_for("/overdue", "?remark=none")
    flask.current_app.test_client().get("/export/overdue.csv?remark=none")
    (entry,) = _entries(engine)
    assert entry.about["remark"] == "none"


def test_a_saved_form_is_noted_without_its_answers(request_for: Callable, engine: Engine) -> None:
    # Given
    here = request_for("/survey", reader=screens.OPERATOR)
    form = Form(survey_entry.new_token(), "medeu", "2013-12-30", {"q1": 3, "q2": 1})
    # When
    survey_entry.save(here, form, now=audit.datetime(2013, 12, 31, 4, tzinfo=audit.UTC))
    # Then
    (entry,) = _entries(engine)
    assert (entry.who, entry.what) == ("operator", "survey.saved")
    assert entry.about == {
        "form": form.token, "service_point": "medeu", "answered_on": "2013-12-30",
    }  # fmt: skip


@pytest.fixture
def _mute(request_for: Callable, engine: Engine) -> None:
    mute(engine)


@pytest.mark.usefixtures("_mute")
@pytest.mark.parametrize(
    "address",
    ["/export/overdue.csv", "/export/overdue.xlsx", "/export/chart/queue/flow.csv"],
)
def test_a_file_that_cannot_be_noted_is_refused(request_for: Callable, address: str) -> None:
    request_for()
    answer = flask.current_app.test_client().get(f"{address}?lang=en")
    assert answer.status_code == 503
    assert "nothing is handed out" in answer.text
    assert "case-" not in answer.text


@pytest.mark.usefixtures("_mute")
def test_a_list_that_cannot_be_noted_is_not_shown(
    request_for: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an application that tells its number in the queue, and others that tell none
    here = request_for("/queue", "?lang=en")
    with here.engine.begin() as connection:
        first = select(func.min(cases.c.case_id)).where(cases.c.outcome == REGISTERED)
        numbered = update(cases).where(cases.c.case_id == first.scalar_subquery())
        connection.execute(numbered.values(queue_number="A-1"))
    with pytest.raises(UnnotedError):
        overdue.answer({})
    # When
    found = register_check.queries.reconciled(
        here.engine, scope=here.scope, as_of=here.filter.as_of
    )
    shown = register_check._lists(here, found)
    # Then
    assert not found.rows.empty
    assert "cannot be noted" in words(shown)

"""Forms are entered all day: what they say shows at once, and nothing else is read again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import event

from dashboard.app import KezekDash
from dashboard.filters import last_full_month
from dashboard.pages import load, papers
from etl.intake import record_survey
from tests.support import drawing, screens
from tests.support.city import AS_OF
from tests.support.regulations import almaty

RULES = almaty()
PATHS = [page.PATH for page in (*load(), *papers())]
SEARCHES = ("?lang=ru", "?lang=kk&channel=psc", "?lang=en&as_of=2013-11-20&category=veterans")
TABLE = re.compile(r"(?:FROM|JOIN) (\w+)")


def enter(app: KezekDash, form: str) -> None:
    assert RULES.survey is not None
    record_survey(
        app.house.engine,
        RULES,
        response_id=form,
        service_point="medeu",
        answered_on=last_full_month(AS_OF)[0],
        answers={question.code: 1 for question in RULES.survey.questions},
        now=datetime.combine(AS_OF, time(12), UTC),
    )


def drawn(app: KezekDash) -> dict[str, object]:
    """What every page shows, by its address."""
    client = app.server.test_client()
    answers = {path + s: drawing.ask(client, path, s) for path in PATHS for s in SEARCHES}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: answer.get_json() for address, answer in answers.items()}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return screens.database(tmp_path, RULES, cases=300)


def test_after_a_form_every_page_is_as_a_new_server_draws_it(url: str) -> None:
    # Given
    app = screens.application(url)
    before = drawn(app)
    # When
    enter(app, "form-1")
    after = drawn(app)
    # Then
    new = screens.application(url)
    assert after == drawn(new)
    changed = {address for address in after if after[address] != before[address]}
    assert {"/?lang=ru", "/satisfaction?lang=ru"} <= changed
    for one in (app, new):
        one.house.engine.dispose()


def test_after_a_form_nothing_is_read_again_but_answers(url: str) -> None:
    # Given what is asked whenever a page is drawn
    app = screens.application(url)
    drawn(app)
    said: list[str] = []
    event.listen(app.house.engine, "before_cursor_execute", lambda *told: said.append(str(told[2])))
    drawn(app)
    usual = set(said)
    # When
    enter(app, "form-1")
    said.clear()
    drawn(app)
    # Then
    read = " ".join(statement for statement in said if statement not in usual)
    assert set(TABLE.findall(read)) == {"mart_survey", "survey_answers"}
    app.house.engine.dispose()

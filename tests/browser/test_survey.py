"""The survey by keyboard alone: from the paper into the warehouse and into the figure."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from dashboard import filters, measures
from dashboard.access import Role
from dashboard.accounts import store
from dashboard.accounts.store import Account
from etl.databases import open_engine
from tests.support.reader import NewReader, Reader
from tests.support.regulations import almaty
from tests.support.serving import serving

LAST_DAY = date(2013, 12, 31)
IN_DECEMBER = re.compile(r"(\d+) answers in December 2013")
QUESTION_1 = "#survey-q1-1"


@pytest.fixture(scope="module")
def counter_warehouse(filled_city: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse that the tests of this file write into, each for a service point of its own."""
    folder = tmp_path_factory.mktemp("counter")
    return f"sqlite:///{shutil.copy(filled_city, folder / 'kezek.db')}"


@pytest.fixture(scope="module")
def counter_url(counter_warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over ``counter_warehouse``, whose data end on LAST_DAY."""
    log = tmp_path_factory.mktemp("counter-server") / "log.txt"
    with serving(counter_warehouse, log=log) as address:
        yield address


@pytest.fixture
def clerk_of(
    new_reader: NewReader, counter_url: str, survey_engine: Engine
) -> Callable[[str], Reader]:
    """``clerk_of("medeu")``: the operator of that service point."""

    def make(place: str) -> Reader:
        login = f"operator-{place}"
        if store.find(survey_engine, login) is None:
            made = Account(
                login=login,
                role=Role.OPERATOR,
                service_points=frozenset({place}),
                made_at=datetime(2014, 1, 1),
            )
            store.add(survey_engine, made, by="test")
        return new_reader(base=counter_url, role=login)

    return make


@pytest.fixture
def survey_engine(counter_warehouse: str) -> Iterator[Engine]:
    engine = open_engine(counter_warehouse)
    yield engine
    engine.dispose()


def entered(engine: Engine, place: str) -> list[tuple]:
    """What lies in the warehouse of a place's forms from the screen: day, question, answer."""
    query = text(
        "SELECT r.answered_on, a.question, a.answer FROM survey_responses r"
        " JOIN survey_answers a USING (response_id) WHERE r.source = 'screen'"
        " AND r.service_point = :place"
        " ORDER BY r.entered_at, a.question"
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query, {"place": place})]


def satisfied(engine: Engine, question: str) -> dict:
    regulation = almaty()
    whole = filters.default(regulation=regulation, as_of=LAST_DAY)
    december = filters.parse(
        {"from": "2013-12-01", "to": "2013-12-31", "service_point": "medeu"},
        regulation=regulation,
        default_as_of=whole.as_of,
    )[0]
    found = measures.compute(engine, regulation, december, min_answers=1, keys=["satisfied"])
    return found["satisfied"][question]


def test_forms_are_entered_by_keyboard_alone_and_count_in_the_figure(
    clerk_of: Callable[[str], Reader], survey_engine: Engine
) -> None:
    # Given
    before = {q: satisfied(survey_engine, q) for q in ("q1", "q2")}
    page = clerk_of("medeu").open("/survey", lang="en")
    expect(page.locator(".kz-survey-own")).to_contain_text("Medeu")
    # When
    expect(page.locator(QUESTION_1)).to_be_focused()
    page.keyboard.press("3")
    expect(page.locator("#survey-q2-1")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#survey-save")).to_be_focused()
    page.keyboard.press("Enter")
    # Then
    expect(page.locator("#survey-result")).to_contain_text("Entered here today: 1")
    expect(page.locator(QUESTION_1)).to_be_focused()
    expect(page.locator("#survey-result")).to_contain_text("31 Dec 2013")
    # When the next form follows without a hand on the mouse
    page.keyboard.press("3")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    # Then
    expect(page.locator("#survey-result")).to_contain_text("Entered here today: 2")
    day = LAST_DAY.isoformat()
    assert entered(survey_engine, "medeu") == [
        (day, "q1", 3),
        (day, "q2", 1),
        (day, "q1", 3),
        (day, "q2", 3),
    ]
    after = {q: satisfied(survey_engine, q) for q in ("q1", "q2")}
    assert {q: after[q]["n"] - before[q]["n"] for q in after} == {"q1": 2, "q2": 2}
    assert after["q1"]["fully"] - before["q1"]["fully"] == 2
    assert after["q2"]["fully"] - before["q2"]["fully"] == 1


def test_a_form_is_of_the_last_day_of_the_data_and_counts_in_satisfaction_at_once(
    clerk_of: Callable[[str], Reader], new_reader: NewReader, counter_url: str
) -> None:
    # Given
    december = {"from": "2013-12-01", "to": "2013-12-31"}
    akim = new_reader(base=counter_url)
    before = counted(akim.open("/satisfaction", lang="en", **december))
    assert len(before) == 2
    # When, under a filter that would hide it
    page = clerk_of("zhetysu").open("/survey", lang="en", as_of="2013-06-30", channel="portal")
    expect(page.locator("#survey-day")).to_have_value(f"{LAST_DAY:%d.%m.%Y}")
    page.locator(QUESTION_1).focus()
    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#survey-result")).to_contain_text("31 Dec 2013")
    # Then
    after = counted(akim.open("/satisfaction", lang="en", **december))
    assert after == [n + 1 for n in before]


def counted(page: Page) -> list[int]:
    """How many answers to each question Satisfaction counts in December."""
    return [int(n) for n in IN_DECEMBER.findall(page.locator("main").inner_text())]


def test_a_form_sent_twice_is_saved_once_and_a_reload_saves_nothing(
    clerk_of: Callable[[str], Reader], survey_engine: Engine
) -> None:
    # Given
    page = clerk_of("turksib").open("/survey", lang="ru")
    page.locator(QUESTION_1).focus()
    page.keyboard.press("2")
    page.keyboard.press("2")
    # When
    page.locator("#survey-save").dblclick()
    # Then
    expect(page.locator("#survey-result")).to_contain_text("31.12.2013")
    expect(page.locator("#survey-result")).to_contain_text("1")
    expect(page.locator(QUESTION_1)).to_be_focused()
    assert len(entered(survey_engine, "turksib")) == 2
    # When
    page.reload()
    # Then
    expect(page.locator(QUESTION_1)).to_be_focused()
    expect(page.locator("#survey-place")).to_have_value("turksib")
    assert len(entered(survey_engine, "turksib")) == 2


def test_the_last_form_can_be_corrected(
    clerk_of: Callable[[str], Reader], survey_engine: Engine
) -> None:
    # Given
    page = clerk_of("almaly").open("/survey", lang="kk")
    page.locator(QUESTION_1).focus()
    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#survey-correct")).to_be_visible()
    # When
    page.locator("#survey-correct").click()
    expect(page.locator(QUESTION_1)).to_be_checked()
    expect(page.locator(QUESTION_1)).to_be_focused()  # the page has put the focus there itself
    page.locator("#survey-q2-1").focus()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    # Then
    expect(page.locator("#survey-correct")).to_be_visible()
    assert [row[1:] for row in entered(survey_engine, "almaly")] == [("q1", 1), ("q2", 3)]


def test_what_is_wrong_stands_beside_the_field_and_nothing_is_saved(
    clerk_of: Callable[[str], Reader], survey_engine: Engine
) -> None:
    # Given
    before = _count(survey_engine)
    page = clerk_of("medeu").open("/survey", lang="ru")
    # When
    page.fill("#survey-day", "31.12.2998")
    page.locator(QUESTION_1).focus()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    # Then
    fields = page.locator(".kz-field-error")
    expect(fields.nth(0)).to_have_text("")  # the place is the operator's own
    expect(fields.nth(1)).to_have_text("Этот день ещё не наступил.")
    expect(fields.nth(2)).to_be_empty()
    expect(fields.nth(3)).to_have_text("Выберите один из ответов.")
    expect(page.locator("#survey-q1-3")).to_be_checked()
    assert _count(survey_engine) == before


@pytest.mark.parametrize("lang", ["kk", "ru", "en"])
def test_title_and_questions_are_the_regulations_own_words(
    new_reader: NewReader, lang: str
) -> None:
    # Given
    survey = almaty().survey
    assert survey is not None
    # When
    page = new_reader(role="operator").open("/survey", lang=lang)
    words = page.locator("main").inner_text()
    # Then
    assert survey.title[lang] in words  # type: ignore[index]
    for question in survey.questions:
        assert question.text[lang] in words  # type: ignore[index]
    for answer in survey.answers:
        assert words.count(answer.name[lang]) >= len(survey.questions)  # type: ignore[index]
    # And the calendar's button stands beside the day
    day, opener = (page.locator(f".kz-date {part}").bounding_box() for part in ("input", "button"))
    assert day is not None
    assert opener is not None
    assert opener["y"] < day["y"] + day["height"]


FORGED = [
    (None, None, None, None),
    ("response-00001", "alatau", "2013-12-01", [3, 3]),
    ("screen-" + "0" * 32, "portal", "2013-12-01", [3, 3]),
    ("screen-" + "0" * 32, "nowhere", "2013-02-31", [9, "x"]),
    ({"a": 1}, ["alatau"], {"day": 1}, "answers"),
    (7, 7, 7, [[], {}]),
    ("screen-" + "0" * 32, "alatau", "1066-10-14", [True, 3.7]),
]


def test_a_forged_form_is_answered_politely(
    clerk_of: Callable[[str], Reader], survey_engine: Engine
) -> None:
    # Given
    clerk = clerk_of("alatau")
    output = _output_id(clerk)
    for token, place, day, answers in FORGED:
        before = _count(survey_engine)
        # When
        answer = clerk.page.request.post(
            clerk.base + "/_dash-update-component",
            data=json.dumps(_form(output, token, place, day, answers)),
            headers={"Content-Type": "application/json"},
        )
        # Then
        assert answer.status == 200
        assert "Traceback" not in answer.text()
        assert "survey-error" in answer.text()
        accepted = (place, day, answers) == ("alatau", "2013-12-01", [3, 3])
        assert _count(survey_engine) - before == int(accepted)
        assert _source(survey_engine, "response-00001") == "surveys"


def _form(output: str, token: object, place: object, day: object, answers: object) -> dict:
    """What a browser sends as Save is pressed."""
    answer_ids = [{"type": "survey-answer", "code": q} for q in ("q1", "q2")]
    fields = ("service_point", "answered_on", "q1", "q2")
    single = [("survey-state", "data"), ("survey-result", "children"), ("survey-correct", "hidden")]
    outputs: list[object] = [{"id": i, "property": p} for i, p in single]
    outputs.append([{"id": i, "property": "value"} for i in answer_ids])
    outputs.append(
        [{"id": {"type": "survey-error", "field": f}, "property": "children"} for f in fields]
    )
    given = answers if isinstance(answers, list) else [answers, answers]
    return {
        "output": output,
        "outputs": outputs,
        "inputs": [{"id": "survey-save", "property": "n_clicks", "value": 1}],
        "state": [
            {"id": "survey-state", "property": "data", "value": {"token": token}},
            {"id": "survey-place", "property": "value", "value": place},
            {"id": "survey-day", "property": "value", "value": day},
            [
                {"id": i, "property": "value", "value": v}
                for i, v in zip(answer_ids, given, strict=True)
            ],
            {"id": "location", "property": "search", "value": {"x": 1}},
        ],
        "changedPropIds": ["survey-save.n_clicks"],
    }


def _output_id(reader: Reader) -> str:
    """The name that Dash gave to the callback behind Save."""
    known = reader.page.request.get(reader.base + "/_dash-dependencies").json()
    saves = [c for c in known if any(i["id"] == "survey-save" for i in c["inputs"])]
    return str(saves[0]["output"])


def _source(engine: Engine, response_id: str) -> str:
    query = text("SELECT source FROM survey_responses WHERE response_id = :id")
    with engine.connect() as connection:
        return str(connection.execute(query, {"id": response_id}).scalar_one())


def _count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM survey_responses")).scalar_one())

"""A change and its entry in the audit are one: neither is there without the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from dashboard import access, audit, context, noted, remark_entry, survey_entry
from dashboard.access import Reader, Role
from dashboard.accounts import demo, store
from dashboard.app import create_app
from dashboard.audit import UnnotedError
from dashboard.context import Context
from dashboard.pages import overdue, survey
from dashboard.settings import Settings
from dashboard.survey_entry import Form
from etl import case_remarks, databases, retention
from tests.support import drawing
from tests.support.city import AS_OF, City, fill, random_city
from tests.support.command import kezek
from tests.support.desk import HASHED, OTHER, PASSWORD, Town
from tests.support.dump import dump
from tests.support.muted import mute
from tests.support.regulations import almaty
from tests.support.serving import SECRET

NOW = datetime(2014, 1, 3, 9, 30, tzinfo=UTC)
THEN = NOW.replace(tzinfo=None)
TOKEN, REMARK = "screen-" + "0" * 32, "remark-" + "0" * 32
PLACES = frozenset(almaty().codes("service_points"))
CLERK = Reader(login="dana", role=Role.OPERATOR, service_points=frozenset({"medeu"}))
HEAD = Reader(login="erlan", role=Role.HEAD, service_points=PLACES)
AUDIT_FULL = "This cannot be noted in the audit now, so nothing is handed out or changed."
Ask = Callable[..., Context]


@pytest.fixture
def city(engine: Engine) -> City:
    return fill(engine, random_city(almaty(), seed=3, cases=30))


@pytest.fixture
def ask(city: City, database_url: str) -> Iterator[Ask]:
    """``ask("/survey", CLERK)``: a page and who asks for it."""
    app = create_app(Settings(database_url=database_url, today=AS_OF, language="en", secret=SECRET))

    def make(path: str, reader: Reader) -> Context:
        access.admit(reader)
        found = context.current(path, "?lang=en")
        assert found is not None
        return found

    with app.server.test_request_context():
        yield make
    app.house.engine.dispose()


def _form(**changes: Any) -> Form:
    said = {"service_point": "medeu", "answered_on": "2013-12-30", "answers": {"q1": 3, "q2": 1}}
    return Form(**{"token": TOKEN, **said, **changes})


def _keep_form(ask: Ask, **changes: Any) -> object:
    return survey_entry.save(ask("/survey", CLERK), _form(**changes), now=NOW)


def _keep_remark(ask: Ask, case_id: str, **changes: Any) -> object:
    said = {"token": REMARK, "expected": "2014-01-20", "note": "", **changes}
    return remark_entry.save(ask("/overdue", HEAD), case_id=case_id, now=NOW, **said)


def _take_back(ask: Ask, case_id: str, number: int) -> object:
    here = ask("/overdue", HEAD)
    return remark_entry.withdraw(here, case_id=case_id, remark_id=number, now=NOW)


def _told(engine: Engine) -> list[tuple[str, str]]:
    return [(entry.who, entry.what) for entry in audit.entries(engine)]


# --- what is noted ---------------------------------------------------------------------------


def test_a_form_is_noted_when_it_is_entered_and_when_it_is_corrected(
    ask: Ask, engine: Engine
) -> None:
    _keep_form(ask)
    _keep_form(ask)  # the same: nothing changes
    _keep_form(ask, answers={"q1": 2, "q2": 1})
    assert _told(engine) == [("dana", "survey.saved")] * 2


def test_a_remark_is_noted_once_and_so_is_that_it_was_taken_back(
    ask: Ask, engine: Engine, city: City
) -> None:
    case = city.cases[0].case_id
    for _ in range(2):
        _keep_remark(ask, case)
    for _ in range(2):
        _take_back(ask, case, 1)
    assert _told(engine) == [("erlan", "remark.written"), ("erlan", "remark.withdrawn")]
    assert audit.verify(engine).faults == []


def test_a_rebasing_is_noted_with_who_typed_it_and_who_decided(
    city: City, engine: Engine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--by", "Aigul", "--database", database_url)
    kezek("chart", "rebase", "open", "--from", "2013-05", "--why", "another rule", *asked)
    kezek("chart", "undo", 1, *asked)
    assert [(e.what, e.about) for e in audit.entries(engine)] == [
        ("chart rebased", {"by": "Aigul", "from": "2013-05", "measure": "open", "number": 1}),
        ("chart rebasing undone", {"by": "Aigul", "number": 1}),
    ]


def test_the_demonstration_notes_the_accounts_that_it_makes_and_changes(engine: Engine) -> None:
    # Given a warehouse before its first load, then one with offices
    demo.make(engine, now=THEN)
    fill(engine, random_city(almaty(), cases=5))
    for _ in range(2):
        demo.make(engine, now=THEN)
    # Then
    assert _told(engine) == [("demonstration", "account added")] * 5


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"answers": {"q1": 7, "q2": 1}}, {"answered_on": "2099-01-01"}],
    ids=["answer", "day"],
)
def test_a_form_that_breaks_the_contract_is_not_noted(
    ask: Ask, engine: Engine, changes: dict[str, Any]
) -> None:
    assert isinstance(_keep_form(ask, **changes), survey_entry.Refused)
    assert _told(engine) == []


def test_a_remark_that_is_refused_is_not_noted(ask: Ask, engine: Engine, city: City) -> None:
    case = city.cases[0].case_id
    assert isinstance(_keep_remark(ask, case, note="500101100000"), remark_entry.Refused)
    assert _told(engine) == []
    _keep_remark(ask, case)  # the first, which True is not
    for number in (7, 0, -1, 2**80, True, "1"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(overdue.log, "exception", lambda *_: None)
            overdue.withdraw(ask("/overdue", HEAD), {"case": case}, number)
    assert _told(engine) == [("erlan", "remark.written")]


def test_a_rebasing_that_is_refused_is_not_noted(
    city: City, engine: Engine, database_url: str
) -> None:
    for _ in range(2):
        with pytest.raises(SystemExit):
            kezek("chart", "undo", 9, "--database", database_url)
    assert _told(engine) == []


# --- what cannot be noted --------------------------------------------------------------------


def test_a_form_that_cannot_be_noted_is_not_saved_and_the_reader_told(
    ask: Ask, engine: Engine
) -> None:
    # Given a form that is there, and an audit that is full
    _keep_form(ask)
    before = dump(engine)
    mute(engine)
    here, rules = ask("/survey", CLERK), almaty().survey
    assert rules is not None
    for form in (_form(token=survey_entry.new_token()), _form(answers={"q1": 1, "q2": 1})):
        # When
        answer = survey.save(here, rules, form, last=None)
        # Then
        assert AUDIT_FULL in drawing.words(answer[1])
        assert answer[0] is survey.no_update, "the form stands as it was filled in"
        assert dump(engine) == before
    with pytest.raises(UnnotedError, match="the audit is full"):
        survey_entry.save(here, _form(answers={"q1": 1, "q2": 1}), now=NOW)


def test_a_remark_that_cannot_be_noted_is_not_kept_nor_taken_back_and_the_reader_told(
    ask: Ask, engine: Engine, city: City
) -> None:
    # Given
    case = city.cases[0].case_id
    _keep_remark(ask, case)
    before = dump(engine)
    mute(engine)
    here, held = ask("/overdue", HEAD), {"case": case, "token": remark_entry.new_token()}
    # When
    kept = overdue.save(here, held, "2014-01-20", "a note")
    back = overdue.withdraw(here, held, 1)
    # Then
    assert AUDIT_FULL in drawing.words(kept[2])
    assert AUDIT_FULL in drawing.words(back[1])
    assert dump(engine) == before


def test_a_rebasing_that_cannot_be_noted_is_not_recorded(
    city: City, engine: Engine, database_url: str
) -> None:
    asked = ("--database", database_url)
    kezek("chart", "rebase", "open", "--from", "2013-05", "--why", "x", *asked)
    before = dump(engine)
    mute(engine)
    for command in (["rebase", "open", "--from", "2013-06", "--why", "x"], ["undo", 1]):
        with pytest.raises(SystemExit, match=r"audit of the warehouse .* cannot be written"):
            kezek("chart", *command, *asked)
    assert dump(engine) == before


def test_a_purge_that_cannot_be_noted_takes_nothing_away(town: Town, engine: Engine) -> None:
    town.visitor().sign_in()
    before = dump(engine)
    mute(engine)

    def witness(connection: Any, _purged: object) -> None:
        audit.add(connection, "purged", who="test", about={}, now=THEN)

    with pytest.raises(UnnotedError):
        retention.purge(engine, before=datetime(2099, 1, 1), note=witness)
    assert dump(engine) == before


# --- accounts --------------------------------------------------------------------------------


@pytest.fixture
def town(database_url: str) -> Iterator[Town]:
    made = Town(database_url)
    made.account("admin", role=Role.ADMIN)
    made.account()
    yield made
    made.engine.dispose()


DEEDS: dict[str, Callable[[Engine], object]] = {
    "added": lambda e: store.add(
        e, store.Account(login="new", role=Role.AKIM, made_at=THEN), by="test"
    ),
    "disabled": lambda e: store.disable(e, "aigul", by="test", now=THEN),
    "enabled": lambda e: store.enable(e, "aigul", by="test", now=THEN),
    "reset": lambda e: store.reset(e, "aigul", HASHED, by="test", now=THEN),
    "another role": lambda e: store.set_role(
        e, "aigul", Reader(login="aigul", role=Role.ADMIN), by="test", now=THEN
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_change_of_an_account_that_cannot_be_noted_is_not_made(
    town: Town, engine: Engine, deed: str
) -> None:
    town.visitor().sign_in()
    before = dump(engine)
    mute(engine)
    with pytest.raises(UnnotedError):
        DEEDS[deed](engine)
    assert dump(engine) == before


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/add", {"login": "new", "role": "analyst"}),
        ("/accounts/disable", {"login": "aigul"}),
        ("/accounts/reset", {"login": "aigul"}),
        ("/account/password", {"current": PASSWORD, "new": OTHER, "again": OTHER}),
    ],
)
def test_the_pages_of_accounts_say_so(
    town: Town, engine: Engine, path: str, form: dict[str, str]
) -> None:
    # Given
    visitor = town.visitor()
    visitor.sign_in("admin")
    page = path if path.startswith("/account/") else "/accounts"
    before = dump(engine, without=["refusal"])
    mute(engine)
    # When
    answer = visitor.post(path, page=page, **form)
    # Then
    assert (answer.status_code, AUDIT_FULL in answer.text) == (503, True)
    assert "kz-first" not in answer.text, "no password is shown that opens nothing"
    assert dump(engine, without=["refusal"]) == before
    assert visitor.get("/data").status_code == 200, "who was in is in"


@pytest.mark.parametrize("password", [PASSWORD, OTHER], ids=["right", "wrong"])
def test_nobody_comes_in_unnoted(town: Town, engine: Engine, password: str) -> None:
    mute(engine)
    visitor = town.visitor()
    answer = visitor.sign_in(password=password)
    assert (answer.status_code, AUDIT_FULL in answer.text) == (503, True)
    assert not visitor.is_in
    assert dump(engine)["session"] == []


# --- the lock --------------------------------------------------------------------------------


def test_while_a_change_is_noted_others_wait_with_their_notes(ask: Ask, engine: Engine) -> None:
    """On PostgreSQL forms and sign-ins have locks of their own, and one chain."""
    here, refused = ask("/survey", CLERK), []

    def witness(connection: Any) -> None:
        noted.form_saved(here, TOKEN, "medeu", "2013-12-30")(connection)
        with pytest.raises(UnnotedError) as met:
            _note_elsewhere(here.settings.database_url)
        refused.append(met.value)

    case_remarks.write(
        engine, "case-1", token=REMARK, by="erlan", at=THEN, expected_on=None, note="x",
        earliest=AS_OF, witness=witness,
    )  # fmt: skip
    assert len(refused) == 1
    assert [entry.what for entry in audit.entries(engine)] == ["survey.saved"]
    assert audit.verify(engine).faults == []


def _note_elsewhere(database_url: str) -> None:
    """By a connection of its own, which waits no longer than it must."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(databases, "SQLITE_BUSY_SECONDS", 1)
        other = databases.open_engine(database_url)
        try:
            audit.note(other, "signed in", who="x", about={}, now=THEN)
        finally:
            other.dispose()

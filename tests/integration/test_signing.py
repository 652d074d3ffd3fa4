"""Signing in and out over HTTP: cookies, limits, backoff, forgery; on both databases."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dashboard import audit
from dashboard.access import Role
from dashboard.accounts import demo, store
from dashboard.accounts.routes import is_local
from dashboard.accounts.throttle import BACKOFFS
from dashboard.settings import Settings
from etl.errors import KezekError
from etl.people import account, refusal, session
from tests.support.desk import HASHED, OTHER, PASSWORD, Town, Visitor


@pytest.fixture
def town(database_url: str) -> Any:
    made = Town(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def visitor(town: Town) -> Visitor:
    town.account()
    return town.visitor()


def _noted(town: Town) -> list[tuple[str, str]]:
    return [(entry.who, entry.what) for entry in audit.entries(town.engine)]


def _sessions(town: Town) -> int:
    with town.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(session)) or 0


def test_who_signs_in_comes_to_where_they_wanted_and_leaves(town: Town, visitor: Visitor) -> None:
    # Given
    sent = visitor.get("/queue?lang=en")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?next=/queue?lang%3Den")
    # When
    answer = visitor.sign_in("  Aigul ", next="/queue?lang=en")
    # Then
    assert (answer.status_code, answer.headers["Location"]) == (303, "/queue?lang=en")
    assert visitor.is_in
    # When
    assert visitor.post("/sign-out", page="/account/password").headers["Location"] == "/sign-in"
    # Then
    assert not visitor.is_in
    assert _sessions(town) == 0
    assert _noted(town) == [
        ("test", "account added"),
        ("aigul", "signed in"),
        ("aigul", "signed out"),
    ]


def test_the_cookie_is_for_this_server_its_requests_and_tls_alone(visitor: Visitor) -> None:
    given = visitor.sign_in().headers.getlist("Set-Cookie")
    held = next(cookie for cookie in given if cookie.startswith("__Host-kezek="))
    assert {part.strip() for part in held.split(";")[1:]} == {
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
    }
    form = visitor.get("/sign-in").headers.getlist("Set-Cookie")
    assert all("Secure" in c and "HttpOnly" in c for c in form)


def test_the_table_holds_no_token(town: Town, visitor: Visitor) -> None:
    visitor.sign_in()
    held = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    assert held is not None
    token = held.value
    with town.engine.connect() as connection:
        (row,) = connection.execute(select(session)).all()
    assert len(token) >= 43
    assert token not in str(row)


def test_every_sign_in_has_a_token_of_its_own(town: Town, visitor: Visitor) -> None:
    visitor.client.set_cookie("__Host-kezek", "planted", domain="localhost", secure=True)
    visitor.sign_in()
    first = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    assert first is not None
    assert first.value != "planted"
    visitor.post("/sign-out", page="/account/password")
    visitor.sign_in()
    second = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    assert second is not None
    assert second.value != first.value


def test_a_session_ends_when_it_rests_and_when_it_is_old(town: Town, visitor: Visitor) -> None:
    visitor.sign_in()
    town.clock.wait(minutes=59)
    assert visitor.is_in
    town.clock.wait(minutes=61)
    assert not visitor.is_in
    visitor.sign_in()
    for _ in range(14):
        town.clock.wait(minutes=50)
        assert visitor.is_in
    town.clock.wait(minutes=21)  # 12 hours and a minute
    assert not visitor.is_in


def test_when_it_was_seen_is_written_once_a_minute(town: Town, visitor: Visitor) -> None:
    def seen() -> Any:
        with town.engine.connect() as connection:
            return connection.scalar(select(session.c.seen_at))

    visitor.sign_in()
    began = seen()
    town.clock.wait(seconds=59)
    assert visitor.is_in
    assert seen() == began
    town.clock.wait(seconds=1)
    assert visitor.is_in
    assert seen() == began + timedelta(minutes=1)


@pytest.mark.parametrize(
    "deed",
    [
        lambda e, now: store.disable(e, "aigul", by="test", now=now),
        lambda e, now: store.reset(e, "aigul", HASHED, by="test", now=now),
        lambda e, now: store.set_role(
            e, "aigul", store.Account(login="aigul", role=Role.ADMIN, made_at=now).reader,
            by="test", now=now,
        ),
    ],
    ids=["disabled", "reset", "another role"],
)  # fmt: skip
def test_a_change_of_the_account_ends_its_sessions(town: Town, visitor: Visitor, deed: Any) -> None:
    visitor.sign_in()
    assert visitor.is_in
    deed(town.engine, town.clock())
    assert not visitor.is_in
    assert _sessions(town) == 0


def test_who_signs_in_again_leaves_no_session_behind(town: Town, visitor: Visitor) -> None:
    # Given
    visitor.sign_in()
    token = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    assert token is not None
    # When
    visitor.sign_in(page="/account/password")
    # Then
    assert visitor.is_in
    assert _sessions(town) == 1
    former = town.visitor()
    former.client.set_cookie("__Host-kezek", token.value, domain="localhost", secure=True)
    assert not former.is_in


def test_a_warehouse_that_people_sign_in_to_is_shown_to_nobody_else(town: Town) -> None:
    town.account()
    with pytest.raises(KezekError, match="aigul first"):
        demo.make(town.engine, now=town.clock())
    assert [one.login for one in store.all_accounts(town.engine)] == ["aigul"]


def test_signing_out_everywhere_ends_every_session(town: Town, visitor: Visitor) -> None:
    elsewhere = town.visitor()
    visitor.sign_in()
    elsewhere.sign_in()
    visitor.post("/sign-out/everywhere", page="/account/password")
    assert not elsewhere.is_in


def test_a_disabled_account_is_refused_in_the_same_words(town: Town, visitor: Visitor) -> None:
    store.disable(town.engine, "aigul", by="test", now=town.clock())
    disabled = visitor.sign_in()
    unknown = visitor.sign_in("erlan")
    wrong = visitor.sign_in(password=OTHER)
    assert disabled.status_code == unknown.status_code == wrong.status_code == 401
    for answer in (disabled, unknown, wrong):
        assert "The login or the password is wrong." in answer.text
    store.enable(town.engine, "aigul", by="test", now=town.clock())
    assert visitor.sign_in().status_code == 303


def test_a_refusal_is_noted_without_what_was_typed(town: Town, visitor: Visitor) -> None:
    visitor.sign_in("my-secret-typed-as-login", "hunter2-hunter2")
    visitor.sign_in(password="hunter2-hunter2")  # noqa: S106
    told = json.dumps([vars(entry) for entry in audit.entries(town.engine)], default=str)
    assert "hunter2" not in told
    assert "my-secret" not in told
    assert _noted(town)[1:] == [("unknown", "sign-in refused"), ("aigul", "sign-in refused")]


def test_wrong_passwords_make_wait_longer_and_longer(town: Town, visitor: Visitor) -> None:
    for _ in range(BACKOFFS["account"].free):
        assert visitor.sign_in(password=OTHER).status_code == 401
    # Then even the right one waits
    answer = visitor.sign_in()
    assert answer.status_code == 429
    assert "Try again in 2 seconds" in answer.text
    town.clock.wait(seconds=2)
    assert visitor.sign_in(password=OTHER).status_code == 401
    assert "in 4 seconds" in visitor.sign_in().text
    # When it is right after the wait
    town.clock.wait(seconds=4)
    assert visitor.sign_in().status_code == 303
    # Then all begins anew
    visitor.post("/sign-out", page="/account/password")
    assert visitor.sign_in(password=OTHER).status_code == 401


def test_an_unknown_login_waits_as_one_that_is_known(town: Town, visitor: Visitor) -> None:
    def said(login: str) -> list[int]:
        return [visitor.sign_in(login, OTHER).status_code for _ in range(7)]

    assert said("erlan") == said("aigul")


def test_a_thousand_wrong_passwords_lock_nobody_else_out(town: Town, visitor: Visitor) -> None:
    # Given
    town.account("erlan")
    for number in range(1000):
        visitor.sign_in(f"guess{number % 50}" if number % 2 else "aigul", OTHER)
    # Then few were looked at
    assert len(_noted(town)) < 50
    # And somebody elsewhere signs in
    other = town.visitor()
    other.address = "127.0.0.2"
    assert other.sign_in("erlan").status_code == 303
    # And so does the owner, when some time has passed
    town.clock.wait(minutes=15)
    other.post("/sign-out", page="/account/password")
    assert other.sign_in("aigul").status_code == 303


def test_refusals_are_forgotten(town: Town, visitor: Visitor) -> None:
    visitor.sign_in(password=OTHER)
    town.clock.wait(hours=25)
    visitor.sign_in("erlan", OTHER)
    with town.engine.connect() as connection:
        assert connection.scalars(select(refusal.c.times)).all() == [1, 1]


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/sign-in", "/sign-in"),
        ("/sign-in/demo", "/sign-in"),
        ("/sign-out", "/account/password"),
        ("/sign-out/everywhere", "/account/password"),
        ("/account/password", "/account/password"),
    ],
)
def test_a_form_of_another_site_is_refused(visitor: Visitor, path: str, page: str) -> None:
    if page != "/sign-in":
        visitor.sign_in()
    for token in ("", "forged"):
        answer = visitor.client.post(
            path,
            base_url=visitor.base,
            data={"csrf_token": token, "login": "aigul", "password": PASSWORD},
            headers={"Accept-Language": "en", "Referer": visitor.base},
        )
        assert answer.status_code == 400
        assert "This form is too old" in answer.text
    stranger = visitor.post(path, page=page, csrf_token="x")  # noqa: S106
    assert stranger.status_code == 400


def test_a_token_of_another_browser_is_refused(town: Town, visitor: Visitor) -> None:
    from tests.support.signing import token_in

    token = token_in(town.visitor().get("/sign-in").text)
    visitor.get("/sign-in")
    assert visitor.sign_in(csrf_token=token).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/a\\..\\evil",
    ],
)
def test_no_address_leads_to_another_server(visitor: Visitor, address: str) -> None:
    assert not is_local(address)
    assert visitor.sign_in(next=address).headers["Location"] == "/"


def test_a_first_password_must_be_changed_before_anything_else(town: Town) -> None:
    # Given
    town.account(must_change=True)
    visitor, elsewhere = town.visitor(), town.visitor()
    elsewhere.sign_in()
    visitor.sign_in()
    # Then nothing else opens
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for path in ("/queue", "/sign-in?next=/queue"):
        answer = visitor.get(path, headers={"Accept": accept})
        assert answer.headers["Location"] == "/account/password"
    with visitor.get("/assets/kezek.css", headers={"Accept": "text/css,*/*;q=0.1"}) as style:
        assert style.status_code == 200
    callback = visitor.client.post("/_dash-update-component", base_url=visitor.base, json={})
    assert callback.status_code == 401
    page = visitor.get("/account/password").text
    assert "This password was given to you" in page

    def change(**given: str) -> Any:
        form = {"current": PASSWORD, "new": OTHER, "again": OTHER, **given}
        return visitor.post("/account/password", page="/account/password", **form)

    # When it is changed badly
    for given, said in (
        ({"again": PASSWORD}, "The two new passwords differ."),
        ({"new": PASSWORD, "again": PASSWORD}, "Choose another password"),
        ({"new": "password1234", "again": "password1234"}, "easy to guess"),
        ({"current": OTHER + "!"}, "The present password is wrong."),
    ):
        answer = change(**given)
        assert said in answer.text
        assert 'role="alert"' in answer.text
        assert 'aria-describedby="error' in answer.text
    # When it is changed
    before = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    assert change().status_code == 303
    after = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    # Then this session is a new one, and the only one
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert visitor.is_in
    assert _sessions(town) == 1
    assert ("aigul", "password changed") in _noted(town)
    assert town.visitor().sign_in().status_code == 401
    assert town.visitor().sign_in(password=OTHER).status_code == 303


def test_a_password_that_was_hashed_with_less_work_is_hashed_anew(town: Town) -> None:
    from argon2 import PasswordHasher

    town.account(password_hash=PasswordHasher(time_cost=1).hash(PASSWORD))
    assert town.visitor().sign_in().status_code == 303
    with town.engine.connect() as connection:
        assert "t=3" in connection.scalars(select(account.c.password_hash)).one()
    assert town.visitor().sign_in().status_code == 303


def test_outside_a_demonstration_nobody_comes_in_by_one_click(database_url: str) -> None:
    shown, town = Town(database_url, settings={"demo": True}), Town(database_url)
    visitor = town.visitor()
    assert visitor.post("/sign-in/demo", login="akim").status_code == 404
    assert "kz-role" not in visitor.get("/sign-in").text
    assert visitor.sign_in("akim", "").status_code == 401
    for one in (shown, town):
        one.engine.dispose()


def test_a_session_of_the_demonstration_ends_with_it(database_url: str) -> None:
    shown = Town(database_url, settings={"demo": True})
    visitor = shown.visitor("http://localhost")
    assert visitor.post("/sign-in/demo", login="akim").status_code == 303
    assert visitor.is_in
    token = visitor.client.get_cookie("kezek", domain="localhost")
    assert token is not None
    earnest = Town(database_url, settings={"secure_cookies": False})
    later = earnest.visitor("http://localhost")
    later.client.set_cookie("kezek", token.value, domain="localhost")
    assert not later.is_in
    for one in (shown, earnest):
        one.engine.dispose()


def test_the_demonstration_gives_no_other_account_for_a_click(database_url: str) -> None:
    shown = Town(database_url, settings={"demo": True})
    shown.account("aigul")
    visitor = shown.visitor("http://localhost")
    assert visitor.post("/sign-in/demo", login="aigul").status_code == 404
    assert visitor.post("/sign-in/demo", login="nobody").status_code == 404
    assert visitor.post("/sign-in", login="aigul", password=PASSWORD).status_code == 303
    shown.engine.dispose()


def test_an_administrator_makes_accounts_and_takes_them_away(town: Town) -> None:
    # Given
    town.account("admin", role=Role.ADMIN)
    visitor, new = town.visitor(), town.visitor()
    assert visitor.sign_in("admin").headers["Location"] == "/"
    # When
    page = visitor.post("/accounts/add", page="/accounts", login="Erlan", role="analyst").text
    # Then
    found = re.search(r'<code class="kz-first">([a-z0-9-]+)</code>', page)
    assert found
    assert new.sign_in("erlan", found[1]).headers["Location"] == "/account/password"
    assert found[1] not in visitor.get("/accounts").text
    # When
    visitor.post("/accounts/disable", page="/accounts", login="erlan")
    assert town.visitor().sign_in("erlan", found[1]).status_code == 401
    visitor.post("/accounts/enable", page="/accounts", login="erlan")
    page = visitor.post("/accounts/reset", page="/accounts", login="erlan").text
    # Then
    assert town.visitor().sign_in("erlan", found[1]).status_code == 401
    again = re.search(r'<code class="kz-first">([a-z0-9-]+)</code>', page)
    assert again
    assert town.visitor().sign_in("erlan", again[1]).status_code == 303
    done = [what for who, what in _noted(town) if who == "admin"]
    assert done == [
        "signed in",
        "account added",
        "account disabled",
        "account enabled",
        "password reset",
    ]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("add", {"login": "erlan", "role": "head"}),
        ("add", {"login": "erlan", "role": "king"}),
        ("add", {"login": "<b>", "role": "akim"}),
        ("add", {"login": "admin", "role": "akim"}),
        ("add", {}),
        ("disable", {"login": "admin"}),
        ("disable", {"login": "nobody"}),
        ("reset", {"login": "nobody\x00"}),
    ],
)
def test_what_makes_no_sense_is_not_done(town: Town, path: str, form: dict[str, str]) -> None:
    town.account("admin", role=Role.ADMIN)
    visitor = town.visitor()
    visitor.sign_in("admin")
    answer = visitor.post(f"/accounts/{path}", page="/accounts", **form)
    assert answer.status_code == 422
    assert "This was not done" in answer.text
    assert "<b>" not in answer.text.partition('role="alert"')[2].partition("</p>")[0]
    assert [one.login for one in store.all_accounts(town.engine)] == ["admin"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_else_comes_to_the_accounts(town: Town, role: Role) -> None:
    scope = {"service_points": {"medeu"}} if role in (Role.HEAD, Role.OPERATOR) else {}
    town.account(role=role, **scope)
    visitor = town.visitor()
    visitor.sign_in()
    assert visitor.get("/accounts").status_code == 403
    for deed in ("add", "disable", "enable", "reset"):
        answer = visitor.post(f"/accounts/{deed}", page="/account/password", login="aigul")
        assert answer.status_code == 403


def test_asking_for_the_head_of_a_page_is_no_attempt(town: Town, visitor: Visitor) -> None:
    for path in ("/sign-in", "/account/password"):
        assert visitor.client.head(path, base_url=visitor.base).status_code < 400
    assert _noted(town) == [("test", "account added")]


def test_a_page_that_came_by_a_form_leads_to_one_that_can_be_opened(
    town: Town, visitor: Visitor
) -> None:
    page = visitor.post("/sign-out", csrf_token="x").text  # noqa: S106
    switch = re.findall(r'href="(/[^"?]*)\?lang=', page)
    assert switch == ["/sign-in"] * 3


def test_limits_are_settings() -> None:
    from dashboard.accounts.sessions import Limits

    limits = Limits.of(Settings(session_idle_minutes=5, session_hours=2))
    assert (limits.idle, limits.absolute) == (timedelta(minutes=5), timedelta(hours=2))

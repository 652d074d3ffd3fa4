"""Signing in and out over HTTP: cookies, forms, addresses; on both databases."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from dashboard.accounts import store
from dashboard.accounts.routes import is_local
from etl.people import account
from tests.support.desk import OTHER, PASSWORD, Town, Visitor, noted, sessions
from tests.support.signing import token_in


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
    assert sessions(town) == 0
    assert noted(town) == [
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
        assert re.search(r"This form (is|was) too old", answer.text)
        assert ('value="aigul"' in answer.text) == (path == "/sign-in")
    stranger = visitor.post(path, page=page, csrf_token="x")  # noqa: S106
    assert stranger.status_code == 400


def test_a_token_of_another_browser_is_refused(town: Town, visitor: Visitor) -> None:
    token = token_in(town.visitor().get("/sign-in").text)
    visitor.get("/sign-in")
    assert visitor.sign_in(csrf_token=token).status_code == 400


def test_the_first_of_two_tabs_that_wait_to_sign_in_is_given_its_form_anew(
    visitor: Visitor,
) -> None:
    first = token_in(visitor.get("/sign-in").text)
    visitor.client.delete_cookie("__Host-kezek-form")
    visitor.get("/sign-in")  # the second: asked for beside the first, so without its cookie
    again = visitor.sign_in(csrf_token=first, next="/queue")
    assert again.status_code == 400
    assert 'value="aigul"' in again.text
    assert visitor.sign_in(csrf_token=token_in(again.text)).status_code == 303
    late = visitor.sign_in(csrf_token=first, next="/queue")
    assert (late.status_code, late.headers["Location"]) == (303, "/queue")
    assert visitor.sign_in(login="erlan", csrf_token=first).status_code == 400  # not as aigul


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


def test_a_password_that_was_hashed_with_less_work_is_hashed_anew(town: Town) -> None:
    from argon2 import PasswordHasher

    town.account(password_hash=PasswordHasher(time_cost=1).hash(PASSWORD))
    assert town.visitor().sign_in().status_code == 303
    with town.engine.connect() as connection:
        assert "t=3" in connection.scalars(select(account.c.password_hash)).one()
    assert town.visitor().sign_in().status_code == 303


def test_asking_for_the_head_of_a_page_is_no_attempt(town: Town, visitor: Visitor) -> None:
    for path in ("/sign-in", "/account/password"):
        assert visitor.client.head(path, base_url=visitor.base).status_code < 400
    assert noted(town) == [("test", "account added")]


def test_a_page_that_came_by_a_form_leads_to_one_that_can_be_opened(
    town: Town, visitor: Visitor
) -> None:
    page = visitor.post("/sign-out", csrf_token="x").text  # noqa: S106
    switch = re.findall(r'href="(/[^"?]*)\?lang=', page)
    assert switch == ["/sign-in"] * 3

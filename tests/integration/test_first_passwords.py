"""A first password is changed before anything else, and in time; on both databases."""

from __future__ import annotations

from typing import Any

from dashboard import audit
from dashboard.accounts import store
from tests.support.desk import HASHED, OTHER, PASSWORD, Town, Visitor, noted, sessions


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
    assert sessions(town) == 1
    assert ("aigul", "password changed") in noted(town)
    assert town.visitor().sign_in().status_code == 401
    assert town.visitor().sign_in(password=OTHER).status_code == 303


def test_a_first_password_opens_nothing_after_a_week(town: Town) -> None:
    # Given
    town.account(must_change=True, given_at=town.clock())
    late = town.visitor()
    town.clock.wait(days=7)
    assert late.sign_in().headers["Location"] == "/account/password"
    # When
    town.clock.wait(seconds=1)
    # Then neither a new session nor one that was begun goes on by it
    answer = town.visitor().sign_in()
    assert answer.status_code == 401
    assert "This first password has run out." in answer.text
    changed = late.post(
        "/account/password", page="/account/password", current=PASSWORD, new=OTHER, again=OTHER
    )
    assert "This first password has run out." in changed.text
    # And who does not know it learns nothing of it
    assert "The login or the password is wrong." in town.visitor().sign_in(password=OTHER).text
    whys = [entry.about["why"] for entry in audit.entries(town.engine, what="sign-in refused")]
    assert whys == ["first password ran out"] * 2 + ["password"]
    # When another is given
    store.reset(town.engine, "aigul", HASHED, by="test", now=town.clock())
    # Then
    assert town.visitor().sign_in().headers["Location"] == "/account/password"


def test_a_password_of_one_s_own_does_not_run_out(town: Town, visitor: Visitor) -> None:
    town.clock.wait(days=400)
    assert visitor.sign_in().status_code == 303


def test_how_long_a_first_password_is_good_for_is_a_setting(database_url: str) -> None:
    town = Town(database_url, settings={"first_password_days": 1})
    town.account(must_change=True)
    town.clock.wait(days=1, seconds=1)
    assert town.visitor().sign_in().status_code == 401
    town.engine.dispose()

"""The accounts of a demonstration open nothing but a demonstration."""

from __future__ import annotations

import pytest

from dashboard.accounts import demo, store
from etl.errors import KezekError
from tests.support.desk import PASSWORD, Town


def test_a_warehouse_that_people_sign_in_to_is_shown_to_nobody_else(town: Town) -> None:
    town.account()
    with pytest.raises(KezekError, match="aigul first"):
        demo.make(town.engine, now=town.clock())
    assert [one.login for one in store.all_accounts(town.engine)] == ["aigul"]


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

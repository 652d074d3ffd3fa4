"""Who is refused waits, longer and longer, and nobody else does; on both databases."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from dashboard import audit
from dashboard.accounts import store
from dashboard.accounts.throttle import BACKOFFS
from etl.people import refusal
from tests.support.desk import HASHED, OTHER, Town, Visitor, noted


def test_a_refusal_is_noted_without_what_was_typed(town: Town, visitor: Visitor) -> None:
    visitor.sign_in("my-secret-typed-as-login", "hunter2-hunter2")
    visitor.sign_in(password="hunter2-hunter2")  # noqa: S106  # pragma: allowlist secret
    told = json.dumps([vars(entry) for entry in audit.entries(town.engine)], default=str)
    assert "hunter2" not in told
    assert "my-secret" not in told
    assert noted(town)[1:] == [("unknown", "sign-in refused"), ("aigul", "sign-in refused")]


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


def test_many_wrong_passwords_lock_nobody_else_out(town: Town, visitor: Visitor) -> None:
    # Given
    town.account("erlan")
    for number in range(300):
        visitor.sign_in(f"guess{number % 50}" if number % 2 else "aigul", OTHER)
    # Then few were looked at
    assert len(noted(town)) < 50
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


@pytest.mark.parametrize("deed", ["reset", "enable"])
def test_whom_the_administrator_lets_in_anew_waits_no_longer(
    town: Town, visitor: Visitor, deed: str
) -> None:
    # Given
    for _ in range(BACKOFFS["account"].free + 1):
        visitor.sign_in(password=OTHER)
    assert visitor.sign_in().status_code == 429
    # When
    if deed == "reset":
        store.reset(town.engine, "aigul", HASHED, by="test", now=town.clock())
    else:
        store.enable(town.engine, "aigul", by="test", now=town.clock())
    # Then
    assert visitor.sign_in().status_code == 303
    # And what is refused afterwards counts as ever
    for _ in range(BACKOFFS["account"].free):
        town.clock.wait(seconds=1)
        assert town.visitor().sign_in(password=OTHER).status_code == 401
    assert town.visitor().sign_in().status_code == 429


def test_another_account_waits_on(town: Town, visitor: Visitor) -> None:
    town.account("erlan")
    for _ in range(BACKOFFS["account"].free):
        visitor.sign_in(password=OTHER)
    store.enable(town.engine, "erlan", by="test", now=town.clock())
    assert visitor.sign_in().status_code == 429

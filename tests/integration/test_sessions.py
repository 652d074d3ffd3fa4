"""Sessions over HTTP: their tokens, their limits, what ends them; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dashboard.access import Role
from dashboard.accounts import store
from dashboard.settings import Settings
from etl.people import session
from tests.support.desk import HASHED, Town, Visitor, sessions


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
def test_a_change_of_the_account_ends_itssessions(town: Town, visitor: Visitor, deed: Any) -> None:
    visitor.sign_in()
    assert visitor.is_in
    deed(town.engine, town.clock())
    assert not visitor.is_in
    assert sessions(town) == 0


def test_who_signs_in_again_leaves_no_session_behind(town: Town, visitor: Visitor) -> None:
    # Given
    visitor.sign_in()
    token = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    assert token is not None
    # When
    visitor.sign_in(page="/account/password")
    # Then
    assert visitor.is_in
    assert sessions(town) == 1
    former = town.visitor()
    former.client.set_cookie("__Host-kezek", token.value, domain="localhost", secure=True)
    assert not former.is_in


def test_signing_out_everywhere_ends_every_session(town: Town, visitor: Visitor) -> None:
    elsewhere = town.visitor()
    visitor.sign_in()
    elsewhere.sign_in()
    visitor.post("/sign-out/everywhere", page="/account/password")
    assert not elsewhere.is_in


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


def test_the_table_holds_no_token(town: Town, visitor: Visitor) -> None:
    visitor.sign_in()
    held = visitor.client.get_cookie("__Host-kezek", domain="localhost")
    assert held is not None
    token = held.value
    with town.engine.connect() as connection:
        (row,) = connection.execute(select(session)).all()
    assert len(token) >= 43
    assert token not in str(row)


def test_limits_are_settings() -> None:
    from dashboard.accounts.sessions import Limits

    limits = Limits.of(Settings(session_idle_minutes=5, session_hours=2))
    assert (limits.idle, limits.absolute) == (timedelta(minutes=5), timedelta(hours=2))

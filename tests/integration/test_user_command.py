"""``kezek user``: accounts by command, on both databases."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine

from dashboard import audit
from dashboard.access import Role
from dashboard.accounts import demo, passwords, store
from dashboard.cli import user
from tests.support.city import fill, random_city
from tests.support.command import kezek
from tests.support.regulations import almaty

GOOD = "teapot-gravel-ninth-otter"
FIRST = re.compile(r"shown this once: ([a-z0-9-]+)")
TWO = ("--service-point", "medeu", "--service-point", "auezov")
Say = Callable[..., str]


@pytest.fixture
def say(database_url: str, capsys: pytest.CaptureFixture[str]) -> Say:
    """``say("list")``: what ``kezek user`` prints."""

    def answer(*arguments: object) -> str:
        kezek("user", *arguments, "--database", database_url)
        return capsys.readouterr().out

    return answer


@pytest.fixture
def refused(database_url: str, capsys: pytest.CaptureFixture[str]) -> Say:
    def answer(*arguments: object) -> str:
        with pytest.raises(SystemExit) as end:
            kezek("user", *arguments, "--database", database_url)
        return " ".join(f"{end.value.code} {capsys.readouterr().err}".split())

    return answer


def test_a_first_password_is_printed_once_and_must_be_changed(say: Say, engine: Engine) -> None:
    found = FIRST.search(say("add", "Aigul", "--role", "akim"))
    assert found
    who = store.find(engine, "aigul")
    assert who is not None
    assert (who.role, who.must_change) == (Role.AKIM, True)
    assert passwords.matches(who.password_hash, found[1])
    assert found[1] not in say("list") + say("list", "--json")
    told = json.loads(say("list", "--json"))["accounts"]
    assert [(one["login"], one["signs_in_by"]) for one in told] == [("aigul", "password")]


def test_a_first_password_is_read_from_stdin_where_it_is_good(
    say: Say, refused: Say, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("password1234\n"))
    assert "easy to guess" in refused("add", "aigul", "--role", "akim", "--stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\n"))
    assert GOOD not in say("add", "aigul", "--role", "akim", "--stdin")
    who = store.find(engine, "aigul")
    assert who is not None
    assert passwords.matches(who.password_hash, GOOD)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("erlan", "--role", "head"), "head of something"),
        (("erlan", "--role", "operator"), "exactly one service point"),
        (("erlan", "--role", "operator", *TWO), "exactly one"),
        (("erlan", "--role", "akim", "--channel", "psc"), "of its own"),
        (("erlan", "--role", "head", "--service-point", "medeo"), "service point medeo"),
        (("erlan", "--role", "head", "--channel", "pscc"), "channel pscc"),
        (("erlan", "--role", "operator", "--service-point", "portal"), "no survey"),
        (("-x", "--role", "akim"), "No such option"),
        (("Ерлан", "--role", "akim"), "is no login"),
        (("er lan", "--role", "akim"), "is no login"),
    ],
)  # fmt: skip
def test_a_scope_that_is_not_the_role_s_is_refused(
    refused: Say, engine: Engine, arguments: tuple[str, ...], said: str
) -> None:
    fill(engine, random_city(almaty(), cases=5))
    assert said in refused("add", *arguments)
    assert store.all_accounts(engine) == []


def test_accounts_change_and_it_is_noted_who_did_it(
    say: Say, refused: Say, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user, "system_user", lambda: "root")
    assert "Nobody" in say("list")
    say("add", "erlan", "--role", "head", "--service-point", "medeu")
    assert "already" in refused("add", "erlan", "--role", "akim")
    say("role", "erlan", "--role", "head", "--channel", "psc")
    say("disable", "erlan")
    who = store.find(engine, "erlan")
    assert who is not None
    assert (who.channels, who.service_points) == ({"psc"}, frozenset())
    assert who.disabled_at is not None
    say("enable", "erlan")
    assert FIRST.search(say("reset", "erlan"))
    for command in ("disable", "enable", "reset"):
        assert "no account nobody" in refused(command, "nobody")
    assert [(e.who, e.what, e.about["login"]) for e in audit.entries(engine)] == [
        ("root", what, "erlan")
        for what in (
            "account added",
            "role changed",
            "account disabled",
            "account enabled",
            "password reset",
        )
    ]


def test_the_demonstration_s_accounts_follow_the_regulation_and_take_no_password(
    say: Say, refused: Say, engine: Engine
) -> None:
    now = datetime(2026, 1, 1)
    demo.make(engine, now=now)
    assert {one.role for one in demo.offered(engine)} == {Role.AKIM, Role.ANALYST, Role.ADMIN}
    assert "of the demonstration" in refused("reset", "akim")
    say("disable", "akim")
    fill(engine, random_city(almaty(), cases=5))
    demo.make(engine, now=now)
    there = {one.role: one for one in demo.offered(engine)}
    assert list(there) == [Role.HEAD, Role.OPERATOR, Role.ANALYST, Role.ADMIN]
    assert len(there[Role.HEAD].service_points) == len(there[Role.OPERATOR].service_points) == 1

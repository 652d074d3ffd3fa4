"""An administrator makes accounts and takes them away; nobody else does."""

from __future__ import annotations

import re

import pytest

from dashboard.access import Role
from dashboard.accounts import store
from tests.support.desk import Town, noted


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
    done = [what for who, what in noted(town) if who == "admin"]
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

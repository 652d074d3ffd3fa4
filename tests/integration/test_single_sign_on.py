"""Single sign-on, against a provider in a process of its own; on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from werkzeug.test import TestResponse

from dashboard import audit
from dashboard.access import Role
from dashboard.accounts import store
from etl.databases import open_engine
from etl.errors import KezekError
from tests.support.city import fill, random_city
from tests.support.desk import Town, Visitor
from tests.support.provider import CLIENT, SECRET, provider
from tests.support.regulations import almaty

AIGUL = {"sub": "248289761001", "preferred_username": "Aigul", "groups": ["staff", "medeu-heads"]}
GROUPS = """
[groups.city-leaders]
role = "akim"

[groups.medeu-heads]
role = "head"
service_points = ["medeu"]

[groups.auezov-heads]
role = "head"
service_points = ["auezov"]
channels = ["portal"]
"""


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    path = tmp_path / "groups.toml"
    path.write_text(GROUPS)
    return path


@pytest.fixture
def made(database_url: str, groups: Path) -> Any:
    """``made(issuer)``: a town whose people come from there."""
    towns: list[Town] = []

    def make(issuer: str, **settings: Any) -> Town:
        given = {
            "oidc_issuer": issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_groups": groups,
            **settings,
        }
        towns.append(Town(database_url, settings=given))
        return towns[-1]

    yield make
    for town in towns:
        town.engine.dispose()


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _come_back(visitor: Visitor, next_: str = "/") -> TestResponse:
    """To the provider and back, as a browser goes."""
    sent = visitor.get(f"/sign-in/oidc?next={next_}")
    assert sent.status_code == 302, sent.text
    try:
        build_opener(_Stay).open(sent.headers["Location"])
    except HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
    assert back.path == "/sign-in/oidc/callback"
    return visitor.get(f"{back.path}?{back.query}")


def test_who_the_provider_knows_has_the_role_of_their_group(made: Any) -> None:
    with provider(AIGUL) as issuer:
        town = made(issuer)
        visitor = town.visitor()
        assert "Sign in with your work account" in visitor.get("/sign-in").text
        answer = _come_back(visitor, "/queue")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/queue")
    assert visitor.is_in
    who = store.find(town.engine, "aigul")
    assert who is not None
    assert (who.role, who.service_points, who.password_hash) == (Role.HEAD, {"medeu"}, None)
    noted = [(entry.who, entry.what) for entry in audit.entries(town.engine)]
    assert noted == [("provider", "account added"), ("aigul", "signed in")]
    assert town.visitor().sign_in("aigul", "").status_code == 401


def test_another_group_is_another_role_and_ends_what_was(made: Any, groups: Path) -> None:
    with provider(AIGUL) as issuer:
        before = made(issuer).visitor()
        _come_back(before)
        assert before.is_in
        groups.write_text(GROUPS.replace('service_points = ["medeu"]', 'channels = ["portal"]'))
        town = made(issuer)
        assert _come_back(town.visitor()).status_code == 303
    assert not before.is_in
    who = store.find(town.engine, "aigul")
    assert who is not None
    assert (who.channels, who.service_points) == ({"portal"}, frozenset())
    assert ("provider", "role changed") in [(e.who, e.what) for e in audit.entries(town.engine)]


def test_the_same_number_of_another_provider_is_somebody_else(made: Any) -> None:
    for status in (303, 403):  # the login is taken
        with provider(AIGUL) as issuer:
            assert _come_back(made(issuer).visitor()).status_code == status


def test_the_scopes_of_several_groups_of_one_role_add_up(made: Any) -> None:
    with provider({**AIGUL, "groups": ["auezov-heads", "medeu-heads"]}) as issuer:
        town = made(issuer)
        assert _come_back(town.visitor()).status_code == 303
    who = store.find(town.engine, "aigul")
    assert who is not None
    assert (who.channels, who.service_points) == ({"portal"}, {"auezov", "medeu"})


def test_the_first_group_of_the_file_is_the_role(made: Any) -> None:
    with provider({**AIGUL, "groups": ["medeu-heads", "city-leaders"]}) as issuer:
        town = made(issuer)
        assert _come_back(town.visitor()).status_code == 303
    who = store.find(town.engine, "aigul")
    assert who is not None
    assert (who.role, who.service_points) == (Role.AKIM, frozenset())


@pytest.mark.parametrize("listed", [[], ["staff"], None, 7, "staff"])
def test_who_is_in_no_group_is_told_so_and_gets_no_account(made: Any, listed: Any) -> None:
    with provider({**AIGUL, "groups": listed}) as issuer:
        town = made(issuer)
        answer = _come_back(town.visitor())
    assert answer.status_code == 403
    assert "You have no rights in Kezek yet" in answer.text
    assert store.find(town.engine, "aigul") is None


def test_nobody_takes_the_login_of_a_local_account(made: Any) -> None:
    with provider(AIGUL) as issuer:
        town = made(issuer)
        town.account("aigul")
        assert _come_back(town.visitor()).status_code == 403
    who = store.find(town.engine, "aigul")
    assert who is not None
    assert who.subject is None


@pytest.mark.parametrize("login", ["900101300007", "city\\\\erlan", "Ерлан", "x" * 65, "a\x00b"])
def test_a_login_that_cannot_be_used_is_refused_kindly(made: Any, login: str) -> None:
    with provider(AIGUL | {"preferred_username": login}) as issuer:
        town = made(issuer)
        answer = _come_back(town.visitor())
    assert answer.status_code == 403
    assert "Ask its administrator" in answer.text
    assert store.all_accounts(town.engine) == []
    (entry,) = audit.entries(town.engine)
    assert (entry.who, entry.about["why"]) == ("unknown", "login cannot be used")


def test_a_disabled_account_stays_out(made: Any) -> None:
    with provider(AIGUL) as issuer:
        town = made(issuer)
        visitor = town.visitor()
        _come_back(visitor)
        store.disable(town.engine, "aigul", by="test", now=town.clock())
        assert not visitor.is_in
        assert _come_back(visitor).status_code == 403


@pytest.mark.parametrize("fault", ["state", "nonce", "issuer", "audience", "expired", "key"])
def test_what_is_wrong_with_the_answer_is_noticed(made: Any, fault: str) -> None:
    with provider(AIGUL, fault=fault) as issuer:
        town = made(issuer)
        visitor = town.visitor()
        answer = _come_back(visitor)
    assert answer.status_code == 400
    assert "Begin anew" in answer.text
    assert not visitor.is_in
    assert store.find(town.engine, "aigul") is None


def test_an_answer_that_nobody_asked_for_is_refused(made: Any) -> None:
    with provider(AIGUL) as issuer:
        visitor = made(issuer).visitor()
        answer = visitor.get("/sign-in/oidc/callback?code=x&state=y")
        refused = visitor.get("/sign-in/oidc/callback?error=access_denied&state=y")
    assert answer.status_code == refused.status_code == 400


def test_what_came_with_the_address_makes_no_lines_of_the_log(
    made: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with provider(AIGUL) as issuer:
        visitor = made(issuer).visitor()
        told = "x%0A2026-01-01 somebody signed in%1B[31m" + "y" * 1_000
        visitor.get(f"/sign-in/oidc/callback?error={told}&error_description={told}")
    (record,) = caplog.records
    assert record.exc_info is None
    assert record.getMessage().isprintable()
    assert len(record.getMessage()) < 300


def test_a_provider_that_is_away_is_told(made: Any) -> None:
    with provider(AIGUL) as issuer:
        pass
    answer = made(issuer).visitor().get("/sign-in/oidc")
    assert answer.status_code == 502
    assert "does not answer" in answer.text


def test_without_a_provider_its_doors_are_shut(database_url: str) -> None:
    town = Town(database_url)
    assert town.visitor().get("/sign-in/oidc").status_code == 404
    assert town.visitor().get("/sign-in/oidc/callback").status_code == 404
    town.engine.dispose()


@pytest.mark.parametrize("missing", ["oidc_client_id", "oidc_client_secret", "oidc_groups"])
def test_half_a_provider_is_refused_at_the_start(made: Any, missing: str) -> None:
    with pytest.raises(KezekError, match=f"KEZEK_{missing.upper()}"):
        made("https://id.example", **{missing: None})


def test_a_provider_without_tls_is_refused(made: Any) -> None:
    with pytest.raises(KezekError, match="https://"):
        made("http://id.example")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "names no"),
        ("[groups", "cannot be read"),
        ('[groups.a]\nrole = "king"', "akim, head"),
        ("[groups.a]\nchannels = []", "give it a role"),
        ('[groups.a]\nrole = "head"', "head of something"),
        ('[groups.a]\nrole = "akim"\nservice_points = ["medeu"]', "of its own"),
        ('[groups.a]\nrole = "operator"\nservice_points = "medeu"', "lists of codes"),
        ('[groups.a]\nrole = "akim"\nservicepoints = []', "servicepoints"),
        ('[groups]\na = "akim"', "give it a role"),
    ],
)
def test_a_file_of_groups_that_says_nonsense_is_refused(
    made: Any, groups: Path, toml: str, said: str
) -> None:
    groups.write_text(toml)
    with pytest.raises(KezekError, match=said):
        made("https://id.example")


def test_a_code_that_the_regulation_lacks_is_refused_at_the_start(
    made: Any, groups: Path, database_url: str
) -> None:
    engine = open_engine(database_url)
    fill(engine, random_city(almaty(), cases=5))
    engine.dispose()
    groups.write_text(GROUPS.replace('"medeu"', '"medeo"'))
    with pytest.raises(KezekError, match=r"no service point medeo.*medeu"):
        made("https://id.example")

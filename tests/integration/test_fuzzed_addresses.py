"""Whatever address is asked, by whatever method, with whatever form: no failure, no trace, nothing
that the role may not see."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from dashboard.access import Permission, Reader
from dashboard.app import KezekDash
from tests.support.city import AS_OF, City, Filling, random_city
from tests.support.desk import Town, Visitor
from tests.support.doors import CASE, EVERYBODY, NO_FILES, PAGES, name_of
from tests.support.forging import TEXTS
from tests.support.regulations import almaty
from tests.support.screens import ADMIN

KEYS = (
    "lang", "as_of", "from", "to", "clock", "channel", "category", "service_point", "show", "case",
    "columns", "sort", "remark", "at", "next", "code", "state", "error", "x",
)  # fmt: skip
PARTS = ("queue", "flow.csv", "flow.xlsx", "nothing.csv", "dash", "dcc", "overdue", "kezek.css")
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
STAYS_IN = ("sign_out", "sign_out_everywhere")  # are tried elsewhere: here nobody is to leave
VARIABLE = re.compile(r"<[^>]+>")
ODD = st.sampled_from(TEXTS).filter(lambda text: len(text) < 1_000) | st.text(max_size=12)
FUZZ = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


_CITY = Filling(lambda: random_city(almaty(), seed=3, cases=60, entries=20, responses=20))


@pytest.fixture
def filling() -> Filling:
    return _CITY


@pytest.fixture
def city(filling: object) -> City:
    return _CITY.city


@pytest.fixture
def town(city: City, database_url: str) -> Iterator[Town]:
    made = Town(database_url, settings={"today": AS_OF, "files_a_minute": 10_000})
    yield made
    made.engine.dispose()


@pytest.fixture(params=EVERYBODY, ids=name_of)
def reader(request: pytest.FixtureRequest) -> Reader | None:
    """Each role, and nobody."""
    found: Reader | None = request.param
    return found


@pytest.fixture
def visitor(town: Town, reader: Reader | None) -> Visitor:
    """The reader, signed in."""
    came = town.visitor()
    if reader is not None:
        scope = {"channels": reader.channels, "service_points": reader.service_points}
        town.account(reader.login, role=reader.role, **scope)
        assert came.sign_in(reader.login).status_code == 303
    return came


def _rules(app: KezekDash) -> list[Rule]:
    """Every route of the running application."""
    return [rule for rule in app.server.url_map.iter_rules() if rule.endpoint not in STAYS_IN]


def _sent(text: str) -> str:
    """A text as a browser writes it; halves of pairs cannot be written."""
    return text.encode(errors="replace").decode()


@st.composite
def _addresses(draw: st.DrawFn, rules: list[Rule]) -> str:
    """The path of a route, its variable parts filled; or none of any route."""
    known = (*PAGES, *NO_FILES, "/export/chart/data/examples.csv")
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(known) | ODD.map(lambda text: f"/{text}"))
    part = st.sampled_from(PARTS) | ODD
    return VARIABLE.sub(lambda _: draw(part), draw(st.sampled_from(rules)).rule)


@FUZZ
@given(data=st.data())
def test_no_address_breaks_the_server_or_tells_too_much(
    town: Town,
    visitor: Visitor,
    city: City,
    *,
    reader: Reader | None,
    caplog: pytest.LogCaptureFixture,
    data: st.DataObject,
) -> None:
    # Given
    path = _sent(data.draw(_addresses(_rules(town.app)))).split("?")[0].split("#")[0]
    query = data.draw(st.dictionaries(st.sampled_from(KEYS) | ODD, ODD, max_size=4))
    method = data.draw(st.sampled_from(METHODS))
    caplog.clear()
    # When
    with visitor.client.open(
        path,
        method=method,
        base_url=visitor.base,
        query_string={_sent(key): _sent(value) for key, value in query.items()},
        headers={"Accept": data.draw(st.sampled_from(("text/html", "*/*", "")))},
    ) as answer:
        said = answer.get_data(as_text=True) if not answer.is_streamed else ""
    # Then
    assert answer.status_code < 500
    assert "Traceback" not in said
    assert set(CASE.findall(said)) - set(CASE.findall(str(query))) <= _may_see(reader, city)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert not re.search(r"\s", answer.headers.get("Location", ""))


def _may_see(reader: Reader | None, city: City) -> set[str]:
    if reader is None or not reader.may(Permission.CASES):
        return set()
    own = reader.service_points
    return {c.case_id for c in city.cases if not own or c.service_point in own}


FORMS = (
    "/sign-in", "/sign-in/demo", "/account/password", "/accounts/add", "/accounts/disable",
    "/accounts/enable", "/accounts/reset",
)  # fmt: skip


@settings(FUZZ, max_examples=25)
@given(
    path=st.sampled_from(FORMS),
    form=st.dictionaries(
        st.sampled_from(
            ["login", "password", "role", "channel", "service_point", "current", "new", "again"]
        ),
        ODD | st.sampled_from(["admin", "head", "medeu"]),
    ),
)
@pytest.mark.parametrize("reader", [ADMIN], indirect=True, ids=name_of)
def test_no_form_of_accounts_breaks_the_server(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, path: str, form: dict[str, str]
) -> None:
    # Given
    page = "/accounts" if path.startswith("/accounts/") else "/account/password"
    caplog.clear()
    # When
    answer = visitor.post(path, page=page, **{key: _sent(text) for key, text in form.items()})
    # Then
    assert answer.status_code in (303, 401, 404, 422, 429, 200)
    assert "<script>" not in answer.text
    assert "Traceback" not in answer.text
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []

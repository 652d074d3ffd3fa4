"""Every door, tried by nobody and by each role.

What each asks is said once more, by hand (`tests.support.doors`): a door that is new, or asks for
less than it did, fails until somebody has thought about it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dash import Input, Output

from dashboard import access, audit, context, doors, pages
from dashboard.access import Permission, Reader, Role
from dashboard.app import KezekDash
from dashboard.doors import Ask
from tests.support import asking, drawing, screens
from tests.support.city import AS_OF
from tests.support.desk import Town
from tests.support.doors import (
    ACCOUNTS,
    CALLBACKS,
    CASE,
    EVERYBODY,
    HTML,
    PAGES,
    REFUSED,
    ROUTES,
    client_of,
    name_of,
    opens,
    outputs,
)
from tests.support.regulations import almaty
from tests.support.screens import ADMIN, AKIM, ANALYST, OPERATOR, READERS

# --- nothing stands beside the table --------------------------------------------


def test_every_route_is_known(houses: dict[str, KezekDash]) -> None:
    found = {rule.endpoint for rule in houses["akim"].server.url_map.iter_rules()}
    assert found - set(doors.ENDPOINTS) == set(), "a new route: say in dashboard.doors who may"
    assert found == set(ROUTES), "and try it here"


def test_every_callback_is_known(houses: dict[str, KezekDash]) -> None:
    app = houses["akim"]
    found = {doors.callback_name(o, known["inputs"]) for o, known in app.callback_map.items()}
    assert found == set(doors.CALLBACKS), "a new callback: say in dashboard.doors who may"
    assert set(outputs(app)) == {name for name, _ in CALLBACKS.values()}, "and try it here"


def test_every_page_is_known() -> None:
    every = (*pages.load(), *pages.papers())
    assert {page.PATH: page.NEEDS for page in every} == PAGES


@pytest.mark.parametrize("reader", EVERYBODY, ids=name_of)
def test_what_nobody_named_is_shut(url: str, reader: Reader | None) -> None:
    # Given
    app = screens.application(url, reader)
    app.server.add_url_rule("/new", "new", lambda: "told")

    @app.callback(Output("new", "children"), Input("other", "value"))
    def _new(_value: object) -> str:
        return "told"

    client = app.server.test_client()
    sent = asking.body(app, "new.children", {})
    # When
    answers = [client.get("/new"), asking.ask(client, sent)]
    # Then
    assert {answer.status_code for answer in answers} == ({403} if reader else {401})
    assert not any("told" in answer.text for answer in answers)


# --- the table of results -------------------------------------------------------


@pytest.mark.parametrize("reader", EVERYBODY, ids=name_of)
def test_each_route_opens_to_whom_it_should(
    houses: dict[str, KezekDash], reader: Reader | None
) -> None:
    client = client_of(houses, reader)
    for endpoint, (address, needs) in ROUTES.items():
        with client.get(address, headers={"Accept": "*/*"}) as answer:
            said = answer.get_data()
        if opens(reader, needs):
            assert answer.status_code in (200, 404, 405), endpoint
        elif reader is None and answer.status_code == 303:
            assert answer.location.startswith("/sign-in?next="), endpoint
        elif answer.status_code == 302:
            assert answer.location == "/data" if reader is ADMIN else "/survey"
        else:
            assert answer.status_code in (401, 403, 405), endpoint
            assert not CASE.search(said.decode())


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("reader", EVERYBODY, ids=name_of)
def test_each_panel_file_opens_to_whom_its_page_does(
    houses: dict[str, KezekDash], reader: Reader | None, ending: str
) -> None:
    # Given
    app = houses["akim"]
    with app.server.test_request_context():
        access.admit(AKIM)
        here = context.current("/", "")
        assert here is not None
        keys = [(p, key) for p in (*app.rooms, *app.papers) for key in p.sheets(here)]
    assert len(keys) > 20
    client = client_of(houses, reader)
    for page, key in keys:
        # When
        name = page.PATH.strip("/") or "overview"
        answer = client.get(f"/export/chart/{name}/{key}.{ending}", headers={"Accept": "text/csv"})
        # Then
        expected = 200 if opens(reader, PAGES[page.PATH]) else (403 if reader else 401)
        if reader is ANALYST and key == "forecast":
            expected = 404  # few cases by nature: there is none for who is told fives
        assert answer.status_code == expected, (name, key)


@pytest.mark.parametrize("reader", EVERYBODY, ids=name_of)
def test_each_callback_opens_to_whom_it_should(
    houses: dict[str, KezekDash], reader: Reader | None
) -> None:
    app, client = houses[name_of(reader)], client_of(houses, reader)
    found = outputs(app)
    for name, needs in CALLBACKS.values():
        answer = asking.ask(client, asking.body(app, found[name], {"location.pathname": "/"}))
        if opens(reader, needs):
            assert answer.status_code in (200, 204), name
        else:
            assert answer.status_code == (403 if reader else 401), name


@pytest.mark.parametrize("reader", READERS, ids=name_of)
@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_drawn_for_whom_it_is(
    houses: dict[str, KezekDash], reader: Reader, path: str
) -> None:
    # When
    client = client_of(houses, reader)
    screen = drawing.screen(client, path, "?lang=en")
    # Then
    words = drawing.words(screen["content"])
    assert (REFUSED not in words) == opens(reader, PAGES[path])
    offered = drawing.words(screen["header"])
    titles = {page.PATH: page.TITLE for page in pages.load()}
    assert {p for p, title in titles.items() if title in offered} == {
        p for p in titles if opens(reader, PAGES[p])
    }
    if not opens(reader, Permission.CASES):
        assert not CASE.search(str(screen))


def test_nobody_is_led_to_the_sign_in_and_back(houses: dict[str, KezekDash]) -> None:
    client = client_of(houses, None)
    answer = client.get("/overdue?show=soon", headers=HTML)
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/overdue?show%3Dsoon")
    elsewhere = client.get(environ_overrides={"PATH_INFO": "//evil.example"}, headers=HTML)
    assert elsewhere.location == "/sign-in?next=/evil.example"


@pytest.mark.parametrize(("reader", "first"), [(OPERATOR, "/survey"), (ADMIN, "/data")])
def test_who_may_not_see_figures_begins_elsewhere(
    houses: dict[str, KezekDash], reader: Reader, first: str
) -> None:
    answer = client_of(houses, reader).get("/?lang=ru")
    assert (answer.status_code, answer.location) == (302, f"{first}?lang=ru")


def test_a_page_that_is_not_theirs_is_refused_within_the_frame(
    houses: dict[str, KezekDash],
) -> None:
    answer = client_of(houses, OPERATOR).get("/overdue?lang=ru")
    assert answer.status_code == 403
    assert "react-entry-point" in answer.text


# --- the doors of accounts, through real sessions --------------------------------


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An application that people sign in at, in a warehouse of its own."""
    url = screens.database(tmp_path_factory.mktemp("town"), almaty(), cases=60)
    made = Town(url, settings={"today": AS_OF})
    for reader in READERS:
        given = {"channels": reader.channels, "service_points": reader.service_points}
        made.account(reader.login, role=reader.role, **given)
    yield made
    made.engine.dispose()


def test_every_door_of_accounts_is_known(town: Town) -> None:
    found = {rule.endpoint for rule in town.app.server.url_map.iter_rules()}
    assert found == set(doors.ENDPOINTS) == {*ROUTES, *ACCOUNTS}


@pytest.mark.parametrize("reader", EVERYBODY, ids=name_of)
def test_each_door_of_accounts_opens_to_whom_it_should(town: Town, reader: Reader | None) -> None:
    # Given
    visitor = town.visitor()
    if reader is not None:
        assert visitor.sign_in(reader.login).status_code == 303
    for endpoint, (method, path, needs) in ACCOUNTS.items():
        if needs is Ask.ITSELF:
            continue
        # When: a change carries a token, else it is refused before anybody is asked
        if method == "GET":
            answer = visitor.get(path)
        else:
            page = "/account/password" if reader else "/sign-in"
            answer = visitor.post(path, page=page, login="nobody-of-this-name")
        # Then
        if opens(reader, needs):
            assert answer.status_code in (200, 400, 404, 422), endpoint
        else:
            assert answer.status_code == (403 if reader else {"GET": 303, "POST": 401}[method])
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("reader", READERS, ids=name_of)
def test_a_session_opens_what_its_role_does(town: Town, reader: Reader) -> None:
    visitor = town.visitor()
    visitor.sign_in(reader.login)
    for path, needs in {**PAGES, "/export/overdue.csv": Permission.CASES}.items():
        answer = visitor.get(path)
        assert answer.status_code in ((200,) if opens(reader, needs) else (302, 403)), path


# --- what is refused is noted -----------------------------------------------------


def test_who_is_refused_at_a_door_is_noted_once_a_minute(town: Town) -> None:
    # Given
    town.account("madina", role=Role.OPERATOR, service_points=frozenset({"medeu"}))
    visitor = town.visitor()
    visitor.sign_in("madina")
    grid = asking.body(town.app, "case-grid.getRowsResponse", {})
    doors_tried = [
        lambda: visitor.get("/overdue?show=both"),
        lambda: visitor.get("/export/overdue.csv"),
        lambda: visitor.get("/export/chart/queue/flow.csv"),
        lambda: visitor.ask(grid),
        lambda: visitor.get("/accounts"),
    ]
    # When
    answers = [door().status_code for door in doors_tried * 2]
    visitor.get("/")  # leads to where an operator begins
    town.clock.wait(minutes=1)
    visitor.get("/accounts")
    # Then
    assert set(answers) == {403}
    entries = [e for e in audit.entries(town.engine, who="madina") if e.what == "door.refused"]
    assert [entry.about["door"] for entry in entries] == [
        "/overdue",
        "overdue_csv",
        "chart_file",
        "case-grid.getRowsRequest > case-grid.getRowsResponse",
        "accounts",
        "accounts",
    ]

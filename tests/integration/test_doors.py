"""Every door, tried by nobody and by each role, straight and with forged requests.

What each asks is said here once more, by hand: a door that is new, or asks for less than it did,
fails until somebody has thought about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import flask
import pytest
from dash import Input, Output
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from dashboard import access, context, doors, pages
from dashboard.access import PERMITTED, Permission, Reader
from dashboard.app import KezekDash
from dashboard.doors import Ask
from etl.warehouse import open_engine, survey_responses
from tests.support import asking, drawing, screens
from tests.support.city import AS_OF, City, fill, random_city
from tests.support.desk import Town
from tests.support.regulations import almaty
from tests.support.screens import ADMIN, AKIM, ANALYST, HEAD, OPERATOR, READERS

CASE = re.compile(r"case-\d{5}")
REFUSED = "This page is not open to you"
SUITE = "/_dash-component-suites/dash/deps/react@18.v1m1.3.1.min.js"
NO_FILES = tuple(
    f"/_dash-component-suites/{name}"
    for name in ("dash/dash.py", "dash/../dash.py", "etl/warehouse.py", "none/x.js")
)

PAGES: Mapping[str, Permission] = {
    "/": Permission.FIGURES,
    "/queue": Permission.FIGURES,
    "/times": Permission.FIGURES,
    "/overdue": Permission.FIGURES,
    "/satisfaction": Permission.FIGURES,
    "/briefing": Permission.FIGURES,
    "/survey": Permission.SURVEY,
    "/data": Permission.RUNS,
}
ROUTES: Mapping[str, tuple[str, Ask | Permission]] = {
    "static": ("/static/none.css", Ask.OPEN),
    "_dash_assets.static": ("/assets/kezek.css", Ask.OPEN),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": (SUITE, Ask.OPEN),
    "/_favicon.ico": ("/_favicon.ico", Ask.OPEN),
    "vendor": ("/vendor/css/bootstrap.min.css", Ask.OPEN),
    "theme": ("/theme.css", Ask.OPEN),
    "plotly": ("/vendor/plotly.js", Ask.OPEN),
    "page_script": ("/_dash-component-suites/dash/dcc/dash_renderer-page.js", Ask.OPEN),
    "page_style": ("/page.css", Ask.OPEN),
    "healthz": ("/healthz", Ask.OPEN),
    "/": ("/", Permission.FIGURES),
    "/<path:path>": ("/data", Permission.RUNS),
    "/_dash-layout": ("/_dash-layout", Ask.SIGNED_IN),
    "/_dash-dependencies": ("/_dash-dependencies", Ask.SIGNED_IN),
    "/_reload-hash": ("/_reload-hash", Ask.SIGNED_IN),
    "/_dash-update-component": ("/_dash-update-component", Ask.SIGNED_IN),
    "chart_file": ("/export/chart/queue/flow.csv", Permission.FIGURES),
    "overdue_csv": ("/export/overdue.csv", Permission.CASES),
    "overdue_xlsx": ("/export/overdue.xlsx", Permission.CASES),
}
CALLBACKS: Mapping[str, tuple[str, Permission | Ask]] = {
    "header.children": ("location.pathname, location.search > header.children", Ask.SIGNED_IN),
    "location.search": ("filter.value > location.search", Ask.SIGNED_IN),
    "case-grid.getRowsResponse": (
        "case-grid.getRowsRequest > case-grid.getRowsResponse",
        Permission.CASES,
    ),
    "open a case": ("location.search > case-panel.children", Permission.CASES),
    "write to a case": ("case-save.n_clicks > case-state.data", Permission.REMARK),
    "take it back": ("case-withdraw.n_clicks > case-saved.data", Permission.REMARK),
    "save": ("survey-save.n_clicks > survey-state.data", Permission.SURVEY),
    "correct": ("survey-correct.n_clicks > survey-state.data", Permission.SURVEY),
}
HTML = {"Accept": "text/html"}
EVERYBODY = (None, *READERS)


def opens(reader: Reader | None, needs: Ask | Permission) -> bool:
    if needs in (Ask.OPEN, Ask.ITSELF):
        return True
    if reader is None:
        return False
    return needs is Ask.SIGNED_IN or reader.role in PERMITTED[Permission(needs)]


def name_of(reader: Reader | None) -> str:
    return reader.role.value if reader else "nobody"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=300, responses=60)


@pytest.fixture(scope="module")
def houses(url: str) -> Iterator[dict[str, KezekDash]]:
    """The application as each reader has it; the warehouse behind is one."""
    made = {name_of(reader): screens.application(url, reader) for reader in EVERYBODY}
    yield made
    for app in made.values():
        app.house.engine.dispose()


def client_of(houses: dict[str, KezekDash], reader: Reader | None) -> FlaskClient:
    found: FlaskClient = houses[name_of(reader)].server.test_client()
    return found


def outputs(app: KezekDash) -> dict[str, str]:
    """Name of each callback that runs on the server -> its output, as a browser sends it."""
    return {
        doors.callback_name(output, known["inputs"]): output
        for output, known in app.callback_map.items()
        if "callback" in known
    }


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
    with houses["akim"].server.test_request_context():
        access.admit(AKIM)
        here = context.current("/", "")
        assert here is not None
        keys = [(p, key) for p in pages.load() for key in p.sheets(here)]
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

ACCOUNTS: Mapping[str, tuple[str, str, Ask | Permission]] = {
    "sign_in": ("GET", "/sign-in", Ask.ITSELF),
    "sign_in_as": ("POST", "/sign-in/demo", Ask.ITSELF),
    "sign_in_oidc": ("GET", "/sign-in/oidc", Ask.ITSELF),
    "oidc_callback": ("GET", "/sign-in/oidc/callback", Ask.ITSELF),
    "sign_out": ("POST", "/sign-out", Ask.ITSELF),
    "sign_out_everywhere": ("POST", "/sign-out/everywhere", Ask.ITSELF),
    "password": ("GET", "/account/password", Ask.ITSELF),
    "accounts": ("GET", "/accounts", Permission.ACCOUNTS),
    "accounts_add": ("POST", "/accounts/add", Permission.ACCOUNTS),
    "accounts_disable": ("POST", "/accounts/disable", Permission.ACCOUNTS),
    "accounts_enable": ("POST", "/accounts/enable", Permission.ACCOUNTS),
    "accounts_reset": ("POST", "/accounts/reset", Permission.ACCOUNTS),
}


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


# --- forged requests ------------------------------------------------------------


@pytest.mark.parametrize("reader", [OPERATOR, ADMIN, ANALYST], ids=name_of)
@pytest.mark.parametrize(
    "path", ["/overdue", "/overdue/", "//overdue", "/survey/../overdue", "/OVERDUE", "overdue", ""]
)
def test_no_path_of_the_location_leads_around_the_rights(
    houses: dict[str, KezekDash], reader: Reader, path: str
) -> None:
    screen = drawing.screen(client_of(houses, reader), path, "?lang=en&show=both")
    assert not CASE.search(str(screen))
    if reader is not ANALYST:
        assert "past their due date" not in str(screen)


@pytest.mark.parametrize("reader", EVERYBODY, ids=name_of)
@pytest.mark.parametrize("path", PAGES)
def test_the_first_page_is_drawn_within_the_layout_for_whom_it_is(
    houses: dict[str, KezekDash], reader: Reader | None, path: str
) -> None:
    answer = client_of(houses, reader).get(
        "/_dash-layout", query_string={"at": f"{path}?lang=en&show=both&case=case-00001"}
    )
    if reader is None:
        assert answer.status_code in (302, 401)
    else:
        assert (REFUSED not in answer.text) == opens(reader, PAGES[path])
    if not opens(reader, Permission.CASES):
        assert not CASE.search(answer.text.replace("case=case-00001", ""))


def forgeries(app: KezekDash) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests that name one callback and mean another."""
    found = outputs(app)
    draw = found["location.pathname, location.search > header.children"]
    grid = found["case-grid.getRowsRequest > case-grid.getRowsResponse"]
    asked = {"case-grid.getRowsRequest": {"startRow": 0, "endRow": 100}, "location.pathname": "/"}
    yield "outputs of another", {**asking.body(app, draw, asked), "outputs": {"id": "case-grid"}}
    yield "inputs of another", {**asking.body(app, grid, asked), "output": draw}
    yield "both at once", {**asking.body(app, draw, asked), "output": f"{draw}{grid}"}
    yield "more outputs", {**asking.body(app, draw, asked), "output": f"..{grid}...new.children.."}
    yield "as a list", {**asking.body(app, grid, asked), "output": [grid]}
    yield "with a hash", {**asking.body(app, grid, asked), "output": f"{grid}@{'0' * 64}"}
    yield "a pattern", {**asking.body(app, grid, asked), "output": '{"type":"case-grid"}.x'}
    yield "of the browser", {**asking.body(app, grid, asked), "output": "arrived.data"}
    yield "none", {}


@pytest.mark.parametrize("reader", [None, OPERATOR, ANALYST, ADMIN], ids=name_of)
def test_a_request_that_means_another_callback_gets_no_case(
    houses: dict[str, KezekDash], reader: Reader | None
) -> None:
    app, client = houses[name_of(reader)], client_of(houses, reader)
    for what, sent in forgeries(app):
        answer = asking.ask(client, sent)
        assert answer.status_code in (200, 204, 400, 401, 403), what
        assert not CASE.search(answer.text), what
        assert "Traceback" not in answer.text, what


@pytest.mark.parametrize("sent", ["", "[]", "null", "1", '{"output": null}', "{", '"x"'])
def test_a_body_that_is_none_is_not_understood(houses: dict[str, KezekDash], sent: str) -> None:
    answer = client_of(houses, AKIM).post(asking.UPDATE, data=sent, content_type="application/json")
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_a_grid_of_another_s_page_shows_one_s_own_cases_alone(
    houses: dict[str, KezekDash],
) -> None:
    # Given a layout that was drawn for the whole city, or for another office
    app, client = houses["head"], client_of(houses, HEAD)
    places = {c.case_id: c.service_point for c in random_city(almaty(), cases=300).cases}
    output = "case-grid.getRowsResponse"
    for search in ("", "?service_point=authority", "?service_point=medeu,alatau", "?show=both"):
        request = {"startRow": 0, "endRow": 900, "context": {"search": search}}
        # When
        sent = asking.body(app, output, {"case-grid.getRowsRequest": request})
        told = asking.ask(client, sent).get_json()["response"]["case-grid"]["getRowsResponse"]
        # Then
        assert {places[row["case_id"]] for row in told["rowData"]} <= HEAD.service_points
        assert told["rowCount"] == len(told["rowData"])
        if "authority" in search:
            assert told["rowData"] == []


@pytest.mark.parametrize(
    ("place", "saved"),
    [("medeu", 1), *((other, 0) for other in ("almaly", "portal", "", None, ["medeu"], {}))],
)
def test_a_form_is_saved_of_one_s_own_office_alone(
    houses: dict[str, KezekDash], url: str, place: object, saved: int
) -> None:
    # Given
    app, client = houses["operator"], client_of(houses, OPERATOR)
    output = outputs(app)["survey-save.n_clicks > survey-state.data"]
    engine = open_engine(url)
    query = select(func.count()).select_from(survey_responses)
    with engine.connect() as connection:
        before = connection.execute(query).scalar_one()
    answers = '{"code":["ALL"],"type":"survey-answer"}.value'
    sent = asking.body(
        app,
        output,
        {
            "survey-save.n_clicks": 1,
            "survey-place.value": place,
            "survey-day.value": "2013-12-30",
            answers: [
                {"id": {"type": "survey-answer", "code": q}, "property": "value", "value": 1}
                for q in ("q1", "q2")
            ],
        },
    )
    # When
    answer = asking.ask(client, sent)
    # Then
    assert answer.status_code == 200
    with engine.connect() as connection:
        assert connection.execute(query).scalar_one() == before + saved
    engine.dispose()


# --- the web's usual holes ------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_a_page_of_another_site_changes_nothing(
    houses: dict[str, KezekDash], headers: dict[str, str]
) -> None:
    app, client = houses["akim"], client_of(houses, AKIM)
    sent = asking.body(app, "case-grid.getRowsResponse", {})
    assert asking.ask(client, sent, headers=headers).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_callback_takes_json_alone(houses: dict[str, KezekDash], kind: str) -> None:
    client = client_of(houses, AKIM)
    assert client.post(asking.UPDATE, data="{}", content_type=kind).status_code == 403


def test_our_own_pages_are_heard(houses: dict[str, KezekDash]) -> None:
    app, client = houses["akim"], client_of(houses, AKIM)
    sent = asking.body(app, "case-grid.getRowsResponse", {})
    for headers in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {}):
        assert asking.ask(client, sent, headers=headers).status_code == 200


def test_a_body_that_is_too_large_is_refused(houses: dict[str, KezekDash]) -> None:
    client = client_of(houses, AKIM)
    answer = client.post(
        asking.UPDATE,
        data=b" " * 2_000_000,
        content_type="application/json",
        headers={"Accept-Language": "ru"},
    )
    assert answer.status_code == 413
    assert "Запрос слишком велик" in answer.text


def test_what_was_told_to_a_reader_is_kept_nowhere(houses: dict[str, KezekDash]) -> None:
    client = client_of(houses, AKIM)
    for address in ("/", "/export/overdue.csv", "/export/chart/queue/flow.csv", "/_dash-layout"):
        assert client.get(address).headers["Cache-Control"] == "no-store"
    with client.get("/assets/kezek.css") as open_to_all:
        assert "no-store" not in open_to_all.headers["Cache-Control"]


def test_tls_is_kept_where_it_is_used(houses: dict[str, KezekDash]) -> None:
    client = client_of(houses, AKIM)
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    secure = client.get("/healthz", base_url="https://localhost")
    assert "max-age=" in secure.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("address", NO_FILES)
def test_a_file_that_no_package_hands_out_is_not_there(
    houses: dict[str, KezekDash], address: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert houses[name_of(None)].server.test_client().get(address).status_code == 404
    assert not caplog.records


# --- whatever is asked ----------------------------------------------------------

KEYS = ("lang", "as_of", "from", "to", "clock", "channel", "category", "service_point", "show", "x")
ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["' OR 1=1 --", "{{7*7}}", "%00", "../../etc/passwd", "2013-11-31", "medeu", "a,b", "=1+1"]
    ),
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=6,
)
FUZZ = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ADDRESSES = (
    *PAGES,
    *(address for address, _ in ROUTES.values()),
    "/export/chart/nothing/x.csv",
    "/export/chart/queue/nothing.xlsx",
    "/export/chart/data/examples.csv",
    *NO_FILES,
)


@FUZZ
@given(
    address=st.sampled_from(ADDRESSES) | ODD.map(lambda text: f"/{text}"),
    query=st.dictionaries(st.sampled_from(KEYS) | ODD, ODD, max_size=4),
)
def test_no_address_breaks_the_server(
    houses: dict[str, KezekDash], address: str, query: dict[str, str]
) -> None:
    # A path is sent as a browser writes it.
    path = flask.json.dumps(address)[1:-1] if not address.isprintable() else address
    path = path.split("?")[0].split("#")[0]
    with client_of(houses, AKIM).get(path, query_string=query) as answer:
        assert answer.status_code < 500
        assert b"Traceback" not in answer.get_data()


@FUZZ
@given(
    name=st.sampled_from([name for name, _ in CALLBACKS.values()]),
    values=st.lists(VALUE, min_size=8, max_size=8),
    reader=st.sampled_from([AKIM, OPERATOR]),
)
def test_no_value_breaks_a_callback(
    houses: dict[str, KezekDash], name: str, values: list[Any], reader: Reader
) -> None:
    app = houses[name_of(reader)]
    known = app.callback_map[outputs(app)[name]]
    props = [f"{p['id']}.{p['property']}" for p in (*known["inputs"], *known["state"])]
    said = {
        prop: value for prop, value in zip(props, values, strict=False) if not prop.startswith("{")
    }
    answer = asking.ask(client_of(houses, reader), asking.body(app, outputs(app)[name], said))
    assert answer.status_code < 500
    assert "Traceback" not in answer.text


# --- two heads ------------------------------------------------------------------


SEARCHES = (
    "",
    "?show=both",
    "?service_point=alatau&show=both",
    "?channel=psc",
    "?lang=kk&show=soon",
)
HEADS = (
    HEAD,
    Reader(login="other", role=HEAD.role, service_points=frozenset({"alatau", "turksib"})),
    Reader(login="portal", role=HEAD.role, channels=frozenset({"portal"})),
    Reader(login="none", role=HEAD.role),
)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Reader], tuple[str, str]]:
    """The city, and the same without the cases that are not a head's own."""
    whole = random_city(almaty(), cases=300)

    def make(reader: Reader) -> tuple[str, str]:
        scope = access.case_scope(reader)
        own = {
            c.case_id
            for c in whole.cases
            if scope.holds(channel=c.channel, service_point=c.service_point)
        }
        alone = replace(
            whole,
            cases=[c for c in whole.cases if c.case_id in own],
            events=[e for e in whole.events if e.case_id in own],
        )
        return tuple(_filled(tmp_path_factory.mktemp("apart"), c) for c in (whole, alone))

    return make


def _filled(folder: Path, city: City) -> str:
    url = screens.database(folder)
    engine = open_engine(url)
    fill(engine, city)
    engine.dispose()
    return url


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.login)
def test_what_a_head_sees_of_cases_does_not_depend_on_others_cases(
    apart: Callable[[Reader], tuple[str, str]], head: Reader
) -> None:
    # Given two warehouses that differ only in what is not this head's
    told = [list(_of_cases(url, head)) for url in apart(head)]
    # Then
    assert told[0] == told[1]
    assert (b"case-0" in b"".join(told[0])) == bool(head.channels or head.service_points)


def _of_cases(url: str, head: Reader) -> Iterator[bytes]:
    """Everything that any door tells this head of single cases."""
    app = screens.application(url, head)
    client = app.server.test_client()
    for search in SEARCHES:
        yield client.get(f"/export/overdue.csv{search}").data
        yield _cells(client.get(f"/export/overdue.xlsx{search}").data)
        for sort in ("lateness", "received_on"):
            request = {
                "startRow": 0,
                "endRow": 100,
                "sortModel": [{"colId": sort, "sort": "desc"}],
                "context": {"search": search},
            }
            sent = asking.body(
                app, "case-grid.getRowsResponse", {"case-grid.getRowsRequest": request}
            )
            yield asking.ask(client, sent).data
    app.house.engine.dispose()


def _cells(workbook: bytes) -> bytes:
    """The cells of a workbook, without the moment at which it was made."""
    with ZipFile(BytesIO(workbook)) as parts:
        return b"".join(
            parts.read(name) for name in sorted(parts.namelist()) if name.startswith("xl/")
        )

"""No door tells a head anything that depends on the cases of others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, literal, update
from werkzeug.test import TestResponse

from dashboard import access, context, ids, pages, panel_files, remark_entry
from dashboard.access import Reader
from dashboard.app import KezekDash
from dashboard.pages import Page
from etl import case_remarks
from etl.databases import open_engine
from etl.warehouse import cases
from tests.support import asking, drawing, screens
from tests.support.city import AS_OF, City, fill, random_city
from tests.support.desk import NOON, Town
from tests.support.doors import outputs
from tests.support.regulations import almaty
from tests.support.screens import HEAD

SEARCHES = (
    "",
    "?show=both",
    "?service_point=alatau&show=both",
    "?channel=psc",
    "?lang=kk&show=soon",
    "?remark=none&show=both",
    "?remark=passed&show=both",
)
HEADS = (
    HEAD,
    Reader(login="other", role=HEAD.role, service_points=frozenset({"alatau", "turksib"})),
    Reader(login="portal", role=HEAD.role, channels=frozenset({"portal"})),
    Reader(login="none", role=HEAD.role),
)
OPEN_TO_HEADS = tuple(p for p in (*pages.load(), *pages.papers()) if HEAD.may(p.NEEDS))
Door = Callable[[FlaskClient], str]
Doors = Callable[[KezekDash, Reader], dict[str, Door]]
CASE = re.compile(r"case-\d{5}")
MIDDLE = "case-00200"  # the first whose number in the queue no source tells
WHOLE = random_city(almaty(), cases=300)


class Warehouses(NamedTuple):
    """Addresses: of the city, of it without others' cases, of it with other words about them."""

    whole: str
    alone: str
    renamed: str


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Reader], Warehouses]:
    """The city, and two that differ from it only in what is not a head's own."""

    def make(reader: Reader) -> Warehouses:
        own = _own(reader)
        alone = replace(
            WHOLE,
            cases=[c for c in WHOLE.cases if c.case_id in own],
            events=[e for e in WHOLE.events if e.case_id in own],
        )
        filled = [
            _filled(tmp_path_factory.mktemp("apart"), city, said, own)
            for city, said in ((WHOLE, 1), (alone, 1), (_renamed(own), 2))
        ]
        return Warehouses(*filled)

    return make


def _own(reader: Reader) -> set[str]:
    """The cases in a head's scope."""
    scope = access.case_scope(reader)
    return {
        c.case_id
        for c in WHOLE.cases
        if scope.holds(channel=c.channel, service_point=c.service_point)
    }


def _renamed(own: set[str]) -> City:
    """The same cases at the same days, the others under other numbers and officers."""

    def number(case_id: str) -> str:
        return case_id if case_id in own else f"{case_id}-of-another"

    applications = [
        replace(c, case_id=number(c.case_id), executor=c.executor and "Another")
        if c.case_id not in own
        else c
        for c in WHOLE.cases
    ]
    return replace(
        WHOLE,
        cases=applications,
        events=[replace(e, case_id=number(e.case_id)) for e in WHOLE.events],
    )


def _filled(folder: Path, city: City, said: int, own: set[str]) -> str:
    """The address of a warehouse with a city, and remarks on every fourth of its cases: ``said``
    is what those on others' are like."""
    url = screens.database(folder)
    engine = open_engine(url)
    fill(engine, city)
    with engine.begin() as connection:
        number = literal("entry-") + func.substr(cases.c.case_id, 6, 5)  # some are in the register
        numbered = update(cases).where(cases.c.outcome == "registered", cases.c.case_id < MIDDLE)
        connection.execute(numbered.values(queue_number=number))
    numbers = sorted({c.case_id for c in city.cases})
    theirs = [n for n in numbers if n in own]
    others = [n for n in numbers if n not in own and _number(n) % 2 == said - 1]
    for case_id in (*theirs, *others):  # theirs first: so they are numbered alike
        _remark(engine, case_id, "one's own" if case_id in own else f"of others {said}")
    engine.dispose()
    return url


def _number(case_id: str) -> int:
    return int(case_id[5:10])


def _remark(engine: Engine, case_id: str, note: str) -> None:
    """One whose day has passed, or one whose day is to come."""
    case_remarks.write(
        engine,
        case_id,
        token=remark_entry.new_token(),
        by="aigul",
        at=NOON,
        expected_on=AS_OF + timedelta(days=-3 if _number(case_id) % 3 else 3),
        note=note,
        earliest=AS_OF - timedelta(days=30),
    )


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.login)
def test_what_a_head_sees_of_cases_does_not_depend_on_others_cases(
    apart: Callable[[Reader], Warehouses], head: Reader
) -> None:
    # Given
    houses = apart(head)
    own = _own(head)
    # When
    whole, renamed = _told(houses.whole, head), _told(houses.renamed, head)
    alone = _told(houses.alone, head, _lists)
    # Then: lists of single cases are as if there were no others
    assert {name: whole[name] for name in alone} == alone
    # And figures of the whole city stay as they are where others' cases are other ones
    assert whole == renamed
    assert set(CASE.findall(" ".join(whole.values()))) <= own
    for name in (
        "grid ?show=both lateness",
        "grid ?remark=passed&show=both lateness",
        "/queue",
        "layout /queue",
    ):
        assert bool(CASE.search(whole[name])) == bool(own), name
    said = " ".join(whole.values())
    assert ("one's own" in said) == bool(own)
    assert "of others" not in said


def test_heads_at_one_server_are_told_what_each_is_told_alone(tmp_path: Path) -> None:
    """Whatever is kept between two requests, nobody is answered with another's."""
    # Given
    heads = HEADS[:2]
    url = _filled(tmp_path, WHOLE, 1, _own(heads[0]))
    alone = {head.login: _told(url, head) for head in heads}
    town = Town(url, settings={"today": AS_OF, "secure_cookies": False, "files_a_minute": 9_999})
    clients = {}
    for head in heads:
        town.account(head.login, role=head.role, service_points=head.service_points)
        visitor = town.visitor("http://localhost")
        assert visitor.sign_in(head.login).status_code == 303
        clients[head.login] = visitor.client
    # When: one, the other, the one again
    for name, door in _doors(town.app, heads[0]).items():
        for login in (*clients, heads[0].login):
            # Then
            assert door(clients[login]) == alone[login][name], (login, name)
    town.engine.dispose()


def _lists(app: KezekDash, _head: Reader) -> dict[str, Door]:
    """The lists of single cases."""
    asks: dict[str, Door] = {}
    for search in SEARCHES:
        asks[f"/export/overdue.csv{search}"] = partial(_csv, f"/export/overdue.csv{search}")
        asks[f"/export/overdue.xlsx{search}"] = partial(_cells, f"/export/overdue.xlsx{search}")
        for sort in ("lateness", "received_on", "expected"):
            asks[f"grid {search} {sort}"] = partial(_grid, app, search, sort)
    return asks


def _doors(app: KezekDash, head: Reader) -> dict[str, Door]:
    """Everything that tells a head of the city or of single cases."""
    asks = _lists(app, head)
    for search in SEARCHES:
        asks[f"/overdue{search}"] = partial(_page, "/overdue", search)
    for case in WHOLE.cases[:12]:
        asks[f"panel {case.case_id}"] = partial(_panel, app, case.case_id)
    for page in OPEN_TO_HEADS:
        for search in SEARCHES[:3]:
            asks[f"{page.PATH}{search}"] = partial(_page, page.PATH, search)
        asks[f"layout {page.PATH}"] = partial(_layout, f"{page.PATH}?show=both")
        for address in _files(app, head, page):
            asks[address] = partial(_cells if address.endswith("xlsx") else _csv, address)
    return asks


def _told(url: str, head: Reader, doors: Doors = _doors) -> dict[str, str]:
    """Name of a door -> what it tells this head."""
    app = screens.application(url, head)
    client = app.server.test_client()
    told = {name: door(client) for name, door in doors(app, head).items()}
    app.house.engine.dispose()
    return told


def _files(app: KezekDash, head: Reader, page: Page) -> Iterator[str]:
    """The addresses of a page's files of panels."""
    with app.server.test_request_context():
        access.admit(head)
        here = context.current(page.PATH, "")
        assert here is not None
        for key in page.sheets(here):
            for ending in ("csv", "xlsx"):
                yield f"/export/chart/{panel_files.page_name(page.PATH)}/{key}.{ending}"


def _page(path: str, search: str, client: FlaskClient) -> str:
    screen = drawing.screen(client, path, search)
    return _plain({name: part for name, part in screen.items() if name != ids.HEADER})


def _layout(at: str, client: FlaskClient) -> str:
    root = client.get("/_dash-layout", query_string={"at": at}).get_json()
    (main,) = (p for p in root["props"]["children"] if p and p["props"].get("id") == ids.MAIN)
    return _plain(main)


def _grid(app: KezekDash, search: str, sort: str, client: FlaskClient) -> str:
    request = {
        "startRow": 0,
        "endRow": 100,
        "sortModel": [{"colId": sort, "sort": "desc"}],
        "context": {"search": search},
    }
    sent = asking.body(app, "case-grid.getRowsResponse", {"case-grid.getRowsRequest": request})
    return _text(asking.ask(client, sent))


def _panel(app: KezekDash, case_id: str, client: FlaskClient) -> str:
    """A case as it is opened, its own number left out: who asked for it knows it."""
    output = outputs(app)["location.search > case-panel.children"]
    said = {"location.pathname": "/overdue", "location.search": f"?case={case_id}"}
    told = _text(asking.ask(client, asking.body(app, output, said)))
    return _plain(told.replace(case_id, "asked"))


def _csv(address: str, client: FlaskClient) -> str:
    return _text(client.get(address))


def _cells(address: str, client: FlaskClient) -> str:
    """The cells of a workbook, without the moment at which it was made."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    with ZipFile(BytesIO(answer.data)) as parts:
        names = sorted(name for name in parts.namelist() if name.startswith("xl/"))
        return "\n".join(parts.read(name).decode() for name in names)


def _text(answer: TestResponse) -> str:
    assert answer.status_code == 200, answer.request.path
    return answer.get_data(as_text=True)


def _plain(told: Any) -> str:
    """Without the numbers of forms, which are made by chance."""
    text = told if isinstance(told, str) else json.dumps(told, sort_keys=True)
    return re.sub(r"remark-[0-9a-f]{32}", "remark", text)

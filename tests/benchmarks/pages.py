"""Server time of a filter's change on each page, through the application's own callback."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from time import perf_counter, process_time
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, case, func, select
from werkzeug.test import TestResponse

from dashboard import ids
from dashboard.app import create_app
from dashboard.filters import Filter, last_full_month
from dashboard.measures import compute
from dashboard.settings import DEFAULT_REGULATION, Settings
from etl import regulation
from etl.regulation.model import Regulation
from etl.warehouse import case_clocks
from tests.benchmarks.alone import alone
from tests.benchmarks.changes import changes
from tests.benchmarks.cities import AS_OF, Warehouse
from tests.benchmarks.databases import SQLITE
from tests.benchmarks.timing import Timing, timed
from tests.support import drawing, screens
from tests.support.serving import SECRET

REPEATS = 30
CHANGES = 60
HEADLINE = "SQL on the cases"
_CALLBACKS = "/_dash-update-component"

Times = dict[str, tuple[float, float]]


def measure_pages(warehouse: Warehouse) -> list[Timing]:
    """Each page drawn for one filter after the other, none of which was asked for before on it, and
    the headline measure in SQL: by a process of its own, as a server is one."""
    found = alone("pages", kind=warehouse.kind, url=warehouse.url)
    return [
        Timing(warehouse.kind, warehouse.applications, what, median, p95)
        for what, (median, p95) in found.items()
    ]


def page_times(kind: str, url: str) -> Times:
    """Milliseconds of each page and of HEADLINE, median and 95th percentile.

    With SQLite all the work is this process's own, and its processor time is what whoever else is
    at the machine cannot change; of a server that works beside it, it would say too little.
    """
    clock = process_time if kind == SQLITE else perf_counter
    app = create_app(Settings(database_url=url, today=AS_OF, secret=SECRET), reader=screens.AKIM)
    rules = regulation.load(DEFAULT_REGULATION)
    client = app.server.test_client()
    dependencies = client.get("/_dash-dependencies").get_json()
    searches = ["?lang=ru", *changes(rules, CHANGES)]
    gc.collect()
    gc.freeze()  # as the server does
    drawn = {
        page.PATH: timed(_walk(client, dependencies, page.PATH, searches), clock)
        for page in app.rooms
    }
    return {**drawn, HEADLINE: _headline(app.house.engine, rules)}


def _headline(engine: Engine, rules: Regulation) -> tuple[float, float]:
    """The peer: `within_limit` of one month asked of the case table in SQL, without a mart."""
    first, last = last_full_month(AS_OF)
    chosen = Filter(as_of=AS_OF, period_from=first, period_to=last, clock="service")
    table = case_clocks.c
    kept = func.sum(case((table.stopped_on <= table.due_on, 1), else_=0))
    asked = select(func.count(), kept).where(
        table.clock == "service", table.due_on.between(first, last), table.due_on < AS_OF
    )
    with engine.connect() as connection:
        n, k = connection.execute(asked).one()
        found = timed(repeat(lambda: connection.execute(asked).one(), REPEATS + 1))
    ours = compute(engine, rules, chosen, keys=["within_limit"])
    assert ours["within_limit_n"] == n
    assert ours["within_limit"] == k / n
    return found


def _walk(
    client: FlaskClient, dependencies: list[dict[str, Any]], path: str, searches: Iterable[str]
) -> Iterator[Callable[[], object]]:
    """Each step of a browser that shows one filter after the other."""
    drawn: object = {"page": path, "lang": "ru"}
    answers: list[TestResponse] = []
    for search in searches:
        asked = drawing.request(dependencies, path, search, drawn)
        yield lambda asked=asked: answers.append(client.post(_CALLBACKS, json=asked))
        answer = answers.pop()  # read here: only the step itself is timed
        assert answer.status_code == 200, f"{path}{search} answered {answer.status_code}"
        drawn = answer.get_json()["response"][ids.DRAWN]["data"]

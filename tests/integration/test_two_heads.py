"""No door tells a head anything that depends on the cases of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from dashboard import access
from dashboard.access import Reader
from etl.warehouse import open_engine
from tests.support import asking, screens
from tests.support.city import City, fill, random_city
from tests.support.regulations import almaty
from tests.support.screens import HEAD

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

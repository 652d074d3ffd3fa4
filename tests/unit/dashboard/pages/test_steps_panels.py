"""Where the time goes, and whether the diagram is kept to, as a reader meets them."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from flask.testing import FlaskClient

from tests.support import drawing, screens
from tests.support.regulations import almaty
from tests.unit.dashboard.pages.test_panel_files import read_csv

YEAR = "from=2013-01-01&to=2013-12-31"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    url = screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=300, responses=10)
    return screens.client(url)


def rows(client: FlaskClient, page: str, key: str, query: str = YEAR) -> list[list[str]]:
    address = f"/export/chart/{page}/{key}.csv?lang=en&{query}"
    return read_csv(client.get(address).get_data(as_text=True))


@pytest.mark.parametrize("page", ["overview", "times"])
def test_the_step_that_takes_the_most_time_comes_first_and_shares_make_a_whole(
    client: FlaskClient, page: str
) -> None:
    head, *steps = rows(client, page, "steps")
    assert head == ["step", "code", "share of the time", "half, days", "90 %, days", "steps taken"]
    shares = [float(row[2]) for row in steps]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    assert {row[1] for row in steps} <= set(almaty().steps)


def test_what_keeps_to_the_diagram_and_what_does_not_are_all_finished_cases(
    client: FlaskClient,
) -> None:
    _, kept, *kinds = rows(client, "times", "conformance")
    assert kept[0] == "as the diagram has it"
    assert [row[0] for row in kinds] == [
        "step skipped", "step repeated", "step out of order", "unknown step",
    ]  # fmt: skip
    finished = int(kept[1]) / float(kept[2])
    assert finished == pytest.approx(round(finished))
    assert all(int(n) <= finished - int(kept[1]) for _, n, _ in kinds)


def test_the_steps_that_deviate_are_those_of_the_kinds_and_lead_to_their_cases(
    client: FlaskClient,
) -> None:
    # Given
    _, _, *kinds = rows(client, "times", "conformance")
    _, *steps = rows(client, "times", "deviations")
    # When
    _, *cases = rows(client, "deviations", "cases")
    # Then: as many cases of a kind as the mart counts, and as many rows as each step has
    by_kind = {name: {case for case, kind, *_ in cases if kind == name} for name, *_ in kinds}
    assert {name: len(of) for name, of in by_kind.items()} == {n: int(k) for n, k, _ in kinds}
    listed = Counter((step, kind, channel, item) for _, kind, step, item, channel, *_ in cases)
    assert {tuple(row[:4]): int(row[4]) for row in steps} == {
        (step, kind, channel, item): n for (step, kind, channel, item), n in listed.items()
    }
    # And each leads to its own
    content = json.dumps(drawing.screen(client, "/times", f"?lang=en&{YEAR}")["content"])
    address = re.findall(r"/deviations(\?[^\"]*deviation=[^\"]*)", content)[0]
    listed = json.dumps(drawing.screen(client, "/deviations", address)["content"])
    file = re.findall(r"/export/chart/deviations/cases\.csv[^\"]*", listed)[0]
    _, *first = read_csv(client.get(file).get_data(as_text=True))
    assert len(first) == int(steps[0][4])
    assert {(row[2], row[1]) for row in first} == {(steps[0][0], steps[0][1])}


def test_a_long_list_of_cases_is_told_in_parts(client: FlaskClient) -> None:
    _, *cases = rows(client, "deviations", "cases")
    assert len(cases) > 100
    parts = [
        json.dumps(drawing.screen(client, "/deviations", f"?lang=en&{YEAR}&row={row}")["content"])
        for row in ("0", "50", "9999999", "²", "-1")
    ]
    first, second, last, *odd = [set(re.findall(r"case-\d{5}", part)) for part in parts]
    assert first <= {row[0] for row in cases[:50]}
    assert second <= {row[0] for row in cases[50:100]}
    assert cases[-1][0] in last
    assert odd == [first, first]


@pytest.mark.parametrize("key", ["steps", "conformance", "deviations"])
def test_a_period_without_a_case_has_no_rows(client: FlaskClient, key: str) -> None:
    assert len(rows(client, "times", key, "from=2009-01-01&to=2009-01-31")) == 1

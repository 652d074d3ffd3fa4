"""Where the time goes, and whether the diagram is kept to, as a reader meets them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support import screens
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


@pytest.mark.parametrize("key", ["steps", "conformance"])
def test_a_period_without_a_case_has_no_rows(client: FlaskClient, key: str) -> None:
    assert len(rows(client, "times", key, "from=2009-01-01&to=2009-01-31")) == 1

"""``kezek kpi``: the numbers of the screens."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli.kpi_asked import clock_time
from dashboard.filters import Filter
from tests.support.kpi_command import (
    NOVEMBER,
    answer,
    expected,
    fill,
    invoke,
    timeless,
)
from tests.support.regulations import almaty


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse with a small city of Almaty's regulation."""
    return fill(tmp_path_factory.mktemp("kpi") / "kezek.db")


def test_without_options_it_is_the_exports_own_date_and_the_month_before(url: str) -> None:
    found = answer(url)
    assert list(found) == ["as_of", "from", "to", "clock", "filter", "measures"]
    assert (found["as_of"], found["from"], found["to"]) == (
        "2013-12-31",
        "2013-11-01",
        "2013-11-30",
    )
    assert found["clock"] == "service"
    assert found["filter"] == {"channel": [], "category": [], "service_point": []}
    assert [timeless(found)] == list(expected(url, NOVEMBER))


def test_every_option_reaches_the_measures(url: str) -> None:
    found = answer(
        url,
        *("--as-of", "2013-10-31", "--from", "2013-06-01", "--to", "2013-09-15"),
        *("--clock", "commission", "--channel", "psc", "--channel", "direct"),
        *("--category", "vulnerable", "--service-point", "medeu", "--within", "12"),
    )
    chosen = Filter(
        as_of=date(2013, 10, 31),
        period_from=date(2013, 6, 1),
        period_to=date(2013, 9, 15),
        clock="commission",
        channels=("direct", "psc"),
        categories=("vulnerable",),
        service_points=("medeu",),
    )
    assert found["filter"] == {
        "channel": ["direct", "psc"],
        "category": ["vulnerable"],
        "service_point": ["medeu"],
    }
    assert [timeless(found)] == list(expected(url, chosen, within=12))
    assert found["measures"]["queue"] is None
    assert found["measures"]["satisfied"] is None


@pytest.mark.parametrize("by", ["channel", "category", "service_point"])
def test_the_rows_are_the_parts(url: str, by: Any) -> None:
    found = answer(url, "--by", by)
    field = {"channel": "channels", "category": "categories", "service_point": "service_points"}[by]
    assert [row[by] for row in found["rows"]] == list(almaty().codes(field))
    assert sum(row["received"] for row in found["rows"]) == found["measures"]["received"]


def test_the_rows_by_month_are_the_months_of_the_period(url: str) -> None:
    found = answer(url, "--by", "month", "--from", "2013-09-10", "--to", "2013-11-05")
    assert [row["month"] for row in found["rows"]] == ["2013-09", "2013-10", "2013-11"]
    assert sum(row["received"] for row in found["rows"]) == found["measures"]["received"]


def test_settings_reach_the_measures(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEZEK_DATABASE_URL", url)
    monkeypatch.setenv("KEZEK_AT_RISK_DAYS", "20")
    monkeypatch.setenv("KEZEK_MIN_ANSWERS", "1000")
    result = invoke("kpi", "--json")
    found = timeless(json.loads(result.stdout))
    assert [found] == list(expected(url, NOVEMBER, at_risk_days=20, min_answers=1000))
    assert found["satisfied"]["q1"]["n"] is None


def test_a_source_is_as_old_as_at_the_end_of_a_day_that_is_past(url: str) -> None:
    # The day ended at 18:00 UTC; the city was loaded at noon, its newest event was at nine.
    found = answer(url, "--by", "category")
    midnight = datetime(2014, 1, 1, tzinfo=almaty().zone).astimezone(UTC).replace(tzinfo=None)
    noon = datetime.fromisoformat("2013-12-31T12:00")
    since_event = (midnight - (noon - timedelta(hours=3))).total_seconds() / 3600
    since_run = (midnight - (noon + timedelta(seconds=5))).total_seconds() / 3600
    ages = found["measures"]["freshness"]["office"]
    assert ages["newest_event_hours"] == pytest.approx(since_event)
    assert ages["run_hours"] == pytest.approx(since_run)
    assert {row["freshness"] for row in found["rows"]} == {None}


def test_what_was_loaded_after_the_day_has_no_age_on_it(url: str) -> None:
    ages = answer(url, "--as-of", "2013-12-30")["measures"]["freshness"]
    assert ages == {"office": {"newest_event_hours": None, "run_hours": None}}


@pytest.mark.parametrize("hour", [0, 11, 23])
def test_a_day_that_is_not_past_is_looked_at_now(hour: int) -> None:
    zone = almaty().zone
    now = datetime(2013, 12, 31, hour, 30, tzinfo=zone)
    naive = now.astimezone(UTC).replace(tzinfo=None)
    assert clock_time(date(2013, 12, 31), zone, now) == naive
    assert clock_time(date(2014, 1, 5), zone, now) == naive
    start_of_day = datetime(2013, 12, 31, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    assert clock_time(date(2013, 12, 30), zone, now) == start_of_day


def test_another_regulation_s_file_overrides(url: str, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text(almaty().toml.replace("limit = 30", "limit = 45"), encoding="utf-8")
    assert answer(url, "--regulation", str(file))["measures"]["p_within"]["t"] == 45


def test_what_was_known_is_asked_by_run_or_by_day(url: str) -> None:
    now = answer(url)
    for moment in ("1", "2013-12-31"):
        then = answer(url, "--known-at", moment)
        assert then.pop("known_at") == 1
        assert then == now


def test_the_filter_and_the_measures_agree_on_one_channel(url: str) -> None:
    found = timeless(answer(url, "--channel", "portal"))
    assert [found] == list(expected(url, replace(NOVEMBER, channels=("portal",))))

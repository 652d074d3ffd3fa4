"""What an analyst is told: counts in fives, shares in steps, and nothing of fewer cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from dashboard import access, context, measures, pages
from dashboard.filters import Filter
from dashboard.i18n import Translator, read_catalogue
from dashboard.kpi.small_numbers import in_fives, in_steps
from dashboard.measures.registry import REGISTRY
from etl.databases import open_engine
from etl.regulation.model import Lang
from tests.support import drawing, screens
from tests.support.city import AS_OF, City, fill, random_city
from tests.support.regulations import almaty

REGULATION = almaty()
NOVEMBER = Filter(
    as_of=AS_OF, period_from=date(2013, 11, 1), period_to=date(2013, 11, 30), clock="service"
)
COUNTS = tuple(m.key for m in REGISTRY.values() if m.unit == "count")
SHARES = ("within_limit", "decided_on_time", "open_within_limit")


@given(st.integers(min_value=0, max_value=10**7))
def test_a_count_in_fives_says_no_small_number(n: int) -> None:
    told = in_fives(n)
    assert told % 5 == 0
    assert (told == 0) == (n == 0)
    assert abs(told - n) <= 2 or n < 5
    assert (str(told) == "1–4") == (0 < n < 5)


def test_no_share_says_which_small_count_it_is_of() -> None:
    # Given all that is told of a part of a whole, and what it can have been told of
    told: dict[tuple[str, float | None], set[tuple[int, int]]] = {}
    for n in range(1, 620):
        for part in range(n + 1):
            told.setdefault((str(in_fives(n)), in_steps(part, n)), set()).add((part, n))
    # Then each leaves open whether the count of one to four is another, or none
    for (_, share), made_of in told.items():
        if share is None:
            continue
        for counts in ({part for part, _ in made_of}, {n - part for part, n in made_of}):
            assert len(counts) > 1 or not (0 < min(counts) < 5)
            assert not counts <= {1, 2, 3, 4}


@given(st.integers(min_value=1, max_value=10**6), st.data())
def test_a_share_is_told_near_the_truth_or_not_at_all(n: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(min_value=0, max_value=n))
    told = in_steps(part, n)
    if told is None:
        assert n < 100
    else:
        assert abs(told - part / n) <= (0.005 if n >= 500 else 0.025) + 1e-12


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _numbers(member)
    elif value is not None:
        yield value


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("city")
    engine = open_engine(screens.database(folder))
    fill(engine, random_city(REGULATION, seed=5, cases=250, entries=60))
    yield engine
    engine.dispose()


def test_every_count_is_told_in_fives_and_so_is_every_difference(told: Engine) -> None:
    # Given each question that adds up with another
    whole = measures.compute(told, REGULATION, NOVEMBER, keys=COUNTS, in_fives=True)
    parts = [
        row
        for by in measures.BY
        for row in measures.compute_by(
            told, REGULATION, NOVEMBER, by=by, keys=COUNTS, in_fives=True
        )
    ]
    # When
    found = [n for row in (whole, *parts) for key in COUNTS for n in _numbers(row[key])]
    # Then: sums and differences of multiples of five are multiples of five
    assert len(found) > 150
    assert {n % 5 for n in found} == {0}
    exact = measures.compute(told, REGULATION, NOVEMBER, keys=COUNTS)
    assert any(n % 5 for key in COUNTS for n in _numbers(exact[key]))


def test_a_share_is_one_of_what_is_told(told: Engine) -> None:
    for by in ("service_point", "month"):
        for row in measures.compute_by(
            told, REGULATION, NOVEMBER, by=by, keys=SHARES, in_fives=True
        ):
            for key in SHARES:
                assert row[f"{key}_n"] % 5 == 0
                if row[key] is not None:
                    assert row[key] * 20 == pytest.approx(round(row[key] * 20)), "of so few"
                    assert row[f"{key}_low"] <= row[key] <= row[f"{key}_high"]


def test_of_few_cases_no_days_are_told(told: Engine) -> None:
    for row in measures.compute_by(
        told, REGULATION, NOVEMBER, by="service_point", keys=("decided", "days_p90"), in_fives=True
    ):
        exact = replace(NOVEMBER, service_points=(row["service_point"],))
        n = measures.compute(told, REGULATION, exact, keys=("decided",))["decided"]
        assert (row["days_p90"] is None) == (n < 5)


@pytest.mark.parametrize("query", ["", "&channel=portal", "&service_point=medeu&as_of=2013-02-01"])
def test_every_page_of_an_analyst_is_drawn(
    told: Engine, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = screens.client(told.url.render_as_string(hide_password=False), screens.ANALYST)
    for page in pages.open_to(pages.load(), screens.ANALYST):
        screen = drawing.screen(client, page.PATH, f"?lang=en{query}")
        assert "could not be drawn" not in caplog.text, page.PATH
        assert ("nearest five" in drawing.words(screen["notices"])) == bool(page.CONTROLS)


@pytest.mark.parametrize(
    "address",
    ["queue/flow", "queue/categories", "overview/changes", "times/deviations", "overdue/stuck"],
)
def test_the_files_of_an_analyst_hold_no_small_number(told: Engine, address: str) -> None:
    client = screens.client(told.url.render_as_string(hide_password=False), screens.ANALYST)
    text = client.get(f"/export/chart/{address}.csv?lang=en").text
    counts = [
        cell
        for line in text.splitlines()[1:]
        for cell in line.split(";")[1:5]
        if cell.lstrip("-").isdigit() or cell == "1–4"
    ]
    assert counts
    assert {int(n) % 5 for n in counts if n != "1–4"} <= {0}


@given(
    st.dictionaries(st.integers(0, 400), st.integers(1, 12), min_size=1, max_size=40),
    st.sampled_from([None, 30, 60]),
)
def test_days_are_pooled_on_their_side_of_the_limit(
    counted: dict[int, int], limit: int | None
) -> None:
    # Given
    days = pd.DataFrame(sorted(counted.items()), columns=["days", "n"], dtype="int64")
    # When
    told = measures.pooled(days, limit)
    # Then
    assert set(told["n"] % 5) <= {0}
    assert told["days"].is_monotonic_increasing
    for late in (False, True):
        exact, shown = (
            int(f["n"][(f["days"] > (limit if limit is not None else 400)) == late].sum())
            for f in (days, told)
        )
        assert (shown == 0) == (exact < 5), "of fewer no day is told"
        assert shown == 0 or abs(shown - exact) <= 2 * len(told)


def test_steps_are_counted_in_fives_and_the_times_of_few_are_not_told(told: Engine) -> None:
    # Given
    keys = ("step_time",)
    exact = measures.compute(told, REGULATION, NOVEMBER, keys=keys)["step_time"]
    few = {code for code, of in exact.items() if of["n"] < 5}
    assert few
    assert few < set(exact)
    # When
    coarse = measures.compute(told, REGULATION, NOVEMBER, keys=keys, in_fives=True)["step_time"]
    # Then
    assert {code: of["n"] for code, of in coarse.items()} == {
        code: in_fives(of["n"]) for code, of in exact.items()
    }
    hidden = {
        code for code, of in coarse.items() if of["median"] is of["p90"] is of["share"] is None
    }
    assert hidden == few


def test_one_to_four_are_told_as_such_on_the_screen_and_in_the_files(told: Engine) -> None:
    # Given a service point that received so few
    rows = measures.compute_by(told, REGULATION, NOVEMBER, by="service_point", keys=("received",))
    few = {row["service_point"] for row in rows if 0 < row["received"] < 5}
    assert few
    client = screens.client(told.url.render_as_string(hide_password=False), screens.ANALYST)
    period = "as_of=2013-12-31&from=2013-11-01&to=2013-11-30&lang=en"
    # When
    for point in few:
        asked = f"{period}&service_point={point}"
        lines = client.get(f"/export/chart/overview/changes.csv?{asked}").text.splitlines()
        screen = drawing.screen(client, "/", f"?{asked}")
        # Then
        assert "received;1–4" in lines
        assert "1–4" in drawing.words(screen["content"])


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "1–4 cases"), ("ru", "1–4 дела"), ("kk", "1–4 іс")]
)
def test_one_to_four_take_the_noun_of_four(lang: Lang, said: str) -> None:
    t = Translator(read_catalogue(lang))
    assert t.plural("{n} case", "{n} cases", in_fives(2)) == said
    assert t.signed(in_fives(3)) == "1–4"


def test_offices_with_too_few_cases_are_no_empty_chart(told: Engine) -> None:
    # Given an office with few due cases, whose share is not told
    client = screens.client(told.url.render_as_string(hide_password=False), screens.ANALYST)
    point = "medeu"
    only = replace(NOVEMBER, service_points=(point,))
    found = measures.compute(told, REGULATION, only, keys=("within_limit",), in_fives=True)
    assert found["within_limit"] is None
    assert found["within_limit_n"]
    # When
    query = f"?lang=en&as_of={AS_OF}&from=2013-11-01&to=2013-11-30&service_point={point}"
    words = drawing.words(drawing.screen(client, "/", query)["content"])
    # Then
    assert "Too few applications were due to tell a share of them." in words


def _town_with(few: int, office: str) -> City:
    """A city with so many cases of an office, each of other days and another result."""
    town = random_city(REGULATION, seed=8, cases=150, entries=40)
    own = [case for case in town.cases if case.service_point == office]
    ids = {case.case_id for case in own}
    kept = sorted(ids, key=lambda i: next(c.received_on for c in own if c.case_id == i))[:few]
    gone = ids.difference(kept)
    town.cases = [case for case in town.cases if case.case_id not in gone]
    town.events = [event for event in town.events if event.case_id not in gone]
    return town


@pytest.mark.parametrize(
    "period", ["from=2012-12-01&to=2013-12-31", "from=2013-11-01&to=2013-11-30"]
)
def test_no_file_or_page_tells_which_small_number_it_is(
    tmp_path_factory: pytest.TempPathFactory, period: str
) -> None:
    # Given two cities that differ in how few cases an office has: two, or four
    office, said = "medeu", []
    for few in (2, 4):
        folder = tmp_path_factory.mktemp(f"few-{few}")
        url = screens.database(folder)
        engine = open_engine(url)
        fill(engine, _town_with(few, office))
        engine.dispose()
        client = screens.client(url, screens.ANALYST)
        asked = f"?lang=en&as_of={AS_OF}&{period}&service_point={office}"
        # When an analyst asks for that office alone, every page and every file of each
        told = {}
        for page in pages.open_to(pages.load(), screens.ANALYST):
            if page.PATH == "/data":  # counts records of files, not cases
                continue
            told[page.PATH] = drawing.words(drawing.screen(client, page.PATH, asked)["content"])
            with client.application.test_request_context():
                access.admit(screens.ANALYST)
                here = context.current(page.PATH, asked)
                assert here is not None
                keys = list(page.sheets(here))
            for key in keys:
                address = f"/export/chart/{page.PATH.strip('/') or 'overview'}/{key}.csv{asked}"
                answer = client.get(address)
                told[address] = answer.text if answer.status_code == 200 else ""
        said.append(told)
    # Then nothing that is told differs
    two, four = said
    assert len(two) > 25
    assert not [where for where, words in two.items() if "could not be shown" in words]
    assert sum(map(bool, two.values())) > 20
    assert {where for where in two if two[where] != four[where]} == set()

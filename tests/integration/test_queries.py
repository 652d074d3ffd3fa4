"""What the screens read, on both databases: the same frames, the same lists, always current."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, text, update

from dashboard import filters, measures, queries
from dashboard.access import Scope
from dashboard.cli import doctor
from dashboard.filters import Filter
from dashboard.settings import Settings
from etl import warehouse
from tests.support import city as cities
from tests.support import oracle
from tests.support.city import AS_OF, CaseRow, City, EventRow
from tests.support.regulations import almaty, small_town

REGULATION = small_town()
NOVEMBER = filters.default(regulation=REGULATION, as_of=AS_OF)
SOON = 7


@cache
def _made() -> City:
    return cities.random_city(REGULATION, seed=9, cases=300)


def _fill(engine: Engine) -> City:
    return cities.fill(engine, _made())


@pytest.fixture
def filling() -> Callable[[Engine], City]:
    return _fill


@pytest.fixture
def city(filling: object) -> City:
    return _made()


def counted(rows: Iterable[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(None if pd.isna(cell) else cell for cell in row) for row in rows)


def unfolded(frame: pd.DataFrame) -> Counter[tuple[Any, ...]]:
    """The rows of a frame as often as they count, days as dates."""
    cells = frame.drop(columns="n").astype(object).itertuples(index=False, name=None)
    rows: Counter[tuple[Any, ...]] = Counter()
    for row, n in zip(cells, frame["n"], strict=True):
        plain = tuple(
            None if pd.isna(c) else c.date() if isinstance(c, pd.Timestamp) else c for c in row
        )
        rows[plain] += n
    return rows


# --- whole marts --------------------------------------------------------------


def test_the_marts_are_the_rows_counted(engine: Engine, city: City) -> None:
    for clock in REGULATION.codes("clocks"):
        columns = ("channel", "category", "service_point", "received_on", "due_on", "stopped_on")
        expected = counted(
            (*(getattr(c, name) for name in columns), c.outcome, c.outcome_on)
            for c in city.cases
            if c.clock == clock
        )
        assert unfolded(queries.case_days(engine, clock)) == expected
    assert unfolded(queries.queue_days(engine)) == counted(
        (q.category, q.registered_on, q.removed_on, q.reason) for q in city.queue
    )
    assert unfolded(queries.survey_days(engine)) == counted(
        (a.service_point, a.answered_on, a.question, a.answer) for a in city.answers
    )


@pytest.mark.parametrize("filled", [True, False])
def test_the_frames_are_typed_whether_there_are_rows_or_not(engine: Engine, filled: bool) -> None:
    if filled:
        cities.fill(engine, cities.random_city(REGULATION, cases=20))
    day = "datetime64[s]"
    assert types(queries.case_days(engine, "service")) == {
        **dict.fromkeys(("channel", "category", "service_point"), "category"),
        **dict.fromkeys(("received_on", "due_on", "stopped_on", "outcome_on"), day),
        "outcome": "category",
        "n": "int64",
    }
    assert types(queries.queue_days(engine)) == {
        "category": "category",
        "registered_on": day,
        "removed_on": day,
        "reason": "category",
        "n": "int64",
    }
    assert types(queries.survey_days(engine)) == {
        "service_point": "category",
        "answered_on": day,
        "question": "category",
        "answer": "int64",
        "n": "int64",
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("style", ["German", "SQL, DMY", "Postgres, MDY"])
def test_days_are_read_in_whatever_style_the_server_writes_them(
    engine: Engine, city: City, style: str
) -> None:
    # Given
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {engine.url.database} SET DateStyle = '{style}'"))
    engine.dispose()  # what follows is read through new connections
    # Then
    expected = counted((q.category, q.registered_on, q.removed_on, q.reason) for q in city.queue)
    assert unfolded(queries.queue_days(engine)) == expected
    cases = {c.case_id: c.due_on for c in city.cases if c.clock == NOVEMBER.clock}
    for row in page(engine).rows.itertuples():
        assert row.due_on.date() == cases[row.case_id]


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_a_frame_is_read_once_until_the_warehouse_changes(engine: Engine, city: City) -> None:
    first = queries.queue_days(engine)
    with engine.begin() as connection:
        connection.execute(update(warehouse.mart_queue).values(n=1000))
    assert unfolded(queries.queue_days(engine)) == unfolded(first)
    with engine.begin() as connection:
        cities.new_version(connection)
    assert set(queries.queue_days(engine)["n"]) == {1000}


def test_what_one_reader_does_to_a_frame_is_not_seen_by_another(engine: Engine, city: City) -> None:
    mine = queries.case_days(engine, "service")
    before = mine["n"].sum()
    mine["n"] = 0
    mine["extra"] = 1
    assert queries.case_days(engine, "service")["n"].sum() == before
    assert "extra" not in queries.case_days(engine, "service")


def test_many_readers_at_once_get_the_same(engine: Engine, city: City) -> None:
    found: list[int] = []
    threads = [
        Thread(target=lambda: found.append(int(queries.case_days(engine, "service")["n"].sum())))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [sum(c.clock == "service" for c in city.cases)] * 8


def test_the_measures_are_those_of_the_rows_on_this_database(engine: Engine, city: City) -> None:
    for as_of in (AS_OF, date(2013, 6, 15)):
        f = replace(NOVEMBER, as_of=as_of, period_from=date(2013, 2, 1))
        found = measures.compute(engine, REGULATION, f, min_answers=1)
        expected = oracle.measures(city, f, within=30)
        oracle.agree(found, {key: expected[key] for key in found})


# --- the list of late cases -----------------------------------------------------

EVERY = Scope(every=True)


def page(engine: Engine, f: Filter = NOVEMBER, **asked: Any) -> queries.OverduePage:
    asked = {"scope": EVERY, "regulation": REGULATION, "at_risk_days": SOON} | asked
    return queries.overdue_page(engine, f, **asked)


def listed(city: City, f: Filter, only: str) -> list[CaseRow]:
    rows = [
        c
        for c in city.cases
        if c.clock == f.clock
        and c.outcome != "rejected"
        and oracle.is_open(c, f.as_of)
        and (not f.channels or c.channel in f.channels)
        and (not f.categories or c.category in f.categories)
        and (not f.service_points or c.service_point in f.service_points)
    ]
    late = [c for c in rows if c.due_on < f.as_of]
    soon = [c for c in rows if f.as_of <= c.due_on <= f.as_of + timedelta(days=SOON)]
    return {"overdue": late, "at_risk": soon, "both": late + soon}[only]


@pytest.mark.parametrize("only", ["overdue", "at_risk", "both"])
def test_the_list_holds_the_cases_of_the_measure(engine: Engine, city: City, only: Any) -> None:
    for f in (
        NOVEMBER,
        replace(NOVEMBER, as_of=date(2013, 5, 20)),
        replace(NOVEMBER, as_of=date(2013, 8, 1), channels=("web",), clock="commission"),
        replace(NOVEMBER, categories=("families",), service_points=("hall", "mall")),
    ):
        expected = sorted(listed(city, f, only), key=lambda c: (c.due_on, c.case_id))
        found = page(engine, f, only=only)
        assert found.rows["case_id"].tolist() == [c.case_id for c in expected]
        assert found.total == len(expected)
        counts = measures.compute(engine, REGULATION, f, keys=["overdue", "at_risk"])
        both = counts["overdue"] + counts["at_risk"]
        assert found.total == {**counts, "both": both}[only]


def test_a_row_says_how_late_the_case_is_and_where_it_lies(engine: Engine, city: City) -> None:
    as_of = date(2013, 9, 30)
    f = replace(NOVEMBER, as_of=as_of)
    found = page(engine, f, only="both")
    cases = {c.case_id: c for c in city.cases if c.clock == f.clock}
    assert len(found.rows) > 5
    for row in found.rows.itertuples():
        case = cases[row.case_id]
        assert (row.channel, row.category, row.service_point) == (
            case.channel,
            case.category,
            case.service_point,
        )
        assert case.executor is None if pd.isna(row.executor) else row.executor == case.executor
        assert (row.received_on.date(), row.due_on.date()) == (case.received_on, case.due_on)
        assert row.days_late == (as_of - case.due_on).days
        last = last_event(city, case.case_id, as_of)
        if last is None:
            assert pd.isna(row.step) and pd.isna(row.step_since) and pd.isna(row.days_in_step)  # noqa: PT018
        else:
            assert (row.step, row.step_since.date()) == (last.step, last.occurred_on)
            assert row.days_in_step == (as_of - last.occurred_on).days


def last_event(city: City, case_id: str, as_of: date) -> EventRow | None:
    events = [e for e in city.events if e.case_id == case_id and e.occurred_on <= as_of]
    return max(events, key=lambda e: (e.occurred_on, e.position), default=None)


def test_the_pages_put_together_are_the_list(engine: Engine, city: City) -> None:
    whole = page(engine, only="both")
    pages = [page(engine, only="both", start=i, end=i + 4) for i in range(0, whole.total + 4, 4)]
    assert {p.total for p in pages} == {whole.total}
    assert [len(p.rows) for p in pages[:2]] == [4, 4]
    together = pd.concat([p.rows for p in pages], ignore_index=True)
    assert together["case_id"].tolist() == whole.rows["case_id"].tolist()
    assert types(pages[-1].rows) == types(whole.rows)


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    "column",
    ["days_late", "due_on", "received_on", "days_in_step", "step_since", "case_id", "channel"],
)
def test_the_list_is_sorted_as_asked(
    engine: Engine, city: City, column: str, direction: Any
) -> None:
    found = page(engine, only="both", sort=((column, direction),)).rows
    again = found.sort_values(
        [column, "case_id"], ascending=[direction == "asc", True], na_position="last", kind="stable"
    )
    assert found["case_id"].tolist() == again["case_id"].tolist()


def test_a_column_that_is_not_known_does_not_sort(engine: Engine, city: City) -> None:
    found = page(engine, sort=(("row_hash; drop table cases", "asc"), ("due_on", "desc"))).rows
    assert found["due_on"].is_monotonic_decreasing


def test_an_empty_list_has_its_columns(engine: Engine) -> None:
    found = page(engine)
    assert found.total == 0
    assert list(found.rows) == [
        "case_id", "channel", "category", "service_point", "executor", "step", "received_on",
        "due_on", "step_since", "days_late", "days_in_step", "expected_on", "note",
        "written_by", "written_at",
    ]  # fmt: skip


# --- the ledger -----------------------------------------------------------------


def test_before_the_first_run_nothing_is_known(engine: Engine) -> None:
    assert not queries.has_runs(engine)
    assert queries.remembered_regulation(engine) is None
    assert queries.default_as_of(engine, date(2020, 1, 1)) == date(2020, 1, 1)
    assert queries.freshness(engine) == []
    assert queries.runs(engine).empty
    assert queries.ledger_rows(engine).empty
    assert queries.data_version(engine) == 0


def add_run(engine: Engine, **values: Any) -> None:
    usual = {
        "started_at": datetime.fromisoformat("2014-01-05T08:00"),
        "finished_at": datetime.fromisoformat("2014-01-05T09:00"),
        "status": "succeeded",
        "as_of": date(2014, 1, 5),
        "as_of_pinned": False,
        "code_version": "test",
    }
    with engine.begin() as connection:
        connection.execute(insert(warehouse.run).values(usual | values))


def test_the_exports_own_date_is_the_default_unless_they_have_none(engine: Engine) -> None:
    cities.fill(engine, City(REGULATION))
    assert queries.default_as_of(engine, date(2020, 1, 1)) == AS_OF
    add_run(engine, status="failed", as_of_pinned=True)
    assert queries.default_as_of(engine, date(2020, 1, 1)) == AS_OF
    add_run(engine)
    assert queries.default_as_of(engine, date(2020, 1, 1)) == date(2020, 1, 1)


def test_the_regulation_of_the_newest_load_is_remembered(engine: Engine) -> None:
    cities.fill(engine, City(almaty()))
    assert queries.remembered_regulation(engine) == almaty()
    add_run(engine, status="failed", regulation_sha256="f" * 64)
    assert queries.remembered_regulation(engine) == almaty()


def test_freshness_is_the_newest_success_and_what_is_still_in_quarantine(engine: Engine) -> None:
    cities.fill(engine, City(REGULATION))
    remark = {
        "run_id": 1,
        "source": "office",
        "rule": "bad_date",
        "record_hash": "0" * 32,
        "raw": {},
    }
    with engine.begin() as connection:
        connection.execute(
            insert(warehouse.quarantine),
            [remark | {"closed_run_id": closed} for closed in (None, None, 1)],
        )
    add_run(engine, status="failed")
    noon = datetime.fromisoformat("2013-12-31T12:00")
    assert queries.freshness(engine) == [
        queries.Freshness(
            source="office",
            run_at=noon + timedelta(seconds=5),
            newest_event=noon - timedelta(hours=3),
            rejects=2,
        )
    ]


def test_the_runs_come_newest_first_with_what_they_read(engine: Engine) -> None:
    city = cities.fill(engine, cities.random_city(REGULATION, cases=10))
    add_run(engine, status="failed", error="no rights")
    found = queries.runs(engine)
    assert found["status"].tolist() == ["failed", "succeeded"]
    assert found["read"].tolist() == [0, len({c.case_id for c in city.cases})]
    assert found["error"].isna().tolist() == [False, True]
    assert str(found["finished_at"].dtype) == "datetime64[us]"
    assert len(queries.runs(engine, limit=1)) == 1


def test_a_run_tells_its_versions_and_how_long_it_took(engine: Engine) -> None:
    cities.fill(engine, City(almaty()))
    add_run(engine, status="failed", regulation_sha256="f" * 64, finished_at=None)
    failed, loaded = queries.runs(engine).to_dict("records")
    assert loaded["regulation_id"] == almaty().id
    assert loaded["regulation_sha256"] == almaty().sha256
    assert (loaded["code_version"], loaded["as_of_pinned"], loaded["seconds"]) == ("test", True, 5)
    assert pd.isna(failed["regulation_id"])
    assert pd.isna(failed["seconds"])
    assert failed["regulation_sha256"] == "f" * 64


def test_a_load_is_told_with_its_files_and_the_latest_of_each_source_apart(engine: Engine) -> None:
    # Given three runs, the last of which failed
    cities.fill(engine, City(REGULATION))
    add_run(engine)
    add_run(engine, status="failed")
    file = {"name": "office.csv", "size": 12, "sha256": "a" * 64, "rows": 1}
    counts = dict.fromkeys(("read", "inserted"), 1) | dict.fromkeys(
        ("updated", "unchanged", "duplicate", "rejected"), 0
    )
    newest = datetime.fromisoformat("2013-12-01T10:00")
    told = {"source": "office", "seconds": 0.5, "newest_event": newest, "files": [file], **counts}
    with engine.begin() as connection:
        connection.execute(insert(warehouse.run_source).values(run_id=2, **told))
    load = queries.Load(2, "office", counts, newest, 0.5, [file])
    # Then
    assert queries.latest_loads(engine) == [load]
    assert queries.loads(engine, runs=[2, 3]) == [load]
    assert [load.run_id for load in queries.loads(engine, runs=[1, 2, 3])] == [1, 2]
    assert queries.loads(engine, runs=[]) == []


def test_the_doctor_finds_a_sound_warehouse_sound_on_this_database(engine: Engine) -> None:
    cities.fill(engine, cities.random_city(almaty(), seed=3))
    faults = [fault for _, faults in doctor._checks(engine, Settings()) for fault in faults]
    assert faults == []
    with engine.begin() as connection:
        connection.execute(update(warehouse.mart_cases).values(n=warehouse.mart_cases.c.n + 1))
        cities.new_version(connection)
    broken = [name for name, faults in doctor._checks(engine, Settings()) if faults]
    assert broken == ["mart_cases is what its rows add up to"]

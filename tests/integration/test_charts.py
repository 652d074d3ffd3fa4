"""Limits of control charts that begin anew: recorded, shown, taken back; on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from plotly.io.json import to_json_plotly
from sqlalchemy import Engine, select

from dashboard import access, context, queries
from dashboard.app import create_app
from dashboard.cli import chart
from dashboard.context import Context
from dashboard.judged import judged
from dashboard.kpi import signals
from dashboard.pages import overview, satisfaction, times
from dashboard.settings import Settings
from etl import charts, warehouse
from etl.errors import KezekError
from tests.support import drawing, screens
from tests.support.city import City, fill, random_city
from tests.support.command import kezek
from tests.support.regulations import almaty

NOON = datetime(2014, 1, 1, 12)
WHY = "the commission sits every week"
Say = Callable[..., str]


def _fill(engine: Engine) -> City:
    return fill(engine, random_city(almaty(), seed=3, cases=900, responses=900))


@pytest.fixture
def filling() -> Callable[[Engine], City]:
    return _fill


@pytest.fixture
def say(filling: object, database_url: str, capsys: pytest.CaptureFixture[str]) -> Say:
    """``say("list")``: what ``kezek chart`` prints."""

    def answer(*arguments: object) -> str:
        kezek("chart", *arguments, "--database", database_url)
        return capsys.readouterr().out

    return answer


@pytest.fixture
def refused(say: Say, database_url: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def answer(*arguments: object) -> str:
        with pytest.raises(SystemExit) as end:
            kezek("chart", *arguments, "--database", database_url)
        return " ".join(f"{end.value.code} {capsys.readouterr().err}".split())

    return answer


@pytest.fixture
def here(say: Say, database_url: str) -> Any:
    app = create_app(
        Settings(database_url=database_url, today=date(2013, 12, 31), language="en"),
        reader=screens.AKIM,
    )

    def ask(path: str) -> Context:
        found = context.current(path, "?lang=en")
        assert found is not None
        return found

    with app.server.test_request_context():
        access.admit(screens.AKIM)
        yield ask
    app.house.engine.dispose()


def _words(component: object) -> str:
    return drawing.words(json.loads(to_json_plotly(component)))


def test_what_is_recorded_is_listed_with_who_when_and_why(say: Say) -> None:
    said = say("rebase", "within_limit", "--from", "2013-05", "--why", WHY, "--by", "Aigul")
    assert "kezek chart undo 1" in said
    one = json.loads(say("list", "--json"))["rebases"]
    assert [(r["measure"], r["from_month"], r["why"], r["made_by"]) for r in one] == [
        ("within_limit", "2013-05", WHY, "Aigul")
    ]
    assert "Aigul" in say("list")


def test_without_a_name_it_is_this_machine_s_user(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart, "system_user", lambda: "akmaral")
    say("rebase", "satisfied.q1", "--from", "2013-05", "--why", WHY)
    say("undo", 1)
    (one,) = json.loads(say("list", "--all", "--json"))["rebases"]
    assert (one["made_by"], one["undone_by"]) == ("akmaral", "akmaral")


def test_what_is_undone_stays_on_record_and_may_be_recorded_anew(say: Say, engine: Engine) -> None:
    say("rebase", "overdue", "--from", "2013-05", "--why", WHY, "--by", "Aigul")
    say("undo", 1, "--by", "Daniyar")
    assert "The limits of no chart begin anew." in say("list")
    assert "Daniyar" in say("list", "--all")
    say("rebase", "overdue", "--from", "2013-05", "--why", "again", "--by", "Aigul")
    with engine.connect() as connection:
        rows = connection.execute(select(warehouse.chart_rebase)).all()
    assert [(row.rebase_id, row.undone_by) for row in rows] == [(1, "Daniyar"), (2, None)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rebase", "openn", "--from", "2013-05", "--why", "x"), "did you mean open?"),
        (("rebase", "satisfied.q7", "--from", "2013-05", "--why", "x"), "no question q7"),
        (("rebase", "open", "--from", "May", "--why", "x"), "write it like 2013-11"),
        (("rebase", "open", "--from", "2013-05", "--why", " "), "it is empty"),
        (("undo", "9"), "There is no rebasing of number 9"),
    ],
)
def test_what_cannot_be_is_refused(
    refused: Callable[..., str], arguments: tuple[str, ...], said: str
) -> None:
    assert said in refused(*arguments)


def test_a_month_begins_anew_once_and_is_undone_once(say: Say, engine: Engine) -> None:
    for number in (1, 2):
        made = charts.rebase(engine, "open", date(2013, 5, 1), why=WHY, by="A", at=NOON)
        assert made == number
        with pytest.raises(KezekError, match=f"number {number}"):
            charts.rebase(engine, "open", date(2013, 5, 1), why=WHY, by="A", at=NOON)
        charts.undo(engine, number, by="B", at=NOON)
        with pytest.raises(KezekError, match="undone already, by B"):
            charts.undo(engine, number, by="C", at=NOON)


def test_an_iin_in_the_reason_is_masked(say: Say, engine: Engine) -> None:
    charts.rebase(engine, "open", date(2013, 5, 1), why="as 500101100000 asked", by="A", at=NOON)
    assert "500101100000" not in queries.rebases(engine)[0].why


def test_each_side_of_the_month_has_the_limits_of_its_own_points(
    say: Say, here: Callable[[str], Context]
) -> None:
    months = here("/times").monthly("within_limit")["within_limit"]
    whole = judged(here("/times"), "within_limit", months)
    say("rebase", "within_limit", "--from", "2013-05", "--why", WHY)
    line = judged(here("/times"), "within_limit", months)
    early, late = months[: pd.Timestamp("2013-04-30")], months[pd.Timestamp("2013-05-01") :]
    assert [phase.limits for phase in line.phases] == [
        signals.limits(list(part.dropna())) for part in (early, late)
    ]
    assert line.limits is not None
    assert line.limits.trial, "seven months are few"
    assert line.breaks == {len(early): WHY}
    assert len(whole.phases) == 1
    say("undo", 1)
    assert judged(here("/times"), "within_limit", months).phases == whole.phases


def test_the_pages_tell_the_reason_and_nothing_of_other_measures(
    say: Say, here: Callable[[str], Context]
) -> None:
    say("rebase", "within_limit", "--from", "2013-05", "--why", WHY)
    said = f"limits anew from May 2013: {WHY}"
    assert _words(times.layout(here("/times"))).count(said) >= 2, "below the chart and in its table"
    assert WHY not in _words(satisfaction.layout(here("/satisfaction")))
    say("rebase", "satisfied.q1", "--from", "2013-06", "--why", "another form")
    assert "limits anew from June 2013: another form" in _words(
        satisfaction.layout(here("/satisfaction"))
    )


def test_the_target_stands_on_the_cards_and_below_the_charts(
    here: Callable[[str], Context],
) -> None:
    months = here("/").monthly("within_limit")["within_limit"].dropna()
    limits = signals.limits(list(months))
    assert limits is not None
    expected = (
        "reliably met"
        if limits.low >= 0.95
        else "not met"
        if limits.high < 0.95
        else "not reliably"
    )
    cards = _words(overview.layout(here("/")))
    assert "target 95%" in cards
    assert "target 60%" in cards
    assert f"target of 95% {expected}" in cards, "the sentence"
    assert f"Target {expected}" in cards, "the card"
    below = _words(times.layout(here("/times")))
    assert f"Target of 95% {expected}" in below
    assert "decided by nobody" in below


def test_under_another_time_limit_and_for_a_target_of_none_nothing_is_said(
    here: Callable[[str], Context],
) -> None:
    found = context.current("/times", "?lang=en&clock=commission")
    assert found is not None
    assert "arget" not in _words(times.layout(found))

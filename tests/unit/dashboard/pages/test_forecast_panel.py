"""The forecast on the overview: the command's numbers, the score in words, never a guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, update

from dashboard import filters, measures
from dashboard.cli.forecast import make_at, try_the_past
from dashboard.components import outlook
from dashboard.pages import overview
from etl import marts, warehouse
from etl.regulation.model import LANGUAGES
from tests.support import drawing
from tests.support.city import AS_OF, new_version
from tests.support.regulations import almaty

MADE = datetime(2014, 1, 1, 12)
PAST = AS_OF - timedelta(days=28)
RequestFor = Callable[..., Any]
NOT_YET = {
    "kk": "Әзірге бірде-бір болжам тексерілген жоқ",
    "ru": "Пока ни один прогноз не проверен",
    "en": "No forecast has been scored yet",
}
TOO_FEW = {
    "kk": "аяқталған істер тым аз",
    "ru": "завершённых дел слишком мало",
    "en": "Too few such cases have been finished",
}
WORSE = {
    "kk": "болжам одан НАШАР: өткен 14 күн",
    "ru": "прогноз ХУЖЕ этого правила",
    "en": "the forecast does WORSE than that: rather go by the last 14 days",
}
TESTED = {
    "kk": "Өткен күндерде тексерілді",
    "ru": "Проверено на прошлом",
    "en": "Tested on the past",
}


def _sent(component: Any) -> Any:
    if isinstance(component, list | tuple):
        return [_sent(part) for part in component]
    if hasattr(component, "to_plotly_json"):
        return _sent(component.to_plotly_json())
    if isinstance(component, dict):
        return {key: _sent(value) for key, value in component.items()}
    return component


def _words(request_for: RequestFor, search: str) -> str:
    return drawing.words(_sent(outlook.panel(request_for("/", search))))


def _store(
    engine: Engine, *, expected: float, day: date = PAST, known_to: date | None = None
) -> None:
    """A scored forecast of the whole; 18 cases came, and 14 had come before."""
    with engine.begin() as connection:
        connection.execute(
            insert(warehouse.forecast).values(
                as_of=day,
                clock="service",
                horizon=14,
                channel="",
                made_at=datetime(2014, 1, 1),
                known_to=known_to or day,
                method="test",
                open=90,
                due=40,
                expected=expected,
                low=10,
                high=20,
                naive=14,
                realised=18,
                scored_at=datetime(2014, 1, 2),
            )
        )


@pytest.mark.parametrize("query", ["", "&channel=psc", "&clock=commission", "&as_of=2013-11-30"])
def test_the_numbers_are_those_of_the_measure_under_the_filter(
    request_for: RequestFor, query: str
) -> None:
    here = request_for("/", f"?lang=en{query}")
    whole, parts = measures.outlook(here.engine, here.regulation, here.filter)
    said = _words(request_for, f"?lang=en{query}")
    found = whole.forecast
    assert found is not None
    n = round(found.expected)
    assert (f"In the next 14 days about {n} case" if n else "hardly any case") in said
    assert f"90 % interval: {found.low}–{found.high}. In progress: {found.open}," in said
    assert list(parts) == list(here.filter.channels or here.regulation.codes("channels"))
    for code, part in parts.items():
        assert part.forecast is not None
        f = part.forecast
        figures = f"{f.due} {here.t.number(f.expected)} ({f.low}–{f.high}) {part.naive}"
        assert f"{here.name('channels', code)} {figures}" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_scored_forecast_the_panel_says_so(request_for: RequestFor, lang: str) -> None:
    assert NOT_YET[lang] in _words(request_for, f"?lang={lang}")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_too_few_cases_are_known_there_is_no_number(
    request_for: RequestFor, lang: str
) -> None:
    narrow = _words(request_for, f"?lang={lang}&category=veterans&service_point=portal")
    assert TOO_FEW[lang] in narrow
    assert re.findall(r"\d", narrow) == []


def test_of_a_day_that_the_data_do_not_tell_of_nothing_is_foretold(
    request_for: RequestFor,
) -> None:
    said = _words(request_for, "?lang=en&as_of=2014-01-15")
    assert "The data end on 31 Dec 2013: nothing can be foretold for a later day." in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_forecast_worse_than_the_last_fortnight_says_so(
    request_for: RequestFor, engine: Engine, lang: str
) -> None:
    _store(engine, expected=25.0)
    said = _words(request_for, f"?lang={lang}")
    assert WORSE[lang] in said
    assert TESTED[lang] not in said
    seven, four = ("7.0", "4.0") if lang == "en" else ("7,0", "4,0")
    assert seven in said
    assert four in said


@pytest.mark.parametrize(
    ("expected", "said"), [(17.0, "does better than that"), (22.0, "does no better than that")]
)
def test_a_forecast_that_is_as_good_or_better_says_so(
    request_for: RequestFor, engine: Engine, expected: float, said: str
) -> None:
    _store(engine, expected=expected)
    assert said in _words(request_for, "?lang=en")


def test_a_score_counts_only_what_had_passed_by_the_day_and_not_years_ago(
    request_for: RequestFor, engine: Engine
) -> None:
    _store(engine, expected=25.0)
    assert "WORSE" in _words(request_for, f"?lang=en&as_of={PAST + timedelta(days=14)}")
    assert NOT_YET["en"] in _words(request_for, f"?lang=en&as_of={PAST + timedelta(days=13)}")
    assert NOT_YET["en"] in _words(request_for, "?lang=en&clock=commission")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_forecasts_made_afterwards_are_called_tests_on_the_past(
    request_for: RequestFor, engine: Engine, lang: str
) -> None:
    try_the_past(engine, times=3)
    assert TESTED[lang] in _words(request_for, f"?lang={lang}")


def test_of_both_kinds_the_tests_are_counted(request_for: RequestFor, engine: Engine) -> None:
    _store(engine, expected=25.0)
    _store(engine, expected=25.0, day=PAST - timedelta(days=14), known_to=AS_OF)
    said = _words(request_for, "?lang=en")
    assert "Over the last 2 forecasts of the whole city they were off by 7.0" in said
    assert "The interval held what came in 100% of them. 1 of them was a test on the past" in said


# --- what was kept ---------------------------------------------------------------------------


def _keep(engine: Engine, day: date) -> None:
    rules = almaty()
    make_at(engine, rules, [filters.default(regulation=rules, as_of=day)], now=MADE)


def _correct(engine: Engine) -> None:
    """Every case turns out to be open still."""
    with engine.begin() as connection:
        connection.execute(update(warehouse.case_clocks).values(stopped_on=None))
        connection.execute(delete(warehouse.mart_cases))
        marts.rebuild(connection)
        new_version(connection)


@pytest.mark.parametrize("query", ["", "&channel=psc"])
def test_a_stored_forecast_is_shown_as_it_was_made(
    request_for: RequestFor, engine: Engine, query: str
) -> None:
    _keep(engine, PAST)
    asked = f"?lang=en&as_of={PAST}{query}"
    before = _words(request_for, asked)
    assert "Kept as it was made on 1 Jan 2014: a test on the past." in before
    _correct(engine)
    here = request_for("/", asked)
    anew, _ = measures.outlook(here.engine, here.regulation, here.filter)
    assert anew.forecast is None, "no like case has stopped any more"
    assert _words(request_for, asked) == before


def test_a_forecast_of_the_last_day_of_the_data_is_no_test(
    request_for: RequestFor, engine: Engine
) -> None:
    _keep(engine, AS_OF)
    assert "Kept as it was made on 1 Jan 2014." in _words(request_for, "?lang=en")


@pytest.mark.parametrize(
    "query",
    [
        "&category=vulnerable",
        "&service_point=turksib",
        "&channel=psc,portal",
        "&clock=commission",
        "&as_of=2013-12-02",
    ],
)
def test_what_is_reckoned_for_another_filter_says_that_it_is_not_kept(
    request_for: RequestFor, engine: Engine, query: str
) -> None:
    _keep(engine, PAST)
    said = _words(request_for, f"?lang=en&as_of={PAST}{query}")
    assert "Kept as" not in said
    if "%" in said:  # enough cases to foretell from
        assert "Reckoned now; not kept." in said


def test_whose_data_are_behind_is_named(request_for: RequestFor, engine: Engine) -> None:
    with engine.begin() as connection:
        counts = dict.fromkeys(("read", "inserted", "updated", "unchanged"), 0)
        later = {
            "started_at": MADE,
            "finished_at": MADE,
            "status": "succeeded",
            "as_of": AS_OF + timedelta(days=9),
            "as_of_pinned": True,
            "regulation_sha256": almaty().sha256,
            "code_version": "test",
        }
        connection.execute(insert(warehouse.run).values(run_id=99, **later))
        connection.execute(
            insert(warehouse.run_source).values(
                run_id=99,
                source="journal",
                entity="events",
                duplicate=0,
                rejected=0,
                seconds=1.0,
                files=[],
                **counts,
            )
        )
    said = _words(request_for, f"?lang=en&as_of={AS_OF + timedelta(days=9)}")
    assert "The data of office end on 31 Dec 2013" in said


def test_the_overview_shows_the_forecast_below_its_cards(request_for: RequestFor) -> None:
    said = drawing.words(_sent(overview.layout(request_for("/", "?lang=en"))))
    assert 0 < said.index("In progress") < said.index("In the next 14 days")

"""The components: what they say for data made by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from dashboard import access, context, days, ids
from dashboard.assess import assess
from dashboard.components import comparison, filter_bar, sources
from dashboard.components.card import Card, card
from dashboard.components.control import last_month
from dashboard.components.date_field import date_field
from dashboard.components.meaning import meaning
from dashboard.components.panel import table
from dashboard.components.reconciliation import panel
from dashboard.context import Context, current
from dashboard.i18n import Translator, read_catalogue
from dashboard.kpi.signals import limits, signals_of
from dashboard.measures import REGISTRY
from etl import warehouse
from etl.regulation.model import LANGUAGES, Lang
from tests.support import drawing, screens
from tests.support.regulations import almaty

EN = Translator(read_catalogue("en"))
Open = Callable[[str], AbstractContextManager[Context]]


def words(component: object) -> str:
    return drawing.words(as_sent(component))


def as_sent(component: object) -> object:
    if isinstance(component, list | tuple):
        return [as_sent(part) for part in component]
    if hasattr(component, "to_plotly_json"):
        return as_sent(component.to_plotly_json())
    if isinstance(component, dict):
        return {key: as_sent(value) for key, value in component.items()}
    return component


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    url = screens.database(tmp_path_factory.mktemp("city"), almaty(), cases=300)
    return screens.client(url)


@pytest.fixture
def here(client: FlaskClient) -> Open:
    """What a request for an address sees, while it lasts."""
    return _requests(client)


def _requests(client: FlaskClient) -> Open:
    @contextmanager
    def open_(address: str) -> Iterator[Context]:
        path, _, query = address.partition("?")
        with client.application.test_request_context(address):
            access.admit(screens.AKIM)
            found = current(path, query)
            assert found is not None
            yield found

    return open_


def numbers(component: object) -> list[int]:
    said = [text for text in words(component).replace("\u2212", "-").split(" ") if text]
    return [int(text.replace(",", "")) for text in said if text.lstrip("+-").isdigit()]


@pytest.mark.parametrize("query", ["", "&channel=psc", "&from=2013-12-01&to=2014-03-31"])
def test_what_changed_adds_up_to_the_last_case(here: Open, query: str) -> None:
    with here(f"/?lang=en{query}") as request:
        scroll = as_sent(panel(request))["props"]["children"][-2]  # what it means comes below
    ledger = scroll["props"]["children"]
    rows = ledger["props"]["children"][2]["props"]["children"]
    before, received, decided, returned, after = (
        int(row["props"]["children"][1]["props"]["children"].replace("\u2212", "-")) for row in rows
    )
    assert before + received + decided + returned == after
    assert received >= 0 >= decided


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_figure_means_is_told_in_the_reader_s_language(here: Open, lang: Lang) -> None:
    # Given
    t, measure = Translator(read_catalogue(lang)), REGISTRY["within_limit"]
    # When
    with here(f"/?lang={lang}") as request:
        said = words(meaning(request, "within_limit"))
    # Then
    assert measure.denominator is not None
    for text in (measure.name, measure.definition, measure.denominator, *measure.caveats):
        assert t(text) in said
    assert "6.7, 7.8, 8.11" in said


def test_what_several_figures_do_not_say_is_told_once(here: Open) -> None:
    with here("/?lang=en") as request:
        said = words(meaning(request, "queue", "queue_in"))
    for caveat in REGISTRY["queue"].caveats:
        assert said.count(caveat) == 1


def test_what_not_all_figures_have_is_told_beside_its_own(here: Open) -> None:
    with here("/?lang=en") as request:
        said = words(meaning(request, "within_limit", "received", "decided"))
    rejected = next(c for c in REGISTRY["received"].caveats if c.startswith("Requests rejected"))
    assert said.count(rejected) == 2
    assert said.index(rejected) < said.index(REGISTRY["received"].definition)


@pytest.mark.parametrize(
    ("low", "high", "side"),
    [(0.6, 0.7, "below"), (0.85, 0.95, "above"), (0.7, 0.9, "same"), (None, None, "same")],
)
def test_an_office_stands_apart_only_with_its_whole_interval(
    low: float | None, high: float | None, side: str
) -> None:
    assert comparison.side(low, high, 0.8) == side


def test_the_bar_says_what_is_on_and_offers_the_way_back(here: Open) -> None:
    with here("/?lang=en&channel=psc,portal&from=2013-03-05&to=2013-03-20") as request:
        said = words(filter_bar.filter_bar(request, filter_bar.ALL_CONTROLS))
    assert "5 Mar 2013 – 20 Mar 2013" in said
    assert "Public service centre +1" in said
    assert "Reset" in said


def test_nothing_chosen_has_no_way_back(here: Open) -> None:
    with here("/?lang=en") as request:
        said = words(filter_bar.filter_bar(request, filter_bar.ALL_CONTROLS))
    assert "November 2013" in said
    assert "all channels" in said
    assert "Reset" not in said


def test_a_page_without_a_filter_has_no_bar(here: Open) -> None:
    with here("/data?lang=en") as request:
        assert filter_bar.filter_bar(request, ()) is None


def test_a_standing_bar_is_told_what_the_address_says(here: Open) -> None:
    # When
    with here("/queue?lang=en&channel=psc") as request:
        told = filter_bar.follow(request, ("as_of", "channel"))
    # Then
    assert (ids.filter_control("channel"), {"value": ["psc"]}) in told
    assert ids.filter_control("as_of") in [component for component, _ in told]
    assert (ids.chip("channel"), "Public service centre") in [
        (i, p.get("children")) for i, p in told
    ]


def test_few_sources_are_named_many_are_counted(tmp_path: Path) -> None:
    of_its_own = _requests(screens.client(screens.database(tmp_path, almaty(), cases=30)))
    with of_its_own("/?lang=en") as request:
        assert "office today 18:00" in words(sources.age_line(request))
        with request.engine.begin() as connection:
            _load(connection, [f"centre_{n}" for n in range(5)], days_ago=0)
    with of_its_own("/?lang=en") as request:
        assert "6 sources today" in words(sources.age_line(request))
        with request.engine.begin() as connection:
            _load(connection, ["register", "surveys_csv"], days_ago=1)
    with of_its_own("/?lang=en") as request:
        said = words(sources.age_line(request))
    assert "queue register yesterday 17:00" in said
    assert "surveys CSV yesterday 17:00" in said


def _load(connection, names: list[str], *, days_ago: int) -> None:
    at = datetime(2013, 12, 31, 11, tzinfo=UTC).replace(tzinfo=None) - timedelta(days=days_ago)
    (run_id,) = connection.execute(
        insert(warehouse.run).values(
            started_at=at,
            status="running",
            as_of=at.date(),
            as_of_pinned=True,
            code_version="test",
        )
    ).inserted_primary_key
    counts = dict.fromkeys(("read", "inserted", "updated", "unchanged", "duplicate", "rejected"), 0)
    connection.execute(
        insert(warehouse.run_source),
        [
            {"run_id": run_id, "source": name, "seconds": 1.0, "files": [], **counts}
            for name in names
        ],
    )
    done = update(warehouse.run).where(warehouse.run.c.run_id == run_id)
    sha = almaty().sha256
    connection.execute(done.values(status="succeeded", finished_at=at, regulation_sha256=sha))


@pytest.mark.parametrize(
    ("lang", "code", "name"),
    [
        ("en", "authority", "Department"),
        ("en", "centre_alatau", "Alatau"),
        ("en", "surveys_xlsx", "surveys XLSX"),
        ("en", "register", "queue register"),
        ("en", "something else", "something else"),
        ("kk", "applications", "өтініштер"),
        ("kk", "cases", "істер"),
        ("kk", "events", "оқиғалар"),
        ("ru", "applications", "заявления"),
        ("ru", "cases", "дела"),
        ("ru", "events_csv", "события CSV"),
    ],
)
def test_sources_are_called_by_names_that_readers_know(
    here: Open, lang: str, code: str, name: str
) -> None:
    with here(f"/data?lang={lang}") as request:
        assert sources.source_name(request, code) == name


def test_a_name_that_the_regulation_dropped_is_a_dash() -> None:
    assert context.named(almaty(), "channels", "pigeon", "kk") == "–"


def test_a_table_has_a_caption_and_headings_for_rows_and_columns() -> None:
    said = as_sent(table("What it shows", ["place", "n"], [["A", "1"], ["B", "–"]]))
    text = str(said)
    assert text.count("'scope': 'col'") == 2
    assert text.count("'scope': 'row'") == 2
    assert "What it shows" in words(said)


def _card(values: list[float], *, target: float | None = None) -> Card:
    index = pd.date_range("2013-01-01", periods=len(values), freq="MS")
    wanted = None if target is None else pd.Series(float(target), index=index)
    line = assess(pd.Series(values, index=index), "down", target=wanted)
    return Card(
        name="Overdue",
        value="–",
        context="",
        line=line,
        judged=line,
        n="of –",
        link="list",
        href="/overdue",
        shape="the line in words",
    )


def test_a_card_says_its_variation_in_words() -> None:
    assert "Usual variation" in words(card(EN, _card([1, 2, 1, 2, 1, 2])))
    assert "Worse than usual" in words(card(EN, _card([1, 2, 1, 2, 1, 2, 1, 2, 1, 9])))


@pytest.mark.parametrize(
    ("target", "said"),
    [(9, "● Target reliably met"), (2, "◐ Target not reliably met"), (-9, "✕ Target not met")],
)
def test_a_card_says_by_sign_and_words_whether_the_target_is_met(target: float, said: str) -> None:
    made = _card([1, 2, 1, 2, 1, 2], target=target)
    assert said in words(card(EN, made))


def test_a_card_without_a_target_speaks_of_none() -> None:
    assert "arget" not in words(card(EN, _card([1, 2, 1, 2, 1, 2])))


def test_a_run_of_months_on_both_sides_of_a_break_is_no_signal() -> None:
    index = pd.date_range("2012-01-01", periods=20, freq="MS")
    values = pd.Series([5.0, 9, 5, 9, 5, 9, 5, 9, 5, 9, *[1, 2] * 5], index=index)
    anew = SimpleNamespace(from_month=date(2012, 11, 1), why="another rule")
    assert assess(values, "down").variation == "improving"
    judged = assess(values, "down", rebased=[anew])
    assert judged.variation == "common_cause"
    assert judged.marks == {}
    assert judged.breaks == {10: "another rule"}
    assert judged.limits == limits([1.0, 2] * 5)


def test_the_mark_of_a_month_says_what_the_sentence_says_also_where_two_rules_speak() -> None:
    rising_but_low = pd.Series([*[30.0, 34] * 6, 24, 24.5, 25, 25.5, 26, 26.5, 27])
    judged = assess(rising_but_low, "down")
    assert {s.rule for s in signals_of(list(rising_but_low), judged.phases[0])} >= {
        "one_side",
        "trend",
    }
    assert judged.variation == "improving"
    assert judged.marks[18] == "better"


def test_a_card_without_months_has_no_chart_and_says_so() -> None:
    said = words(card(EN, _card([])))
    assert "too few months" in said
    assert "the line in words" not in said


def test_months_without_a_value_are_passed_over_and_the_last_must_be_known() -> None:
    nan = float("nan")
    judged = assess(pd.Series([1.0, nan, 2, *[1, 2] * 10, 5, nan]), "down")
    assert judged.marks == {23: "worse"}
    assert judged.variation is None


def test_the_days_of_the_bar_are_read_as_people_write_them() -> None:
    def query(**chosen: object) -> dict[str, str]:
        return filter_bar.as_query(chosen)

    for said in ("5.3.2013", "05/03/13", "05032013", "2013-03-05", " 5 03 2013 "):
        assert query(as_of=said, channel=["psc"]) == {"as_of": "2013-03-05", "channel": "psc"}, said
    assert query(as_of="") == {"as_of": ""}, "emptied: the usual day"
    for said in ("31.02.2013", "5.3", "tomorrow", "05.03.201", "٥.٣.٢٠١٣"):
        assert query(as_of=said) == {}, said  # no day: the address stays


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_field_for_a_day_speaks_the_reader_s_language(lang: Lang) -> None:
    t = Translator(read_catalogue(lang))
    props = date_field(t, "day", days.written(date(2013, 3, 5)), last=date(2013, 12, 31))["props"]
    assert props["children"][0]["props"]["value"] == "05.03.2013"
    months, weekdays = props["data-months"].split("|"), props["data-weekdays"].split("|")
    assert (len(months), len(weekdays)) == (12, 7)
    assert (months[0].lower(), weekdays[0].lower()) == {
        "kk": ("қаңтар", "дс"), "ru": ("январь", "пн"), "en": ("january", "mo"),
    }[lang]  # fmt: skip
    assert (props["data-first"], props["data-last"]) == ("", "2013-12-31")


def test_a_part_is_named_behind_the_whole_where_that_is_no_chance_and_not_of_few() -> None:
    def part(value: float | None, low: float | None, high: float | None, n: int) -> dict:
        return {
            "within_limit": value, "within_limit_low": low, "within_limit_high": high,
            "within_limit_n": n,
        }  # fmt: skip

    parts = [
        ("behind", part(0.7, 0.6, 0.8, 80)),
        ("by chance", part(0.7, 0.5, 0.95, 12)),
        ("of few", part(0.0, 0.0, 0.4, 6)),
        ("ahead", part(0.99, 0.95, 1.0, 300)),
        ("not told", part(None, None, None, 3)),
    ]
    assert comparison.behind(parts, 0.9) == ["behind"]
    assert comparison.behind(parts[1:4], 0.9) == []
    assert comparison.behind(parts[::4], 0.9) is None, "what stands alone is the whole"
    assert comparison.behind(parts, None) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_title_of_months_says_the_last_one(lang: Lang) -> None:
    t = Translator(read_catalogue(lang))
    months = pd.date_range("2012-12-01", periods=12, freq="MS")
    shares = pd.Series([0.9, 0.92] * 6, months)
    said = last_month(t, assess(shares, "up"), 1)
    assert t.percent(0.92, 1) in said
    assert said.endswith(
        {"kk": "әдеттегі ауытқу", "ru": "обычное колебание"}.get(lang, "variation")
    )
    assert "2013" in said
    assert last_month(t, assess(shares.head(1), "up"), 1) == ""
